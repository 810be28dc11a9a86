"""One enterprise by code over HTTP, with key and role: requests per second against a bare key read, and latency at a steady rate.

    python -m bench.lookups [--size 20000] [--seconds 4] [--connections 16] [--folder FOLDER]

The baseline is a bare FastAPI route that reads one row by key over the same pool of psycopg connections, served alike: one worker, the same
event loop, the same concurrency, in turns with what it is compared to. The client is bench/load.py.
"""

import argparse
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from bench.figures import Figure, tell
from bench.load import Measured, as_fast_as_it_goes, at_a_steady_rate, request
from bench.town import codes, database, make_key, serve_service, serving, settle
from data.database import read_pool
from models.access import Role

ROUNDS = 5
STEADY = 150


def serve_baseline(url: str, port: int) -> None:
    """The least that FastAPI and psycopg can do: one row by its key."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with read_pool(url, size=8) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/{scheme}/{value}")
    async def read(request: Request, scheme: str, value: str) -> dict[str, Any]:
        async with request.app.state.pool.connection() as connection:
            found = await connection.execute(
                "SELECT scheme, value, enterprise_key FROM enterprise_identifier "
                "WHERE scheme = %s AND value = %s AND superseded_seq IS NULL",
                (scheme, value),
                prepare=True,
            )
            return dict(await found.fetchone())

    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning", server_header=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found:
        settle(found, given.size)
        key, asked = make_key(found, Role.PROCUREMENT), codes(found, 2_000)
        paths = {
            "baseline": [request(f"/{scheme}/{value}") for scheme, value in asked],
            "stored": [request(f"/v1/enterprises/{scheme}/{value}", key=key) for scheme, value in asked],
            "live": [request(f"/v1/enterprises/{scheme}/{value}?live=true", key=key) for scheme, value in asked],
        }
        with serving(serve_baseline, found.url) as bare, serving(serve_service, found.url) as ours:
            measure(paths, {"baseline": bare, "stored": ours, "live": ours}, seconds=given.seconds, connections=given.connections)


def measure(paths: dict[str, list[bytes]], ports: dict[str, int], *, seconds: float, connections: int) -> None:
    for name, requests in paths.items():
        as_fast_as_it_goes(ports[name], requests, connections=connections, seconds=2)
    rates: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, requests in paths.items():
            rates[name].append(_sound(name, as_fast_as_it_goes(ports[name], requests, connections=connections, seconds=seconds)).per_second)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    for name, bar in (("baseline", None), ("stored", 0.7), ("live", 0.3)):
        said = "" if bar is None else f", {middle[name] / middle['baseline']:.2f}x the baseline (bar {bar}x)"
        print(f"lookups: {name} {middle[name]:,.0f} requests/s with {connections} connections{said}")
        if bar is not None:
            note = f"{middle[name]:,.0f} against {middle['baseline']:,.0f} requests a second"
            tell(
                Figure(
                    f"GET an enterprise, {name}, against a bare read", middle[name] / middle["baseline"], "x", bar, at_least=True, note=note
                )
            )
    for name in ("stored", "live"):
        steady = _sound(name, at_a_steady_rate(ports[name], paths[name], rate=STEADY, seconds=20))
        p50, p99 = steady.percentile_ms(0.5), steady.percentile_ms(0.99)
        print(f"lookups: {name} at a steady {STEADY} requests/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms (bar 20 ms)")
        tell(Figure(f"the same, {name}, p99 at a steady {STEADY} requests a second", p99, "ms", 20.0, note=f"p50 {p50:.1f} ms"))


def _sound(name: str, measured: Measured) -> Measured:
    if measured.bad:
        raise SystemExit(f"{name}: {measured.bad} of {len(measured.latencies)} answers were not 200")
    return measured


if __name__ == "__main__":
    main()
