"""Roots, proofs and the mirror over 100,000 entries: a change until its roots are there, an inclusion proof over HTTP, a copy verified.

python -m bench.proofs [--changes 100000] [--folder FOLDER]
"""

import argparse
import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from bench.feed import entry, fill
from bench.figures import Figure, measured_apart, tell
from bench.load import LOOPBACK
from bench.town import database, make_key, serve_service, serving
from data.database import Database, connect, make_engine, write_session
from data.stores import changes, knowledge, listings, trees
from models.access import Role
from service.mirror.folder import Folder
from service.mirror.follow import Mirror, check_folder
from service.mirror.remote import Remote

PROOF_BAR_MS, MIRROR_BAR_S, ROOT_BAR_MS = 5.0, 10.0, 1_000.0
SAMPLES = 300


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def grow(found: Database) -> tuple[float, list[float]]:
    """Seconds to bring the trees past the whole log, and milliseconds for each of some single changes after that."""
    engine = make_engine(found.url, size=1)
    began = time.perf_counter()
    with write_session(engine) as session:
        before = -1
        while (roots := trees.catch_up(session)).seq != before:
            session.commit()
            before = roots.seq
    whole = time.perf_counter() - began
    with connect(found.url) as connection:
        keys = [
            int(row[0]) for row in connection.execute("SELECT enterprise_key FROM enterprise ORDER BY 1 LIMIT %s", (SAMPLES,)).fetchall()
        ]
    single = []
    for key in keys:
        with write_session(engine) as session:
            drawn = knowledge.draw(session, "record")
            changes.append(session, listings.enter(session, [entry(key, "single")], known_seq=drawn.known_seq), known_seq=drawn.known_seq)
            session.commit()
            began = time.perf_counter()
            trees.catch_up(session)
            session.commit()
            single.append((time.perf_counter() - began) * 1000)
    engine.dispose()
    return whole, single


def ask(port: int, key: str, found: Database) -> list[float]:
    """Milliseconds of each of some inclusion proofs over one kept connection."""
    with connect(found.url) as connection:
        rows = connection.execute(
            "SELECT list, founding_scheme, founding_value FROM listing JOIN enterprise USING (enterprise_key) "
            "ORDER BY md5(listing_id::text) LIMIT %s",
            (SAMPLES,),
        ).fetchall()
    taken = []
    http_client = http.client.HTTPConnection(LOOPBACK, port)
    for list_name, scheme, value in rows * 2:
        began = time.perf_counter()
        asked = urlencode({"list": list_name, "scheme": scheme, "value": value})
        http_client.request("GET", f"/v1/proofs/entry?{asked}", headers={"Authorization": f"Bearer {key}"})
        answer = json.loads(http_client.getresponse().read())
        taken.append((time.perf_counter() - began) * 1000)
        assert "beside" in answer, answer
    return taken[SAMPLES:]


def verify(folder: str) -> float:
    """Seconds to prove a folder by itself: every line, the chain, both roots, and the signature."""
    began = time.perf_counter()
    with Folder(Path(folder), log="changes") as kept:
        assert check_folder(kept) is not None
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found, tempfile.TemporaryDirectory() as folder:
        fill(found, given.changes)
        whole, single = grow(found)
        key = make_key(found, Role.PLATFORM)
        with serving(serve_service, found.url) as port:
            while True:
                try:
                    began = time.perf_counter()
                    with Folder(Path(folder), log="changes") as kept, Remote(f"http://{LOOPBACK}:{port}", key=key) as remote:
                        read = Mirror(remote, kept).follow().read
                    break
                except Exception as fault:  # noqa: BLE001  # the first checkpoint is a moment away
                    print(f"waiting: {fault}")
                    time.sleep(0.5)
            followed = time.perf_counter() - began
            proofs = ask(port, key, found)
        seconds, peak = measured_apart(verify, folder)
        print(
            f"proofs: trees over {given.changes:,} lines in {whole:.1f} s ({whole / given.changes * 1000:.2f} ms a line); one change more "
            f"{statistics.median(single):.1f} ms (p95 {p95(single):.1f}); proof over HTTP {statistics.median(proofs):.2f} ms "
            f"(p95 {p95(proofs):.2f}); mirror read {read:,} lines in {followed:.1f} s and verified them in {seconds:.1f} s ({peak:.0f} MB)"
        )
        tell(Figure("roots after one change among 100,000 entries, p95", p95(single), "ms", ROOT_BAR_MS, note="own transaction"))
        tell(Figure("inclusion proof over HTTP, p95", p95(proofs), "ms", PROOF_BAR_MS))
        tell(Figure("mirror verifies 100,000 changes", seconds, "s", MIRROR_BAR_S, note=f"process peak {peak:.0f} MB"))


if __name__ == "__main__":
    main()
