"""What consumers acknowledge, the switch that stops publication, and webhooks.

Revision: 0008, after: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FROZEN = ("acknowledgement", "publication_act")
RESUME_BY_TWO = """
CREATE FUNCTION resume_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stopped bigint;
BEGIN
    SELECT max(act_id) INTO stopped FROM publication_act WHERE act = 'stop';
    IF NEW.act = 'resume' AND (
        stopped IS NULL OR EXISTS (SELECT FROM publication_act WHERE act = 'resume' AND act_id > stopped AND person = NEW.person)
        OR (SELECT count(DISTINCT person) FROM publication_act WHERE act = 'resume' AND act_id > stopped) >= 2
    ) THEN
        RAISE EXCEPTION 'Publication goes on when two different persons agree after a stop, each once.'
            USING ERRCODE = 'restrict_violation', TABLE = 'publication_act', CONSTRAINT = 'publication_by_two';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("acknowledgement_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('equal', 'differs', 'ahead', 'unproved', 'other_epoch')", name=op.f("ck_acknowledgement_verdict_known")
        ),
        sa.PrimaryKeyConstraint("acknowledgement_id", name=op.f("pk_acknowledgement")),
    )
    op.create_index("ix_acknowledgement_holder_seq", "acknowledgement", ["holder", "seq"])
    op.create_table(
        "publication_act",
        sa.Column("act_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('stop', 'resume')", name=op.f("ck_publication_act_act_known")),
        sa.CheckConstraint("btrim(reason) <> '' AND btrim(person) <> ''", name=op.f("ck_publication_act_says_who_and_why")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_publication_act")),
    )
    op.create_table(
        "webhook",
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_epoch", sa.Integer(), nullable=False),
        sa.Column("told_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_why", sa.Text(), nullable=True),
        sa.CheckConstraint("(off_at IS NULL) = (off_why IS NULL)", name=op.f("ck_webhook_off_with_cause")),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_secret",
        sa.Column("secret_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.webhook_id"], name=op.f("fk_webhook_secret_webhook_id")),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_webhook_secret")),
    )
    op.create_index("ix_webhook_secret_webhook_id", "webhook_secret", ["webhook_id"])
    op.create_table(
        "webhook_message",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.webhook_id"], name=op.f("fk_webhook_message_webhook_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_webhook_message")),
    )
    op.create_index("ix_webhook_message_next_at", "webhook_message", ["next_at"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index(
        "uq_webhook_message_open", "webhook_message", ["webhook_id"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.execute(RESUME_BY_TWO)
    op.execute("CREATE TRIGGER publication_by_two BEFORE INSERT ON publication_act FOR EACH ROW EXECUTE FUNCTION resume_by_two()")
    for table in FROZEN:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
        )
