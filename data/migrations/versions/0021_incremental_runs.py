"""Incremental runs: what a run starts from, and what the latest published run said of those whose standing a delivery has refreshed since.

Revision: 0021, after: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ASKED = "policy_hash, policy, as_of, known_seq, known_at, scope, engine, memory_limit, part_size, changes_on, started_by, started_at"
_FOUND = "questions, answered, changed, digest, counts, migration, versions, finished_at"
KEEP_ANSWER = """
CREATE FUNCTION keep_answer_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_standing (enterprise_key, answer_hash, total_x100, score_x100, grade, ladder_grade, is_rated, records_known, covered,
        lists, next_change_on)
    VALUES (OLD.enterprise_key, OLD.answer_hash, OLD.total_x100, OLD.score_x100, OLD.grade, OLD.ladder_grade, OLD.is_rated,
        OLD.records_known, OLD.covered, OLD.lists, OLD.next_change_on)
    ON CONFLICT (enterprise_key) DO UPDATE SET answer_hash = excluded.answer_hash, total_x100 = excluded.total_x100,
        score_x100 = excluded.score_x100, grade = excluded.grade, ladder_grade = excluded.ladder_grade, is_rated = excluded.is_rated,
        records_known = excluded.records_known, covered = excluded.covered, lists = excluded.lists,
        next_change_on = excluded.next_change_on;
    RETURN NULL;
END $$"""


def _keep_run(asked: str, found: str) -> str:
    def of(row: str, columns: str) -> str:
        return ", ".join(f"{row}.{name}" for name in columns.split(", "))

    return f"""
CREATE OR REPLACE FUNCTION keep_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('queued', 'running'), ('queued', 'failed'), ('queued', 'cancelled'),
        ('running', 'finished'), ('running', 'failed'), ('running', 'cancelled'),
        ('failed', 'running'), ('finished', 'published')
    ) THEN
        RAISE EXCEPTION 'Run % is %, from where no run becomes %.', OLD.run_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', TABLE = 'run', CONSTRAINT = 'run_goes_its_way';
    END IF;
    IF ({of("NEW", asked)}) IS DISTINCT FROM ({of("OLD", asked)}) THEN
        RAISE EXCEPTION 'What run % was asked does not change; order another one.', OLD.run_id
            USING ERRCODE = 'restrict_violation', TABLE = 'run', CONSTRAINT = 'run_keeps_its_order';
    END IF;
    IF (OLD.state = 'finished' AND ({of("NEW", found)}) IS DISTINCT FROM ({of("OLD", found)}))
        OR (OLD.state = 'published' AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'What run % found does not change.', OLD.run_id
            USING ERRCODE = 'restrict_violation', TABLE = 'run', CONSTRAINT = 'run_keeps_what_it_found';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.add_column("run", sa.Column("kind", sa.Text(), nullable=False, server_default="full"))
    op.alter_column("run", "kind", server_default=None)
    op.add_column("run", sa.Column("base_run_id", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("run", sa.Column("due", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("run", sa.Column("why_full", sa.Text(), nullable=True))
    op.create_foreign_key(op.f("fk_run_base_run_id"), "run", "run", ["base_run_id"], ["run_id"])
    op.create_check_constraint(op.f("ck_run_kind_known"), "run", "kind IN ('full', 'incremental')")
    op.create_check_constraint(op.f("ck_run_only_an_incremental_run_has_a_base"), "run", "kind = 'incremental' OR base_run_id IS NULL")
    op.create_table(
        "run_standing",
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_hash", sa.BigInteger(), nullable=False),
        sa.Column("total_x100", sa.BigInteger(), nullable=False),
        sa.Column("score_x100", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("ladder_grade", sa.Text(), nullable=False),
        sa.Column("is_rated", sa.Boolean(), nullable=False),
        sa.Column("records_known", sa.Integer(), nullable=False),
        sa.Column("covered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("enterprise_key", name=op.f("pk_run_standing")),
    )
    op.create_index("ix_standing_refreshed", "standing", ["enterprise_key"], postgresql_where=sa.text("run_id IS NULL"))
    op.create_index("ix_enterprise_known_seq", "enterprise", ["known_seq"], postgresql_using="brin")
    op.execute(_keep_run(f"{_ASKED}, kind", f"{_FOUND}, base_run_id, due, why_full"))
    op.execute(KEEP_ANSWER)
    op.execute(
        "CREATE TRIGGER standing_keeps_answer_of_run AFTER UPDATE ON standing FOR EACH ROW"
        " WHEN (OLD.run_id IS NOT NULL AND NEW.run_id IS NULL) EXECUTE FUNCTION keep_answer_of_run()"
    )
    op.execute(  # the standing of an entry that turns out to be a duplicate
        "CREATE TRIGGER standing_leaves_answer_of_run AFTER DELETE ON standing FOR EACH ROW"
        " WHEN (OLD.run_id IS NOT NULL) EXECUTE FUNCTION keep_answer_of_run()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER standing_leaves_answer_of_run ON standing")
    op.execute("DROP TRIGGER standing_keeps_answer_of_run ON standing")
    op.execute("DROP FUNCTION keep_answer_of_run()")
    op.execute(_keep_run(_ASKED, _FOUND))
    op.drop_index("ix_enterprise_known_seq", table_name="enterprise")
    op.drop_index("ix_standing_refreshed", table_name="standing")
    op.drop_table("run_standing")
    op.drop_constraint(op.f("ck_run_only_an_incremental_run_has_a_base"), "run", type_="check")
    op.drop_constraint(op.f("ck_run_kind_known"), "run", type_="check")
    op.drop_constraint(op.f("fk_run_base_run_id"), "run", type_="foreignkey")
    for name in ("why_full", "due", "base_run_id", "kind"):
        op.drop_column("run", name)
