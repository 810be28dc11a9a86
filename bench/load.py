"""A small HTTP client for measurements: keep-alive connections on raw sockets, bounded in time, on loopback only.

A client that parses less than a server writes costs the machine a fraction of what it measures; usual client libraries cost more than the
server does. It reads answers with a content length, and nothing else.
"""

import asyncio
import time
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"


@dataclass
class Measured:
    """What a load gave: how many answers, in how many seconds, and each one's latency."""

    seconds: float
    latencies: list[float] = field(repr=False)
    bad: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def request(path: str, *, key: str | None = None, body: bytes | None = None) -> bytes:
    """A GET; with a body, a POST of JSON."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    carried = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\n{authorization}{carried}\r\n"
    return head.encode() + (body or b"")


def as_fast_as_it_goes(port: int, requests: list[bytes], *, connections: int, seconds: float) -> Measured:
    """Closed loop: each connection sends its next request when it has the answer to the last."""
    return asyncio.run(_closed(port, requests, connections, seconds))


def at_a_steady_rate(port: int, requests: list[bytes], *, rate: float, seconds: float) -> Measured:
    """Open loop: requests are sent on the beat whatever the server does, and latency counts from the beat."""
    return asyncio.run(_open(port, requests, rate, seconds))


async def _closed(port: int, requests: list[bytes], connections: int, seconds: float) -> Measured:
    latencies: list[float] = []
    bad = 0
    ends = time.perf_counter() + seconds

    async def worker(number: int) -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        at = number * 7919
        while (began := time.perf_counter()) < ends:
            writer.write(requests[at % len(requests)])
            status, _ = await answer_of(reader)
            latencies.append(time.perf_counter() - began)
            bad += status != b"200"
            at += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(worker(number) for number in range(connections)))
    return Measured(time.perf_counter() - began, latencies, bad)


async def _open(port: int, requests: list[bytes], rate: float, seconds: float) -> Measured:
    latencies: list[float] = []
    bad = 0
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(32):
        idle.put_nowait(await asyncio.open_connection(LOOPBACK, port))

    async def one(number: int, due: float) -> None:
        nonlocal bad
        reader, writer = await idle.get()
        writer.write(requests[number % len(requests)])
        status, _ = await answer_of(reader)
        latencies.append(time.perf_counter() - due)
        bad += status != b"200"
        idle.put_nowait((reader, writer))

    began = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    return Measured(time.perf_counter() - began, latencies, bad)


async def answer_of(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Status and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(b"content-length:") + 15
    return head[9:12], await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
