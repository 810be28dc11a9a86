"""Notices of bad grades.

Revision: 0010, after: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A notice is evidence: it may end, once, and its days may be reckoned once the calendar is longer.
END_ONCE = """
CREATE FUNCTION end_grade_notice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise grade_notice;
BEGIN
    otherwise := NEW;
    otherwise.ended_on := OLD.ended_on;
    IF OLD.shown_from IS NULL THEN
        otherwise.shown_from := NULL;
    END IF;
    IF otherwise IS DISTINCT FROM OLD OR (OLD.ended_on IS NOT NULL AND NEW.ended_on IS DISTINCT FROM OLD.ended_on) THEN
        RAISE EXCEPTION 'A notice of a grade stays as it was given; it may only end.'
            USING ERRCODE = 'restrict_violation', TABLE = 'grade_notice', CONSTRAINT = 'grade_notice_ends_once';
    END IF;
    RETURN NEW;
END $$"""
TRIGGERS = (
    "CREATE TRIGGER grade_notice_ends_once BEFORE UPDATE ON grade_notice FOR EACH ROW EXECUTE FUNCTION end_grade_notice()",
    "CREATE TRIGGER grade_notice_kept BEFORE DELETE OR TRUNCATE ON grade_notice FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()",
)


def upgrade() -> None:
    op.create_table(
        "grade_notice",
        sa.Column("notice_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("noticed_by", sa.Text(), nullable=False),
        sa.Column("shown_from", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("shown_from > noticed_on", name=op.f("ck_grade_notice_days_to_object")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_grade_notice_enterprise_key")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_grade_notice")),
    )
    op.create_index("ix_grade_notice_enterprise_key", "grade_notice", ["enterprise_key"])
    op.create_index("uq_grade_notice_open", "grade_notice", ["enterprise_key"], unique=True, postgresql_where=sa.text("ended_on IS NULL"))
    for statement in (END_ONCE, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("A notice that was given cannot be forgotten. Restore the backup made before the upgrade.")
