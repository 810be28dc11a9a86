"""Failed results end with the publication of the penalty that they led to, as a sort of effect of their own.

Revision: 0020, after: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "ck_record_effect_subject_known"
KNOWN = "'repair', 'objection', 'correction', 'cascade', 'restart'"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "record_effect", type_="check")
    op.create_check_constraint(op.f(NAME), "record_effect", f"subject IN ({KNOWN}, 'penalty')")


def downgrade() -> None:
    """What had ended stays so until its source says otherwise; the effects of this sort go with their name."""
    op.execute("ALTER TABLE record_effect DISABLE TRIGGER USER")
    op.execute("DELETE FROM record_effect WHERE subject = 'penalty'")
    op.execute("ALTER TABLE record_effect ENABLE TRIGGER USER")
    op.drop_constraint(op.f(NAME), "record_effect", type_="check")
    op.create_check_constraint(op.f(NAME), "record_effect", f"subject IN ({KNOWN})")
