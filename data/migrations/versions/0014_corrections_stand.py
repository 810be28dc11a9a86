"""Corrections and moves decided on objections stand against their source, as a sort of effect of their own.

Revision: 0014, after: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "ck_record_effect_subject_known"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "record_effect", type_="check")
    op.create_check_constraint(op.f(NAME), "record_effect", "subject IN ('repair', 'objection', 'correction', 'cascade', 'restart')")


def downgrade() -> None:
    """What had been corrected stays so until its source says otherwise; the effects of this sort go with their name."""
    op.execute("ALTER TABLE record_effect DISABLE TRIGGER USER")
    op.execute("DELETE FROM record_effect WHERE subject = 'correction'")
    op.execute("ALTER TABLE record_effect ENABLE TRIGGER USER")
    op.drop_constraint(op.f(NAME), "record_effect", type_="check")
    op.create_check_constraint(op.f(NAME), "record_effect", "subject IN ('repair', 'objection', 'cascade', 'restart')")
