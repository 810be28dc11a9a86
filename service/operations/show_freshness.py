"""How fresh the feed is: what anybody may know of it, computed from the log each time."""

from datetime import datetime, timedelta

from data.database import ReadSession
from data.stores import checkpoints, consumers, freshness, publication
from models.shapes import Shape

DAYS = 30


class ConsumerLag(Shape):
    """How far behind the log a consumer's last proved copy is."""

    holder: str
    lines_behind: int
    seconds_behind: int
    proved_at: datetime | None


class Freshness(Shape):
    """Delays in seconds over the last days, where the log stands, and how far its consumers are."""

    at: datetime
    days: int
    lines: int
    to_feed_p50: float | None
    to_feed_p99: float | None
    to_proof_p50: float | None
    to_proof_p99: float | None
    epoch: int
    seq: int
    last_line_at: datetime | None
    signed_seq: int | None
    last_heartbeat_at: datetime | None
    is_published: bool
    consumers: tuple[ConsumerLag, ...]


def show_freshness(session: ReadSession, *, at: datetime) -> Freshness:
    """Delays from decision to feed and from feed to proof, last line, last heartbeat, and the lag of each consumer."""
    stands, newest, kept = publication.stands(session), freshness.newest_line(session), checkpoints.latest_checkpoint(session)
    lags = consumers.list_lags(session)
    return Freshness(
        at=at,
        days=DAYS,
        epoch=stands.epoch,
        seq=stands.seq,
        last_line_at=newest and newest["recorded_at"],
        signed_seq=kept and kept.seq,
        last_heartbeat_at=kept and kept.issued_at,
        is_published=not stands.is_stopped and stands.witnessed is None,
        consumers=tuple(
            ConsumerLag(
                holder=row["holder"],
                lines_behind=row["lines_behind"],
                seconds_behind=row["seconds_behind"] or 0,
                proved_at=row["at"] if row["verdict"] == "equal" else None,
            )
            for row in lags
        ),
        **freshness.delays_since(session, at - timedelta(days=DAYS)),
    )
