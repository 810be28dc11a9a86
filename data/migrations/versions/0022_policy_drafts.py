"""The way of a policy before it is published: drafts, steps, comments; and what the database asks of all but founding versions.

Revision: 0022, after: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ANSWER_ONCE = """
CREATE FUNCTION answer_comment_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.answer IS NOT NULL OR (NEW.draft_id, NEW.received_on, NEW.said_by, NEW.text) IS DISTINCT FROM
        (OLD.draft_id, OLD.received_on, OLD.said_by, OLD.text) THEN
        RAISE EXCEPTION 'A comment stays as it was said, and is answered once.'
            USING ERRCODE = 'restrict_violation', TABLE = 'policy_comment', CONSTRAINT = 'policy_comment_answered_once';
    END IF;
    RETURN NEW;
END $$
"""
PUBLISH_BY_STEPS = """
CREATE FUNCTION publish_by_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    draft policy_draft;
    open_until date;
    reviewed policy_step;
    rehearsed policy_step;
    missing text;
    legal_day date := (NEW.published_at AT TIME ZONE 'UTC' + interval '8 hours')::date;
BEGIN
    IF NEW.draft_id IS NULL THEN
        IF EXISTS (
            SELECT FROM run r JOIN policy p ON p.policy_hash = r.policy_hash WHERE p.family = NEW.family AND r.published_at IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'Runs of % had effects: a further version is published by its steps, not as a founding one.', NEW.family
                USING ERRCODE = 'restrict_violation', TABLE = 'policy', CONSTRAINT = 'policy_founding_is_over';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO draft FROM policy_draft WHERE draft_id = NEW.draft_id;
    SELECT max(closes_on) INTO open_until FROM policy_step WHERE draft_id = NEW.draft_id AND step = 'consultation';
    SELECT * INTO reviewed FROM policy_step WHERE draft_id = NEW.draft_id AND step = 'legal_review' ORDER BY step_id DESC LIMIT 1;
    SELECT * INTO rehearsed FROM policy_step WHERE draft_id = NEW.draft_id AND step = 'rehearsal' ORDER BY step_id DESC LIMIT 1;
    missing := CASE
        WHEN (draft.policy_hash, draft.family, draft.version) IS DISTINCT FROM (NEW.policy_hash, NEW.family, NEW.version)
            THEN 'its own draft'
        WHEN EXISTS (SELECT FROM policy_step WHERE draft_id = NEW.draft_id AND step = 'withdrawal') THEN 'a draft that was not withdrawn'
        WHEN open_until IS NULL OR open_until >= legal_day THEN 'a consultation that is over'
        WHEN EXISTS (SELECT FROM policy_comment WHERE draft_id = NEW.draft_id AND answer IS NULL) THEN 'an answer to every comment'
        WHEN reviewed.outcome IS DISTINCT FROM 'passed' OR reviewed.done_on <= open_until
            THEN 'a legal review passed after the consultation'
        WHEN NOT EXISTS (SELECT FROM rehearsal WHERE rehearsal_id = rehearsed.rehearsal_id AND state = 'finished'
            AND policy_hash = NEW.policy_hash) THEN 'a finished rehearsal of this very draft'
        WHEN (SELECT count(DISTINCT a.done_by) FROM policy_step a WHERE a.draft_id = NEW.draft_id AND a.step = 'approval'
            AND a.step_id > greatest(rehearsed.step_id, reviewed.step_id) AND a.done_by <> draft.filed_by
            AND NOT EXISTS (SELECT FROM rehearsal h WHERE h.rehearsal_id = rehearsed.rehearsal_id AND h.started_by = a.done_by)
            AND NOT EXISTS (SELECT FROM run r JOIN policy p ON p.policy_hash = r.policy_hash
                WHERE p.family = NEW.family AND a.done_by IN (r.started_by, r.published_by))) < 2
            THEN 'the approval of two persons apart from those who filed, rehearsed or run it'
    END;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'Policy %/% lacks %.', NEW.family, NEW.version, missing
            USING ERRCODE = 'restrict_violation', TABLE = 'policy', CONSTRAINT = 'policy_goes_its_way';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER keep_policy_draft BEFORE UPDATE OR DELETE ON policy_draft FOR EACH ROW EXECUTE FUNCTION keep_rows()",
    "CREATE TRIGGER keep_policy_step BEFORE UPDATE OR DELETE ON policy_step FOR EACH ROW EXECUTE FUNCTION keep_rows()",
    "CREATE TRIGGER answer_comment_once BEFORE UPDATE OR DELETE ON policy_comment FOR EACH ROW EXECUTE FUNCTION answer_comment_once()",
    "CREATE TRIGGER publish_by_steps BEFORE INSERT ON policy FOR EACH ROW EXECUTE FUNCTION publish_by_steps()",
)


def upgrade() -> None:
    op.create_table(
        "policy_draft",
        sa.Column("draft_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_policy_draft")),
        sa.UniqueConstraint("policy_hash", name=op.f("uq_policy_draft_policy_hash")),
    )
    op.create_table(
        "policy_step",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("rehearsal_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('consultation', 'legal_review', 'rehearsal', 'approval', 'withdrawal')", name=op.f("ck_policy_step_step_known")
        ),
        sa.CheckConstraint(
            "(step = 'consultation') = (closes_on IS NOT NULL) AND closes_on > done_on", name=op.f("ck_policy_step_consultation_closes")
        ),
        sa.CheckConstraint(
            "(step = 'legal_review') = (outcome IS NOT NULL) AND outcome IN ('passed', 'failed')",
            name=op.f("ck_policy_step_review_has_outcome"),
        ),
        sa.CheckConstraint("(step = 'rehearsal') = (rehearsal_id IS NOT NULL)", name=op.f("ck_policy_step_rehearsal_named")),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.draft_id"], name=op.f("fk_policy_step_draft_id")),
        sa.ForeignKeyConstraint(["rehearsal_id"], ["rehearsal.rehearsal_id"], name=op.f("fk_policy_step_rehearsal_id")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_policy_step")),
    )
    for name, columns, step in (
        ("uq_policy_step_approval", ["draft_id", "done_by"], "approval"),
        ("uq_policy_step_consultation", ["draft_id"], "consultation"),
    ):
        op.create_index(name, "policy_step", columns, unique=True, postgresql_where=sa.text(f"step = '{step}'"))
    op.create_table(
        "policy_comment",
        sa.Column("comment_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name=op.f("ck_policy_comment_answered_by_somebody")),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.draft_id"], name=op.f("fk_policy_comment_draft_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_policy_comment")),
    )
    op.add_column("policy", sa.Column("draft_id", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_foreign_key(op.f("fk_policy_draft_id"), "policy", "policy_draft", ["draft_id"], ["draft_id"])
    for statement in (ANSWER_ONCE, PUBLISH_BY_STEPS, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER publish_by_steps ON policy")
    op.drop_constraint(op.f("fk_policy_draft_id"), "policy", type_="foreignkey")
    op.drop_column("policy", "draft_id")
    for name in ("policy_comment", "policy_step", "policy_draft"):
        op.drop_table(name)
    for name in ("publish_by_steps", "answer_comment_once"):
        op.execute(f"DROP FUNCTION {name}()")
