"""Refuse a request by its size before anybody parses it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.operations.remedy_matters import LARGEST_PAPER
from service.problems import Problem, TooLarge, problem_of

MEBIBYTE = 1024 * 1024
UPLOADS: dict[str, int | None] = {
    "/v1/deliveries": None,
    "/v1/evidence": 21 * MEBIBYTE,
    "/v1/receipts/verify": 48 * MEBIBYTE,
    "/receipts/verify": 48 * MEBIBYTE,
    "/checks/new": 64 * MEBIBYTE,
}
"""Files come in here, under a limit of their own; None is the one that the settings give."""
PAPERS = "/papers"
"""So end the addresses that take a paper of a repair or an objection, with what a form adds to it."""


class BodyLimit:
    """ASGI middleware: counts what the request says it brings, and what it brings."""

    def __init__(self, app: ASGIApp, *, limit: int, upload_limit: int) -> None:
        self.app = app
        self.limit = limit
        self.upload_limit = upload_limit

    def _limit_of(self, path: str) -> int:
        if path.endswith(PAPERS):
            return LARGEST_PAPER + MEBIBYTE
        return (UPLOADS[path] or self.upload_limit) if path in UPLOADS else self.limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > limit:
            await _refuse(send, limit)
            return
        taken = 0
        answered = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TooLarge(_sentence(limit))
            return message

        async def replaced(message: Message) -> None:
            """Who reads the body may turn our refusal into one of its own; ours is what the caller needs."""
            nonlocal answered
            if taken <= limit:
                await send(message)
            elif not answered:
                answered = True
                await _refuse(send, limit)

        try:
            await self.app(scope, counted, replaced)
        except TooLarge:
            if not answered:
                await _refuse(send, limit)


def _sentence(limit: int) -> str:
    return f"The request has more than {limit} bytes. Ask in parts: a check takes up to 5,000 suppliers, a delivery takes files."


async def _refuse(send: Send, limit: int) -> None:
    problem: Problem = problem_of(TooLarge(_sentence(limit)))
    body = problem.model_dump_json(exclude_none=True).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
