"""The service as a mirror sees it: a few addresses, read with a key."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import httpx

from models.checkpoints import Checkpoint, read_checkpoint
from service.mirror.faults import Declined, Unreachable

LONGEST_LINE = 1_000_000
"""Characters; a line of the feed has about a thousand."""


class Remote:
    """One service; close it, or use it as a context."""

    def __init__(self, url: str, *, key: str | None, feed: str = "changes") -> None:
        self.root = url.rstrip("/")
        self.feed = feed
        self._base = f"{self.root}/v1" if feed == "changes" else f"{self.root}/v1/test-feed"
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=httpx.Timeout(30, read=120), follow_redirects=False)

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def keys(self) -> dict[str, Any]:
        """The published keys, as they come."""
        return self._json(f"{self.root}/.well-known/jwks.json")

    def checkpoint(self, keys: dict[str, Any]) -> tuple[Checkpoint, str]:
        """The newest checkpoint, its signature judged, and as it was signed."""
        token = str(self._json(f"{self._base}/checkpoint").get("token", ""))
        return self._judged(token, keys), token

    def lines(self, *, after: int, until: int) -> Iterator[dict[str, Any]]:
        """The lines of the feed after a number, as they come; the reader checks them."""
        if after < until:
            yield from self._stream(f"{self._base}/changes.ndjson?after={after}&limit={until - after}")

    def snapshot(self, keys: dict[str, Any]) -> tuple[Checkpoint, str, Iterator[dict[str, Any]]]:
        """A checkpoint, as it was signed too, and the last line of every entry up to it."""
        lines = self._stream(f"{self._base}/snapshot.ndjson")
        token = str(next(lines, {}).get("token", ""))
        return self._judged(token, keys), token, lines

    def epochs(self) -> list[dict[str, Any]]:
        return list(self._json(f"{self._base}/epochs").get("epochs", ()))

    def growth(self, old: int, size: int) -> dict[str, Any]:
        """The proof that the log of `size` lines goes on the one of `old` lines."""
        return self._json(f"{self._base}/proofs/consistency?from={old}&to={size}")

    def forgotten(self, after: int) -> Iterator[tuple[int, int]]:
        """Number and line of everything that was emptied after a number."""
        while page := self._json(f"{self._base}/forgotten?after={after}").get("forgotten"):
            for one in page:
                after = int(one["number"])
                yield after, int(one["seq"])

    def acknowledge(self, told: dict[str, Any]) -> dict[str, Any]:
        """Say how far the copy is, and with which root; gives the service's verdict."""
        return self._answer(self._client.build_request("POST", f"{self._base}/consumers/acknowledgements", json=told))

    def _judged(self, token: str, keys: dict[str, Any]) -> Checkpoint:
        told = read_checkpoint(token, keys)
        if told.log != self.feed:
            raise Declined(f"This is a checkpoint of the log `{told.log}`, and `{self.feed}` was asked for. Look at the address.")
        return told

    def _json(self, url: str) -> dict[str, Any]:
        return self._answer(self._client.build_request("GET", url))

    def _answer(self, request: httpx.Request) -> dict[str, Any]:
        try:
            answer = self._client.send(request)
        except httpx.HTTPError as fault:
            raise Unreachable(_unreachable(request, fault)) from fault
        _refuse_failure(answer)
        return _parsed(answer.text, str(request.url))

    def _stream(self, url: str) -> Iterator[dict[str, Any]]:
        request = self._client.build_request("GET", url)
        try:
            answer = self._client.send(request, stream=True)
            try:
                if not answer.is_success:
                    answer.read()
                    _refuse_failure(answer)
                for line in answer.iter_lines():
                    if line:
                        yield _parsed(line, url)
            finally:
                answer.close()
        except httpx.HTTPError as fault:
            raise Unreachable(_unreachable(request, fault)) from fault


def _parsed(text: str, url: str) -> dict[str, Any]:
    try:
        told = json.loads(text) if len(text) <= LONGEST_LINE * 100 else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Unreachable(f"What {url} sent cannot be read; it may have been cut short. Try again.")
    return told


def _refuse_failure(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        told = answer.json()
        said = f"{told.get('detail')} [{told.get('code')}]"
    except (ValueError, AttributeError):
        said = f"status {answer.status_code}"
    kind = Unreachable if answer.status_code >= 500 else Declined
    raise kind(f"{answer.request.url} answers: {said}")


def _unreachable(request: httpx.Request, fault: Exception) -> str:
    return f"{request.url} does not answer: {str(fault) or type(fault).__name__}. Nothing that was kept is lost; try again later."
