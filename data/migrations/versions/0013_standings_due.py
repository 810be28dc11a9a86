"""Standings that have to follow new facts.

Revision: 0013, after: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "standings_due",
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["known_seq"], ["knowledge.known_seq"], name=op.f("fk_standings_due_known_seq")),
        sa.PrimaryKeyConstraint("known_seq", name=op.f("pk_standings_due")),
    )


def downgrade() -> None:
    op.drop_table("standings_due")
