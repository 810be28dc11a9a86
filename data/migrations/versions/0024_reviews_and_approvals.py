"""A legal review that failed stays the last one of its draft; who approved a draft may approve it anew after a later rehearsal or review.

Revision: 0024, after: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Under a lock on the draft, so that a passed review cannot be written beside a failed one that is not committed yet.
KEEP_FAILED_REVIEW = """
CREATE FUNCTION keep_failed_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM policy_draft WHERE draft_id = NEW.draft_id FOR UPDATE;
    IF EXISTS (SELECT FROM policy_step WHERE draft_id = NEW.draft_id AND step = 'legal_review' AND outcome = 'failed') THEN
        RAISE EXCEPTION 'The legal review of draft % did not pass: a changed draft is filed and reviewed.', NEW.draft_id
            USING ERRCODE = 'restrict_violation', TABLE = 'policy_step', CONSTRAINT = 'policy_step_failed_review_stays';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.drop_index("uq_policy_step_approval", table_name="policy_step")
    op.execute(KEEP_FAILED_REVIEW)
    op.execute(
        "CREATE TRIGGER keep_failed_review BEFORE INSERT ON policy_step FOR EACH ROW WHEN (NEW.step = 'legal_review')"
        " EXECUTE FUNCTION keep_failed_review()"
    )


def downgrade() -> None:
    """The index comes back unless somebody approved a draft twice."""
    op.execute("DROP TRIGGER keep_failed_review ON policy_step")
    op.execute("DROP FUNCTION keep_failed_review()")
    op.create_index(
        "uq_policy_step_approval",
        "policy_step",
        ["draft_id", "done_by"],
        unique=True,
        postgresql_where=sa.text("step = 'approval'"),
    )
