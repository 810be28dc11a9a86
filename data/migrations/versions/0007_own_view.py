"""What an enterprise does about itself: keys bound to it, mandates, replies, honours it does not want shown, and who looked it up.

Revision: 0007, after: 0006
"""

# the tables as Alembic writes them

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FUNCTIONS = {
    "revoke_mandate_once": """
CREATE FUNCTION revoke_mandate_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise mandate;
BEGIN
    otherwise := NEW;
    otherwise.revoked_at := OLD.revoked_at;
    otherwise.revoked_by := OLD.revoked_by;
    IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'Mandate % may only be revoked, once; another one is granted anew.', OLD.mandate_id
            USING ERRCODE = 'restrict_violation', TABLE = 'mandate', CONSTRAINT = 'mandate_revoked_once';
    END IF;
    RETURN NEW;
END $$""",
    "resume_honours_once": """
CREATE FUNCTION resume_honours_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise honour_refusal;
BEGIN
    otherwise := NEW;
    otherwise.resumed_at := OLD.resumed_at;
    otherwise.resumed_by := OLD.resumed_by;
    IF OLD.resumed_at IS NOT NULL OR NEW.resumed_at IS NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'What enterprise % declined may only be resumed, once.', OLD.enterprise_key
            USING ERRCODE = 'restrict_violation', TABLE = 'honour_refusal', CONSTRAINT = 'honour_refusal_resumed_once';
    END IF;
    RETURN NEW;
END $$""",
    "move_reply": """
CREATE FUNCTION move_reply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise reply;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' THEN
            RAISE EXCEPTION 'A reply begins waiting for an officer, not %.', NEW.state
                USING ERRCODE = 'restrict_violation', TABLE = 'reply', CONSTRAINT = 'reply_legal_move';
        END IF;
        RETURN NEW;
    END IF;
    otherwise := NEW;
    otherwise.state := OLD.state;
    otherwise.closed_by := OLD.closed_by;
    otherwise.closed_at := OLD.closed_at;
    otherwise.closed_why := OLD.closed_why;
    IF otherwise IS DISTINCT FROM OLD OR NOT (
        (OLD.state = 'waiting' AND NEW.state IN ('accepted', 'refused', 'taken_back'))
        OR (OLD.state = 'accepted' AND NEW.state IN ('taken_back', 'replaced'))
    ) THEN
        RAISE EXCEPTION 'Reply % is %; it cannot become % or say something else.', OLD.reply_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', TABLE = 'reply', CONSTRAINT = 'reply_legal_move';
    END IF;
    RETURN NEW;
END $$""",
    "keep_enquiries": """
CREATE FUNCTION keep_enquiries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.last_at > clock_timestamp() - interval '5 years' THEN
        RAISE EXCEPTION 'Who looked an enterprise up is kept for five years.'
            USING ERRCODE = 'restrict_violation', TABLE = 'enquiry', CONSTRAINT = 'enquiry_kept_five_years';
    END IF;
    RETURN OLD;
END $$""",
    "count_enquiries": """
CREATE FUNCTION count_enquiries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise enquiry;
BEGIN
    otherwise := NEW;
    otherwise.last_at := OLD.last_at;
    otherwise.times := OLD.times;
    IF otherwise IS DISTINCT FROM OLD OR NEW.times < OLD.times OR NEW.last_at < OLD.last_at THEN
        RAISE EXCEPTION 'Of who looked an enterprise up only the count goes on.'
            USING ERRCODE = 'restrict_violation', TABLE = 'enquiry', CONSTRAINT = 'enquiry_counts_up';
    END IF;
    RETURN NEW;
END $$""",
}
STAY = ("mandate", "honour_refusal", "reply")
TRIGGERS = (
    *(f"CREATE TRIGGER {t}_kept BEFORE DELETE OR TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()" for t in STAY),
    "CREATE TRIGGER mandate_revoked_once BEFORE UPDATE ON mandate FOR EACH ROW EXECUTE FUNCTION revoke_mandate_once()",
    "CREATE TRIGGER honour_refusal_resumed_once BEFORE UPDATE ON honour_refusal FOR EACH ROW EXECUTE FUNCTION resume_honours_once()",
    "CREATE TRIGGER reply_legal_move BEFORE INSERT OR UPDATE ON reply FOR EACH ROW EXECUTE FUNCTION move_reply()",
    "CREATE TRIGGER enquiry_kept_five_years BEFORE DELETE ON enquiry FOR EACH ROW EXECUTE FUNCTION keep_enquiries()",
    "CREATE TRIGGER enquiry_counts_up BEFORE UPDATE ON enquiry FOR EACH ROW EXECUTE FUNCTION count_enquiries()",
)


def upgrade() -> None:
    op.add_column("api_key", sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_foreign_key(op.f("fk_api_key_enterprise_key"), "api_key", "enterprise", ["enterprise_key"], ["enterprise_key"])
    op.create_check_constraint(
        op.f("ck_api_key_bound_to_its_enterprise"), "api_key", "(role = 'enterprise') = (enterprise_key IS NOT NULL)"
    )
    op.create_table(
        "mandate",
        sa.Column("mandate_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("granted_as", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint("agent_key <> enterprise_key", name=op.f("ck_mandate_for_another")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_mandate_ends_after_start")),
        sa.CheckConstraint(
            'jsonb_array_length(scopes) > 0 AND scopes <@ \'["see", "object", "repair"]\'::jsonb', name=op.f("ck_mandate_scopes_known")
        ),
        sa.CheckConstraint(
            "granted_as = 'enterprise' OR (granted_as = 'officer' AND btrim(document_no) <> '')",
            name=op.f("ck_mandate_officer_names_document"),
        ),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_mandate_revoked_by_someone")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_mandate_enterprise_key")),
        sa.ForeignKeyConstraint(["agent_key"], ["enterprise.enterprise_key"], name=op.f("fk_mandate_agent_key")),
        sa.PrimaryKeyConstraint("mandate_id", name=op.f("pk_mandate")),
    )
    op.create_index("ix_mandate_enterprise_key", "mandate", ["enterprise_key"], unique=False)
    op.create_index("ix_mandate_agent_key", "mandate", ["agent_key"], unique=False)
    op.create_table(
        "honour_refusal",
        sa.Column("refusal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_by", sa.Text(), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(resumed_at IS NULL) = (resumed_by IS NULL)", name=op.f("ck_honour_refusal_resumed_by_someone")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_honour_refusal_enterprise_key")),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_honour_refusal")),
    )
    op.create_index(
        "uq_honour_refusal_standing", "honour_refusal", ["enterprise_key"], unique=True, postgresql_where=sa.text("resumed_at IS NULL")
    )
    op.create_table(
        "reply",
        sa.Column("reply_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.CheckConstraint("(record_key IS NULL) <> (listing_id IS NULL)", name=op.f("ck_reply_to_one_thing")),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused', 'taken_back', 'replaced')", name=op.f("ck_reply_state_known")),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 1000 AND btrim(text) <> ''", name=op.f("ck_reply_bounded")),
        sa.CheckConstraint("state <> 'refused' OR btrim(closed_why) <> ''", name=op.f("ck_reply_refused_with_reason")),
        sa.CheckConstraint(
            "(state = 'waiting') = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)",
            name=op.f("ck_reply_closed_by_someone"),
        ),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_reply_enterprise_key")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_reply_listing_id")),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_reply")),
    )
    op.create_index("ix_reply_enterprise_key", "reply", ["enterprise_key"], unique=False)
    op.create_index("ix_reply_waiting", "reply", ["reply_id"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    shown = sa.text("state IN ('waiting', 'accepted')")
    op.create_index("uq_reply_record", "reply", ["record_key", "enterprise_key", "state"], unique=True, postgresql_where=shown)
    op.create_index("uq_reply_listing", "reply", ["listing_id", "state"], unique=True, postgresql_where=shown)
    op.create_table(
        "enquiry",
        sa.Column("enquiry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_at >= first_at AND times > 0", name=op.f("ck_enquiry_counts_up")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_enquiry")),
    )
    op.create_index("uq_enquiry_day", "enquiry", ["enterprise_key", "on_day", "holder", "way", "purpose", "check_id"], unique=True)
    for statement in (*FUNCTIONS.values(), *TRIGGERS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for table in ("enquiry", "reply", "honour_refusal", "mandate"):
        op.drop_table(table)
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_constraint(op.f("ck_api_key_bound_to_its_enterprise"), "api_key")
    op.drop_column("api_key", "enterprise_key")
