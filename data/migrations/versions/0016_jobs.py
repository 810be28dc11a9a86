"""Jobs: the queue's own tables in a schema of their own, what people see of a job, and the ticks of schedules.

The queue's library keeps its schema as a row of small migrations that never change. Those up to `LAST_OF_LIBRARY` are replayed, so that
every database has the same tables whatever version of the library is installed later; a later one's further files are a migration of ours.

Revision: 0016, after: 0015
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

LAST_OF_LIBRARY = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
# The library names its tables without a schema. Its functions find them wherever they are called from; its connections ask for them.
FIND_THEIR_TABLES = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT p.oid::regprocedure AS called FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'procrastinate'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = procrastinate, pg_temp', one.called);
    END LOOP;
END $$"""
ENDED_STAYS = """
CREATE FUNCTION guard_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('finished', 'failed', 'cancelled') THEN
        RAISE EXCEPTION 'Job % has ended; what became of it stays as it was told.', OLD.job_id
            USING ERRCODE = 'restrict_violation', TABLE = 'job', CONSTRAINT = 'job_ended_stays';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    _add_queue()
    op.create_table(
        "job",
        sa.Column("job_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("actor", postgresql.JSONB(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("queue_no", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("phase_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_before", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rows_done", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rows_total", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_asked_by", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'finished', 'failed', 'cancelled')", name=op.f("ck_job_state_known")),
        sa.CheckConstraint("(state IN ('finished', 'failed', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_job_ends_once")),
        sa.CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name=op.f("ck_job_fails_with_reason")),
        sa.CheckConstraint("(state = 'finished') = (result IS NOT NULL)", name=op.f("ck_job_finishes_with_result")),
        sa.CheckConstraint("state <> 'running' OR started_at IS NOT NULL", name=op.f("ck_job_runs_since")),
        sa.CheckConstraint("(stop_asked_at IS NULL) = (stop_asked_by IS NULL)", name=op.f("ck_job_stop_has_asker")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_open", "job", ["job_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ix_job_kind_job_id", "job", ["kind", "job_id"])
    op.create_index("ix_job_run", "job", [sa.text("((arguments ->> 'run_id'))")], postgresql_where=sa.text("kind = 'run'"))
    op.execute(ENDED_STAYS)
    op.execute("CREATE TRIGGER job_ended_stays BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION guard_job()")
    op.create_table(
        "schedule_tick",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.job_id"], name=op.f("fk_schedule_tick_job_id")),
        sa.PrimaryKeyConstraint("schedule", "due_at", name=op.f("pk_schedule_tick")),
    )


def _add_queue() -> None:
    """The library's tables and functions in the schema `procrastinate`."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"), key=lambda file: file.name)
    wanted = [file for file in files if file.name <= LAST_OF_LIBRARY]
    if not wanted or wanted[-1].name != LAST_OF_LIBRARY:
        raise RuntimeError(f"the installed queue library lacks {LAST_OF_LIBRARY}; install the version that the lock file names")
    driver = op.get_bind().connection.driver_connection
    before = driver.execute("SELECT current_setting('search_path')").fetchone()[0]
    driver.execute("CREATE SCHEMA procrastinate")
    driver.execute("SET LOCAL search_path = procrastinate")
    for file in wanted:
        driver.execute(file.read_text(encoding="utf-8"))
    driver.execute("SELECT set_config('search_path', %s, true)", (before,))
    driver.execute(FIND_THEIR_TABLES)


def downgrade() -> None:
    op.drop_table("schedule_tick")
    op.drop_table("job")
    op.execute("DROP FUNCTION guard_job")
    op.execute("DROP SCHEMA procrastinate CASCADE")
