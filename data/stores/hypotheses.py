"""Facts that are only supposed: revisions written inside a savepoint, asked about, and undone before anybody else could see them.

The plan answers questions over stored facts, so "what if this record were repaired" is asked of it as any other question is, under a
number that nothing else bears. Each supposition has a number of its own: many are asked at once, and none sees another.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from data.database import RehearsalSession, driver_connection

_COLUMNS = """
SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
WHERE attrelid = 'record'::regclass AND attnum > 0 AND NOT attisdropped
"""
_CLOSE = """
UPDATE record SET superseded_seq = %(seq)s, superseded_at = clock_timestamp() WHERE record_key = ANY(%(keys)s) AND superseded_seq IS NULL
"""
_STEPS = {  # the first step repairs, the second puts back what was
    "revision": "r.revision + step",
    "known_seq": "%(seq)s + step - 1",
    "superseded_seq": "CASE step WHEN 1 THEN %(seq)s + 1 END",
    "superseded_at": "CASE step WHEN 1 THEN clock_timestamp() END",
    "repaired_on": "CASE step WHEN 1 THEN %(day)s ELSE r.repaired_on END",
}


@contextmanager
def supposing_repairs(
    session: RehearsalSession, groups: Sequence[Sequence[int]], *, repaired_on: date, after_seq: int
) -> Iterator[list[int]]:
    """Suppose that each group of records, by itself, were repaired on a day; gives the number to ask under, by group. All is undone.

    A group is repaired from its number, and as it was from the next one on. `after_seq` is the highest number known in this session,
    which sees one snapshot throughout, so that what is published meanwhile under the same numbers stays unseen.
    """
    connection = driver_connection(session)
    row = connection.execute(_COLUMNS).fetchone()
    assert row is not None
    names: list[str] = row[0]
    revise = f"""
INSERT INTO record ({", ".join(names)})
SELECT {", ".join(_STEPS.get(name, f"r.{name}") for name in names)} FROM record r CROSS JOIN generate_series(1, 2) AS step
WHERE r.record_key = ANY(%(keys)s) AND r.superseded_seq = %(seq)s
"""
    numbers = [after_seq + place for place in range(1, len(groups) + 1)]
    with session.begin_nested() as savepoint:
        for seq, keys in zip(numbers, groups, strict=True):
            given = {"keys": list(keys), "seq": seq, "day": repaired_on}
            connection.execute(_CLOSE, given)
            connection.execute(revise, given)
        yield numbers
        savepoint.rollback()
