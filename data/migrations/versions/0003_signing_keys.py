"""Keys that sign: one active at most, public halves for ever, private halves only while they sign.

Revision: 0003, after: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION guard_signing_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.kid, NEW.x, NEW.seal, NEW.made_at, NEW.made_by) IS DISTINCT FROM (OLD.kid, OLD.x, OLD.seal, OLD.made_at, OLD.made_by)
        OR NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed
        OR OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at
        OR OLD.revoked_from IS NOT NULL AND (NEW.revoked_from IS NULL OR NEW.revoked_from > OLD.revoked_from) THEN
        RAISE EXCEPTION 'A signing key is retired once, revoked from an instant that only moves back, and otherwise stays as it is.'
            USING ERRCODE = 'restrict_violation', TABLE = 'signing_key', CONSTRAINT = 'signing_key_stays';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("x", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.CheckConstraint("(revoked_from IS NULL) = (revoked_at IS NULL)", name=op.f("ck_signing_key_revoked_at_an_instant")),
        sa.CheckConstraint("retired_at >= made_at", name=op.f("ck_signing_key_retired_after_made")),
        sa.CheckConstraint(
            "sealed IS NULL OR (retired_at IS NULL AND revoked_from IS NULL)", name=op.f("ck_signing_key_sealed_while_active")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_index(
        "uq_signing_key_active",
        "signing_key",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL AND revoked_from IS NULL"),
    )
    op.execute(GUARD)
    op.execute("CREATE TRIGGER signing_key_stays BEFORE UPDATE ON signing_key FOR EACH ROW EXECUTE FUNCTION guard_signing_key()")
    op.execute("CREATE TRIGGER signing_key_kept BEFORE DELETE OR TRUNCATE ON signing_key FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()")


def downgrade() -> None:
    op.drop_table("signing_key")
    op.execute("DROP FUNCTION guard_signing_key")
