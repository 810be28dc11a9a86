"""Notices of bad grades: given where a standing turned bad, ended where it is another."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg.rows import dict_row

from data.database import ReadSession, WriteSession, driver_connection

_END = """
UPDATE grade_notice SET ended_on = greatest(%(day)s, noticed_on) FROM standing
WHERE grade_notice.enterprise_key = standing.enterprise_key AND ended_on IS NULL AND grade_notice.grade <> standing.grade
    AND (%(keys)s::bigint[] IS NULL OR grade_notice.enterprise_key = ANY(%(keys)s))
"""
_GIVE = """
INSERT INTO grade_notice (enterprise_key, grade, policy, noticed_on, noticed_by, shown_from, recorded_at)
SELECT enterprise_key, grade, policy, %(day)s, %(by)s, %(shown_from)s, clock_timestamp() FROM standing
WHERE grade = ANY(%(grades)s) AND policy LIKE %(family)s || '/%%' AND (%(keys)s::bigint[] IS NULL OR enterprise_key = ANY(%(keys)s))
    AND NOT EXISTS (
        SELECT FROM grade_notice AS given WHERE given.enterprise_key = standing.enterprise_key AND ended_on IS NULL
    )
ORDER BY enterprise_key
"""
_OF = """
SELECT enterprise_key, grade, policy, shown_from, noticed_on, ended_on FROM grade_notice
WHERE enterprise_key = ANY(%s) ORDER BY notice_id
"""


def renew(
    session: WriteSession,
    *,
    family: str,
    grades: Sequence[str],
    day: date,
    shown_from: date | None,
    by: str,
    enterprise_keys: Sequence[int] | None = None,
) -> int:
    """End the notices of grades that are others now, and give those that are due; of these enterprises, or of all. Gives how many."""
    keys = None if enterprise_keys is None else list(enterprise_keys)
    connection = driver_connection(session)
    connection.execute(_END, {"day": day, "keys": keys})
    asked = {"family": family, "grades": list(grades), "day": day, "shown_from": shown_from, "by": by, "keys": keys}
    return connection.execute(_GIVE, asked).rowcount


def notices_by_enterprise(session: ReadSession, enterprise_keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Every notice that each of these enterprises was given, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_OF, (list(enterprise_keys),)):
            found.setdefault(row["enterprise_key"], []).append(row)
    return found
