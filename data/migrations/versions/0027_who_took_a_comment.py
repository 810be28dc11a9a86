"""A comment on a draft is kept with the holder of the key by which it came, and one holder may not bury what others say.

Revision: 0027, after: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policy_comment", sa.Column("taken_by", sa.Text(), nullable=False, server_default="operator"))
    op.alter_column("policy_comment", "taken_by", server_default=None)


def downgrade() -> None:
    op.drop_column("policy_comment", "taken_by")
