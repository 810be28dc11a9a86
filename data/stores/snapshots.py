"""A snapshot: the last line of every entry up to a line of the log, as the feed sends lines."""

from collections.abc import Iterator

from psycopg.rows import tuple_row

from data.database import ReadSession, driver_connection

AT_ONCE = 1_000

_LINES = """
WITH last_line AS (
    SELECT DISTINCT ON (listing_id) seq FROM change_detail AS detail JOIN listing USING (listing_id)
    WHERE seq <= %(seq)s AND (%(list)s::text IS NULL OR listing.list = %(list)s)
    ORDER BY listing_id, seq DESC
)
SELECT '{"body":' || coalesce(detail.body, 'null') || ',"hash":"' || change.hash || '","salt":'
    || coalesce('"' || detail.salt || '"', 'null') || ',' || substr(change.line, 2)
FROM last_line JOIN change USING (seq) JOIN change_detail AS detail USING (seq) ORDER BY seq
"""


def lines_at(session: ReadSession, seq: int, *, list_name: str | None = None) -> Iterator[bytes]:
    """The last line of every entry up to `seq`, ended and emptied ones too, oldest first, as blocks of NDJSON."""
    with driver_connection(session).cursor("snapshot", row_factory=tuple_row) as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(_LINES, {"seq": seq, "list": list_name})
        while rows := cursor.fetchmany(AT_ONCE):
            yield "".join(f"{row[0]}\n" for row in rows).encode()
