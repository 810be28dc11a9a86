"""The code on a page of paper needs no signature of its own.

Revision: 0009, after: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("credit_check", "slip_head")
    op.drop_column("credit_check", "slip_signatures")


def downgrade() -> None:
    op.add_column("credit_check", sa.Column("slip_head", sa.Text(), nullable=True))
    op.add_column("credit_check", sa.Column("slip_signatures", sa.Text(), nullable=True))
