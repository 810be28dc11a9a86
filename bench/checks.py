"""A check of 5,000 suppliers as of a day over HTTP, matched, evaluated and kept: seconds from request to answer.

    python -m bench.checks [--size 100000] [--rounds 7] [--folder FOLDER]

Half of the suppliers are asked by code, half by name.
"""

import argparse
import json
import statistics
import time
import urllib.request
from pathlib import Path

from bench.figures import Figure, tell
from bench.town import database, make_key, serve_service, serving, settle
from data.database import Database, connect
from models.access import Role

SUPPLIERS = 5_000
BAR_S = 1.0


def suppliers(found: Database) -> list[dict[str, str]]:
    with connect(found.url) as connection:
        rows = connection.execute(
            "SELECT i.scheme, i.value, n.name FROM enterprise_identifier i JOIN enterprise_name n USING (enterprise_key) "
            "WHERE i.scheme = 'cn-uscc' AND n.valid_until IS NULL AND i.superseded_seq IS NULL AND n.superseded_seq IS NULL "
            "ORDER BY md5(i.value) LIMIT %s",
            (SUPPLIERS,),
        ).fetchall()
    return [{"code": value} if number % 2 else {"name": name} for number, (_, value, name) in enumerate(rows)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found:
        settle(found, given.size)
        key = make_key(found, Role.PROCUREMENT)
        body = json.dumps({"purpose": "procurement", "as_of": "2026-10-01", "suppliers": suppliers(found)}).encode()
        with serving(serve_service, found.url) as port:
            taken = []
            for _ in range(given.rounds + 1):
                asked = urllib.request.Request(f"http://127.0.0.1:{port}/v1/checks", body)
                asked.add_header("Content-Type", "application/json")
                asked.add_header("Authorization", f"Bearer {key}")
                began = time.perf_counter()
                with urllib.request.urlopen(asked) as answer:
                    told = json.load(answer)
                taken.append(time.perf_counter() - began)
            outcomes = [supplier["outcome"] for supplier in told["suppliers"]]
            middle, worst = statistics.median(taken[1:]), max(taken[1:])
            print(
                f"checks: {SUPPLIERS:,} suppliers of {given.size:,} enterprises in {middle:.2f} s (worst {worst:.2f} s, "
                f"first {taken[0]:.2f} s; bar {BAR_S:.0f} s); {outcomes.count('found'):,} found"
            )
            tell(Figure("check of 5,000 suppliers as of a day, over HTTP", middle, "s", BAR_S, note=f"of {given.size:,} enterprises"))


if __name__ == "__main__":
    main()
