"""What consumers of the log receive, besides its lines."""

from pydantic import ConfigDict

from models.changes import FeedLine
from models.errors import Refused
from models.shapes import Shape


class LogHead(Shape):
    """Where the log stands: an epoch begins when a backup was restored behind its consumers."""

    epoch: int
    seq: int
    hash: str


class FeedPage(Shape):
    """Changes after a cursor, oldest first; an empty page says that nothing is new up to the head."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {
                            "seq": 1,
                            "epoch": 1,
                            "cause": "entered",
                            "effective_on": "2026-01-15",
                            "recorded_at": "2026-01-14T02:11:09.000000Z",
                            "known_seq": 7,
                            "replaces_seq": None,
                            "commitment": "6f0c…",
                            "previous_hash": "81a2…",
                            "hash": "c19e…",
                            "salt": "0f3b…",
                            "body": None,
                        }
                    ],
                    "next": 1,
                    "head": {"epoch": 1, "seq": 1, "hash": "c19e…"},
                }
            ]
        }
    )

    changes: tuple[FeedLine, ...]
    next: int
    """The `after` of the next page."""
    head: LogHead


class CursorAhead(Refused):
    """A consumer has read further than the log goes: it read another log, or a backup was restored behind it."""

    code = "changes.cursor_ahead"

    def __init__(self, after: int, *, epoch: int, seq: int) -> None:
        super().__init__(
            f"The log ends at {seq} in epoch {epoch}, and you ask for what comes after {after}. "
            "Compare the epoch with yours: after a restored backup, take a snapshot and go on from its seq."
        )
