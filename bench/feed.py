"""The feed as NDJSON over HTTP: changes per second, from stored lines to a client on the same machine.

    python -m bench.feed [--changes 300000] [--rounds 5] [--folder FOLDER]

Entries are made on a list of another authority and appended to the log as every change is, then read whole, in turns with the same bytes
from a bare FastAPI route that streams a file.
"""

import argparse
import json
import socket
import statistics
import tempfile
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse

from bench.figures import Figure, tell
from bench.load import LOOPBACK, request
from bench.town import database, make_key, serve_service, serving
from data.database import Database, connect, make_engine, write_session
from data.sample_city.loading import load_relations
from data.stores import changes, knowledge, listings
from data.stores.listings import NewListing
from models.access import Role
from models.listings import Origin

BAR = 150_000
AT_ONCE = 10_000


def fill(found: Database, wanted: int) -> None:
    """One entry per enterprise and list, each with its line."""
    load_relations(found.url, min(wanted, 50_000))
    with connect(found.url) as connection:
        keys = [int(row[0]) for row in connection.execute("SELECT enterprise_key FROM enterprise ORDER BY enterprise_key").fetchall()]
    engine = make_engine(found.url, size=1)
    made = 0
    while made < wanted:
        name = f"bench_{made // len(keys)}"
        part = keys[made % len(keys) :][: min(AT_ONCE, wanted - made)]
        with write_session(engine) as session:
            drawn = knowledge.draw(session, "record")
            moves = listings.enter(session, [entry(key, name) for key in part], known_seq=drawn.known_seq)
            changes.append(session, moves, known_seq=drawn.known_seq)
            session.commit()
        made += len(part)
    engine.dispose()


def entry(key: int, name: str) -> NewListing:
    return NewListing(
        enterprise_key=key,
        list=name,
        colour="other",
        origin=Origin.RECORD,
        record_key=key,
        decided_on=date(2026, 1, 10),
        starts_on=date(2026, 1, 15),
        ends_on=date(2029, 1, 15),
        reason="未按规定报送年度报告",
        basis="企业信息公示暂行条例第十七条",
        authority="样例市市场监督管理局",
        decision_no=f"样市监列〔2026〕{key % 100_000}号",
    )


def serve_file(path: str, port: int) -> None:
    app = FastAPI()
    app.get("/")(lambda: FileResponse(path, media_type="application/x-ndjson"))
    uvicorn.run(app, host=LOOPBACK, port=port, access_log=False, log_level="warning")


def read_whole(port: int, path: str, key: str | None = None) -> tuple[int, int, float]:
    """Lines, bytes and seconds of one answer, read to the end of its last chunk and counted without being parsed."""
    began = time.perf_counter()
    lines, size, last = 0, 0, b""
    with socket.create_connection((LOOPBACK, port)) as connection:
        connection.sendall(request(path, key=key).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        while block := connection.recv(1 << 20):
            lines += (last + block).count(b"}\n")  # an end may be cut in two
            size += len(block)
            last = block[-1:]
    return lines, size, time.perf_counter() - began


def settled(port: int, changes: int) -> None:
    """Wait until the service has signed the roots over all lines: so many at once are no city's, and the work would be measured too."""
    for _ in range(600):
        with suppress(OSError, ValueError, KeyError), urlopen(f"http://{LOOPBACK}:{port}/v1/checkpoint", timeout=10) as answer:
            if json.load(answer)["checkpoint"]["seq"] >= changes:
                return
        time.sleep(0.5)
    raise SystemExit("the trees over the lines were not done in five minutes")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found, tempfile.NamedTemporaryFile(suffix=".ndjson") as copy:
        fill(found, given.changes)
        key = make_key(found, Role.PLATFORM)
        with serving(serve_service, found.url) as ours, serving(serve_file, copy.name) as bare:
            settled(ours, given.changes)
            read_whole(ours, "/v1/changes.ndjson?limit=20000", key)
            rates, sizes, files = [], [], []
            for _ in range(given.rounds):
                lines, size, seconds = read_whole(ours, "/v1/changes.ndjson", key)
                if lines != given.changes:
                    raise SystemExit(f"{lines} lines came instead of {given.changes}")
                rates.append(lines / seconds)
                sizes.append(size / seconds)
                copy.truncate(size)
                files.append(read_whole(bare, "/")[1] / read_whole(bare, "/")[2])
            middle = statistics.median(rates)
            share = statistics.median(sizes) / statistics.median(files)
            print(
                f"feed: {middle:,.0f} changes/s over HTTP (bar {BAR:,}), {statistics.median(sizes) / 1e6:,.0f} MB/s, "
                f"{share:.2f}x a bare FastAPI route that streams a file of the same size"
            )
            note = f"{share:.2f} x a bare route that streams a file"
            tell(Figure("feed as NDJSON over HTTP", middle, "changes/s", BAR, at_least=True, note=note))


if __name__ == "__main__":
    main()
