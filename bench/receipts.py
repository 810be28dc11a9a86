"""A check of 1,000 suppliers with its signed receipt, and that receipt on paper: seconds over HTTP.

    python -m bench.receipts [--size 20000] [--rounds 5] [--folder FOLDER]

The suppliers with entries come first, so that the pages hold something.
"""

import argparse
import json
import statistics
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.figures import Figure, tell
from bench.town import database, make_key, serve_service, serving, settle
from data.database import Database, connect
from models.access import Role
from models.receipts import verify_receipt

SUPPLIERS = 1_000
PAGES = 100
CHECK_S, PAGE_MS, PAPER_S = 3.0, 300.0, 10.0


def suppliers(found: Database) -> list[dict[str, str]]:
    with connect(found.url) as connection:
        rows = connection.execute(
            "SELECT e.founding_value FROM enterprise e LEFT JOIN listing l ON l.enterprise_key = e.enterprise_key AND l.state <> 'ended' "
            "GROUP BY 1 ORDER BY count(l.listing_id) DESC, md5(e.founding_value) LIMIT %s",
            (SUPPLIERS,),
        ).fetchall()
    return [{"code": str(code)} for (code,) in rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found:
        settle(found, given.size)
        key = make_key(found, Role.PROCUREMENT)
        body = {"purpose": "procurement", "matter": "bench", "as_of": "2026-10-01", "suppliers": suppliers(found)}
        with serving(serve_service, found.url) as port:

            def call(path: str, asked: dict[str, Any] | None = None) -> bytes:
                data = None if asked is None else json.dumps(asked).encode()
                request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data)
                request.add_header("Authorization", f"Bearer {key}")
                request.add_header("Content-Type", "application/json")
                with urllib.request.urlopen(request) as answer:
                    return bytes(answer.read())

            checked, paper, verified = [], [], []
            number, size = 0, 0
            keys = json.loads(call("/.well-known/jwks.json"))
            for _ in range(given.rounds + 1):
                began = time.perf_counter()
                number = json.loads(call("/v1/checks", body))["check_id"]
                receipt = call(f"/v1/checks/{number}/receipt.jws").decode()
                checked.append(time.perf_counter() - began)
                began = time.perf_counter()
                verify_receipt(receipt, keys)
                verified.append(time.perf_counter() - began)
            pages = []
            for no in range(1, PAGES + 1):
                began = time.perf_counter()
                call(f"/v1/checks/{number}/receipt.pdf?supplier={no}")
                pages.append((time.perf_counter() - began) * 1000)
            for _ in range(3):
                began = time.perf_counter()
                size = len(call(f"/v1/checks/{number}/receipt.pdf"))
                paper.append(time.perf_counter() - began)
    note = f"of {given.size:,} enterprises"
    p95 = statistics.quantiles(pages[1:], n=20)[18]
    offline, later = statistics.median(verified) * 1000, statistics.median(pages)
    print(f"receipts: verified offline in {offline:.0f} ms; first page {pages[0]:.0f} ms, later ones {later:.0f} ms")
    tell(Figure("check of 1,000 suppliers with its signed receipt, over HTTP", statistics.median(checked[1:]), "s", CHECK_S, note=note))
    tell(Figure("one page of a receipt as PDF/A, 95th percentile", p95, "ms", PAGE_MS, note="of a check of 1,000 suppliers"))
    tell(Figure("1,000 suppliers in one PDF/A", statistics.median(paper), "s", PAPER_S, note=f"{size / 1e6:.0f} MB"))


if __name__ == "__main__":
    main()
