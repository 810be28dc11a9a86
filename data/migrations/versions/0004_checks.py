"""Catalogues of measures, and checks that keep their answer, its signatures and their term.

Revision: 0004, after: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise credit_check;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.keep_until > (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date THEN
            RAISE EXCEPTION 'Check % is kept until %.', OLD.check_id, OLD.keep_until
                USING ERRCODE = 'restrict_violation', TABLE = 'credit_check', CONSTRAINT = 'credit_check_kept';
        END IF;
        RETURN OLD;
    END IF;
    otherwise := NEW;
    otherwise.keep_until := OLD.keep_until;
    IF otherwise IS DISTINCT FROM OLD OR NEW.keep_until < OLD.keep_until THEN
        RAISE EXCEPTION 'Check % stays as it was answered; only its term may grow.', OLD.check_id
            USING ERRCODE = 'restrict_violation', TABLE = 'credit_check', CONSTRAINT = 'credit_check_stays';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "measure_catalogue",
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("catalogue_hash", name=op.f("pk_measure_catalogue")),
        sa.UniqueConstraint("version", name=op.f("uq_measure_catalogue_version")),
    )
    op.execute(
        "CREATE TRIGGER measure_catalogue_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON measure_catalogue "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    )
    op.create_table(
        "check_evidence",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_check_evidence_sha256")),
        sa.PrimaryKeyConstraint("holder", "sha256", name=op.f("pk_check_evidence")),
    )
    op.execute(
        "CREATE TRIGGER check_evidence_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON check_evidence "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    )
    _widen_checks()
    op.execute(GUARD)
    op.execute("CREATE TRIGGER credit_check_stays BEFORE UPDATE OR DELETE ON credit_check FOR EACH ROW EXECUTE FUNCTION keep_check()")
    op.execute("CREATE TRIGGER credit_check_kept BEFORE TRUNCATE ON credit_check FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()")


def _widen_checks() -> None:
    """Answers become text, since a signature is over bytes; those from before get their number, which stood beside them."""
    for name, kind in (
        ("project", sa.Text()),
        ("cut_off", sa.DateTime(timezone=True)),
        ("catalogue_hash", sa.Text()),
        ("keep_until", sa.Date()),
        ("receipt_head", sa.Text()),
        ("receipt_signature", sa.Text()),
        ("slip_head", sa.Text()),
        ("slip_signatures", sa.Text()),
    ):
        op.add_column("credit_check", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE credit_check SET keep_until = (asked_at AT TIME ZONE 'Asia/Shanghai')::date + interval '15 years'")
    op.alter_column("credit_check", "keep_until", nullable=False)
    op.execute("ALTER TABLE credit_check ALTER COLUMN answer TYPE text USING (jsonb_build_object('check_id', check_id) || answer)::text")
    op.create_foreign_key(
        op.f("fk_credit_check_catalogue_hash"), "credit_check", "measure_catalogue", ["catalogue_hash"], ["catalogue_hash"]
    )
    op.create_check_constraint(op.f("ck_credit_check_signed_whole"), "credit_check", "(receipt_head IS NULL) = (receipt_signature IS NULL)")
    op.create_index("ix_credit_check_asked_by_check_id", "credit_check", ["asked_by", "check_id"], unique=False)


def downgrade() -> None:
    op.execute("DROP TRIGGER credit_check_stays ON credit_check")
    op.execute("DROP TRIGGER credit_check_kept ON credit_check")
    op.execute("DROP FUNCTION keep_check")
    op.drop_index("ix_credit_check_asked_by_check_id", table_name="credit_check")
    op.drop_constraint(op.f("ck_credit_check_signed_whole"), "credit_check")
    op.drop_constraint(op.f("fk_credit_check_catalogue_hash"), "credit_check")
    op.execute("ALTER TABLE credit_check ALTER COLUMN answer TYPE jsonb USING answer::jsonb")
    for name in (
        "project",
        "cut_off",
        "catalogue_hash",
        "keep_until",
        "receipt_head",
        "receipt_signature",
        "slip_head",
        "slip_signatures",
    ):
        op.drop_column("credit_check", name)
    op.drop_table("check_evidence")
    op.drop_table("measure_catalogue")
