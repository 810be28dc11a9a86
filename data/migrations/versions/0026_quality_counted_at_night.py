"""How each source delivers is counted at night beside the targets.

Revision: 0026, after: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("target_count", sa.Column("quality", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("target_count", "quality", server_default=None)


def downgrade() -> None:
    op.drop_column("target_count", "quality")
