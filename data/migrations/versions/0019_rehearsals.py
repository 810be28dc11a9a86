"""Rehearsals of policies; a finished one stays as it is, and none is deleted.

Revision: 0019, after: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION keep_rehearsal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('finished', 'failed', 'cancelled') THEN
        RAISE EXCEPTION 'A rehearsal that has ended stays as it is; rehearse again instead.'
            USING ERRCODE = 'restrict_violation', TABLE = 'rehearsal', CONSTRAINT = 'rehearsal_stays';
    END IF;
    IF (NEW.policy_hash, NEW.text, NEW.against_hash, NEW.as_of, NEW.known_seq) IS DISTINCT FROM
        (OLD.policy_hash, OLD.text, OLD.against_hash, OLD.as_of, OLD.known_seq) OR (NEW.before_as_of, NEW.before_known_seq, NEW.started_by)
        IS DISTINCT FROM (OLD.before_as_of, OLD.before_known_seq, OLD.started_by) THEN
        RAISE EXCEPTION 'What a rehearsal was asked stays as it is; order another one.'
            USING ERRCODE = 'restrict_violation', TABLE = 'rehearsal', CONSTRAINT = 'rehearsal_question_stays';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "rehearsal",
        sa.Column("rehearsal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("against_hash", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before_as_of", sa.Date(), nullable=False),
        sa.Column("before_known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("before_known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before_run", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.Text(), nullable=True),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'finished', 'failed', 'cancelled')", name=op.f("ck_rehearsal_state_known")),
        sa.CheckConstraint(
            "(state = 'finished') = (report IS NOT NULL AND digest IS NOT NULL AND file_sha256 IS NOT NULL)",
            name=op.f("ck_rehearsal_finished_with_report"),
        ),
        sa.CheckConstraint("before_as_of <= as_of AND before_known_seq <= known_seq", name=op.f("ck_rehearsal_before_comes_first")),
        sa.ForeignKeyConstraint(["against_hash"], ["policy.policy_hash"], name=op.f("fk_rehearsal_against_hash")),
        sa.ForeignKeyConstraint(["before_run"], ["run.run_id"], name=op.f("fk_rehearsal_before_run")),
        sa.ForeignKeyConstraint(["file_sha256"], ["stored_file.sha256"], name=op.f("fk_rehearsal_file_sha256")),
        sa.PrimaryKeyConstraint("rehearsal_id", name=op.f("pk_rehearsal")),
    )
    op.execute(GUARD)
    op.execute("CREATE TRIGGER keep_rehearsal BEFORE UPDATE OR DELETE ON rehearsal FOR EACH ROW EXECUTE FUNCTION keep_rehearsal()")


def downgrade() -> None:
    op.drop_table("rehearsal")
    op.execute("DROP FUNCTION keep_rehearsal()")
