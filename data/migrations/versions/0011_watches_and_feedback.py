"""Suppliers that are watched, and feedback on measures, which is reported once and lifted once.

Revision: 0011, after: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION guard_feedback() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise feedback;
BEGIN
    otherwise := NEW;
    otherwise.lifted_on := OLD.lifted_on;
    otherwise.lifted_at := OLD.lifted_at;
    otherwise.result := OLD.result;
    IF OLD.lifted_on IS NOT NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'Feedback % stays as it was reported; it may only be lifted, once.', OLD.feedback_id
            USING ERRCODE = 'restrict_violation', TABLE = 'feedback', CONSTRAINT = 'feedback_stays';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("watch_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("check_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until >= (made_at AT TIME ZONE 'UTC')::date - 1", name=op.f("ck_watch_ends_later")),
        sa.ForeignKeyConstraint(["check_id"], ["credit_check.check_id"], name=op.f("fk_watch_check_id")),
        sa.PrimaryKeyConstraint("watch_id", name=op.f("pk_watch")),
    )
    op.create_index("ix_watch_holder_watch_id", "watch", ["holder", "watch_id"], unique=False)
    op.create_table(
        "watched_supplier",
        sa.Column("watch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_watched_supplier_enterprise_key")),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.watch_id"], name=op.f("fk_watched_supplier_watch_id")),
        sa.PrimaryKeyConstraint("watch_id", "no", name=op.f("pk_watched_supplier")),
    )
    op.create_index("ix_watched_supplier_enterprise_key", "watched_supplier", ["enterprise_key"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("conduct", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(lifted_on IS NULL) = (lifted_at IS NULL)", name=op.f("ck_feedback_lifted_at_an_instant")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_feedback_ends_after_start")),
        sa.CheckConstraint("kind IN ('punishment', 'reward')", name=op.f("ck_feedback_kind_known")),
        sa.ForeignKeyConstraint(["catalogue_hash"], ["measure_catalogue.catalogue_hash"], name=op.f("fk_feedback_catalogue_hash")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_feedback_enterprise_key")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_feedback_listing_id")),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("agency", "reference", name=op.f("uq_feedback_agency_reference")),
    )
    op.create_index("ix_feedback_listing_id", "feedback", ["listing_id"], unique=False)
    op.create_index("ix_feedback_still_applied", "feedback", ["listing_id"], unique=False, postgresql_where=sa.text("lifted_on IS NULL"))
    op.execute(GUARD)
    op.execute("CREATE TRIGGER feedback_stays BEFORE UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION guard_feedback()")
    op.execute("CREATE TRIGGER feedback_kept BEFORE DELETE OR TRUNCATE ON feedback FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()")


def downgrade() -> None:
    op.drop_table("feedback")
    op.execute("DROP FUNCTION guard_feedback")
    op.drop_table("watched_supplier")
    op.drop_table("watch")
