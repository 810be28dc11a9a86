"""Watches over suppliers, and the news of each, read from the log."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from psycopg.rows import dict_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.listings import KNOWN_AS
from models.errors import NotFound
from models.tables.watches import Watch, WatchedSupplier

# One line per entry, its latest: an entry that ended since is only news as such, whatever was said of it between.
_NEWS = f"""
WITH news AS (
    SELECT DISTINCT ON (d.listing_id, w.no) d.listing_id, w.no, w.enterprise_key, c.seq, c.cause, c.effective_on, c.recorded_at
    FROM watched_supplier w JOIN change_detail d
        ON d.enterprise_key = ANY (ARRAY(SELECT same_entries(w.enterprise_key))) AND d.seq > %(from_seq)s
    JOIN change c ON c.seq = d.seq
    WHERE w.watch_id = %(watch_id)s AND c.recorded_at < %(before)s
    ORDER BY d.listing_id, w.no, c.seq DESC
)
SELECT news.seq, news.no, news.effective_on, news.recorded_at, news.cause, l.list, l.state,
    l.state <> 'ended' AND (l.ends_on IS NULL OR l.ends_on > %(today)s) AND NOT (l.colour = 'red' AND EXISTS (
        SELECT FROM honour_refusal h WHERE h.enterprise_key = l.enterprise_key AND h.resumed_at IS NULL)) AS may_be_shown,
    coalesce(code.scheme, founding_scheme) AS scheme, coalesce(code.value, founding_value) AS value, borne.name
FROM news JOIN listing l USING (listing_id) JOIN enterprise ON enterprise.enterprise_key = news.enterprise_key {KNOWN_AS}
WHERE news.seq > %(after)s
ORDER BY news.seq, news.no LIMIT %(limit)s
"""
_LIST = """
SELECT w.*, (SELECT count(*) FROM watched_supplier s WHERE s.watch_id = w.watch_id) AS suppliers, EXISTS (
    SELECT FROM watched_supplier s JOIN change_detail d
        ON d.enterprise_key = ANY (ARRAY(SELECT same_entries(s.enterprise_key))) AND d.seq > w.read_seq
    JOIN change c ON c.seq = d.seq
    WHERE s.watch_id = w.watch_id AND c.recorded_at < ((w.until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')) AS has_news
FROM watch w
WHERE (%(holder)s::text IS NULL OR w.holder = %(holder)s) AND (%(before)s::bigint IS NULL OR w.watch_id < %(before)s)
ORDER BY w.watch_id DESC LIMIT %(limit)s
"""


class NoSuchWatch(NotFound):
    """There is no watch of this number, or it is another's."""

    code = "watch.not_found"


def add_watch(session: WriteSession, watch: Watch, suppliers: Mapping[int, int]) -> Watch:
    """Keep a watch; `suppliers` are enterprises by their number in the check."""
    session.add(watch)
    session.flush()
    session.add_all(WatchedSupplier(watch_id=watch.watch_id or 0, no=no, enterprise_key=key) for no, key in suppliers.items())
    session.flush()
    return watch


def get_watch(session: ReadSession, watch_id: int, *, holder: str | None) -> Watch:
    """One watch; of `holder` only, where that is given. Raises `watch.not_found`."""
    found = session.get(Watch, watch_id) if 0 < watch_id < 2**63 else None
    if found is None or (holder is not None and found.holder != holder):
        raise NoSuchWatch(f"There is no watch {watch_id} of yours. /v1/watches lists those you have.")
    return found


def list_watches(session: ReadSession, *, holder: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """One page of watches, latest first, each with whether it has news."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, {"holder": holder, "before": before, "limit": limit}).fetchall()


def news_of(session: ReadSession, watch: Watch, *, after: int, before: datetime, today: date, limit: int) -> list[dict[str, Any]]:
    """What the log says of the watched suppliers after a line, oldest first; lines recorded from `before` on are no business of it."""
    asked = {
        "watch_id": watch.watch_id,
        "from_seq": watch.from_seq,
        "after": after,
        "before": before,
        "today": today,
        "limit": limit,
    }
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_NEWS, asked).fetchall()


def extend_term(session: WriteSession, check_id: int, *, keep_until: date) -> None:
    """Keep a check longer; a shorter term changes nothing."""
    driver_connection(session).execute(
        "UPDATE credit_check SET keep_until = %s WHERE check_id = %s AND keep_until < %s", (keep_until, check_id, keep_until)
    )
