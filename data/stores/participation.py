"""Who had a part in a matter before it is decided: by what they ran, delivered, settled or reviewed."""

from typing import Any

from psycopg.rows import scalar_row

from data.database import ReadSession, driver_connection

# The records of the enterprise, and of duplicates of it, that stand now are what a decision rests on.
_PART = """
WITH same AS MATERIALIZED (SELECT same_entries(%(enterprise_key)s) AS enterprise_key)
SELECT part FROM (
    SELECT 1 AS place, 'proposed' AS part FROM proposal WHERE proposal_id = %(proposal_id)s AND proposed_by ? %(holder)s
    UNION ALL
    SELECT 2, 'reviewed' FROM step
    WHERE subject = 'proposal' AND subject_id = %(proposal_id)s AND step IN ('answer', 'consent') AND done_by = %(holder)s
    UNION ALL
    SELECT 3, 'delivered' FROM record JOIN delivery USING (delivery_id)
    WHERE record.enterprise_key IN (SELECT enterprise_key FROM same) AND superseded_seq IS NULL AND NOT is_withdrawn
        AND received_from = %(holder)s
    UNION ALL
    SELECT 4, 'settled' FROM queue_item JOIN record USING (record_key)
    WHERE record.enterprise_key IN (SELECT enterprise_key FROM same) AND superseded_seq IS NULL AND NOT is_withdrawn
        AND settled_by = %(holder)s
    UNION ALL
    SELECT 5, 'source' FROM record
    WHERE record.enterprise_key IN (SELECT enterprise_key FROM same) AND superseded_seq IS NULL AND NOT is_withdrawn
        AND kind IN ('sampling', 'inspection') AND source = %(source)s
) AS had ORDER BY place LIMIT 1
"""


def part_of(session: ReadSession, proposal: dict[str, Any], *, holder: str, source: str | None) -> str | None:
    """The part that this holder, or the source they belong to, had in a proposal's matter; None if none."""
    asked = {"proposal_id": proposal["proposal_id"], "enterprise_key": proposal["enterprise_key"], "holder": holder, "source": source}
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(_PART, asked).fetchone()
