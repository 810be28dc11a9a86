"""Records are found exactly by what they became known with, and facts, entries and links by what closed them.

Room that a closed revision leaves is filled by later ones, so that a block range index widens until it names nearly every page.

Revision: 0025, after: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

RECORD_COLUMNS = ("known_seq", "delivery_id")
CLOSED = ("registry_fact", "listing_span", "enterprise_link")


def upgrade() -> None:
    for column in RECORD_COLUMNS:
        op.drop_index(f"ix_record_{column}", table_name="record")
        op.create_index(f"ix_record_{column}", "record", [column])
    for table in CLOSED:
        op.create_index(f"ix_{table}_superseded_seq", table, ["superseded_seq"], postgresql_where=sa.text("superseded_seq IS NOT NULL"))
    op.create_index("ix_enterprise_link_known_seq", "enterprise_link", ["known_seq"])


def downgrade() -> None:
    op.drop_index("ix_enterprise_link_known_seq", table_name="enterprise_link")
    for table in CLOSED:
        op.drop_index(f"ix_{table}_superseded_seq", table_name=table)
    for column in RECORD_COLUMNS:
        op.drop_index(f"ix_record_{column}", table_name="record")
        op.create_index(f"ix_record_{column}", "record", [column], postgresql_using="brin")
