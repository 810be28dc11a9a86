"""Runs carried out part by part, and the states they go through.

Revision: 0015, after: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ORDER = "policy_hash, policy, as_of, known_seq, known_at, scope, engine, memory_limit, part_size, changes_on, started_by, started_at"
FOUND = "questions, answered, changed, digest, counts, migration, versions, finished_at"


def _of(row: str, columns: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in columns.split(","))


KEEP_RUN = f"""
CREATE FUNCTION keep_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('queued', 'running'), ('queued', 'failed'), ('queued', 'cancelled'),
        ('running', 'finished'), ('running', 'failed'), ('running', 'cancelled'),
        ('failed', 'running'), ('finished', 'published')
    ) THEN
        RAISE EXCEPTION 'Run % is %, from where no run becomes %.', OLD.run_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', TABLE = 'run', CONSTRAINT = 'run_goes_its_way';
    END IF;
    IF ({_of("NEW", ORDER)}) IS DISTINCT FROM ({_of("OLD", ORDER)}) THEN
        RAISE EXCEPTION 'What run % was asked does not change; order another one.', OLD.run_id
            USING ERRCODE = 'restrict_violation', TABLE = 'run', CONSTRAINT = 'run_keeps_its_order';
    END IF;
    IF (OLD.state = 'finished' AND ({_of("NEW", FOUND)}) IS DISTINCT FROM ({_of("OLD", FOUND)}))
        OR (OLD.state = 'published' AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'What run % found does not change.', OLD.run_id
            USING ERRCODE = 'restrict_violation', TABLE = 'run', CONSTRAINT = 'run_keeps_what_it_found';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.add_column("run", sa.Column("memory_limit", sa.Text(), nullable=False, server_default="4GB"))
    op.add_column("run", sa.Column("part_size", sa.BigInteger(), autoincrement=False, nullable=False, server_default="250000"))
    op.add_column("run", sa.Column("changes_on", sa.Date(), nullable=True))
    op.alter_column("run", "memory_limit", server_default=None)
    op.alter_column("run", "part_size", server_default=None)
    op.create_check_constraint(
        op.f("ck_run_state_known"), "run", "state IN ('queued', 'running', 'finished', 'published', 'failed', 'cancelled')"
    )
    op.create_check_constraint(op.f("ck_run_part_size_positive"), "run", "part_size > 0")
    op.create_table(
        "run_part",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("questions", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("grades", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("moves", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_run_part_run_id")),
        sa.PrimaryKeyConstraint("run_id", "part", name=op.f("pk_run_part")),
    )
    op.execute(KEEP_RUN)
    op.execute("CREATE TRIGGER run_kept BEFORE UPDATE ON run FOR EACH ROW EXECUTE FUNCTION keep_run()")
    each = "FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    op.execute(f"CREATE TRIGGER run_part_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON run_part {each}")


def downgrade() -> None:
    op.execute("DROP TRIGGER run_kept ON run")
    op.execute("DROP FUNCTION keep_run()")
    op.drop_table("run_part")
    op.execute("UPDATE run SET state = 'failed' WHERE state IN ('queued', 'cancelled')")
    op.drop_constraint(op.f("ck_run_part_size_positive"), "run", type_="check")
    op.drop_constraint(op.f("ck_run_state_known"), "run", type_="check")
    op.drop_column("run", "changes_on")
    op.drop_column("run", "part_size")
    op.drop_column("run", "memory_limit")
