"""Recounts: a sample of enterprises answered anew and compared with what the latest published run says of them.

Revision: 0023, after: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recount",
        sa.Column("recount_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("differing", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_recount_run_id")),
        sa.PrimaryKeyConstraint("recount_id", name=op.f("pk_recount")),
    )
    each = "FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    op.execute(f"CREATE TRIGGER recount_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON recount {each}")


def downgrade() -> None:
    op.drop_table("recount")
