"""What proves the log: hash trees and their roots after each line, signed checkpoints, epochs, and which lines were emptied.

Revision: 0005, after: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EACH_STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION"
FROZEN = ("log_node", "log_root", "log_epoch", "forgotten_line")
FIRST_ROOT = """
INSERT INTO log_root (seq, log_root, lists_root, entries) VALUES (0, encode(sha256(''), 'hex'), repeat('00', 32), 0)
"""
FIRST_EPOCH = """
INSERT INTO log_epoch (epoch, begins_after, hash, started_at, started_by, reason, witnesses)
SELECT epoch, 0, encode(sha256('quality credit change log, epoch 1'), 'hex'), statement_timestamp(), 'the service', 'the beginning', '[]'
FROM change_head
"""
FORGOTTEN_BEFORE = """
INSERT INTO forgotten_line (number, seq, forgotten_at)
SELECT row_number() OVER (ORDER BY emptied_at, seq), seq, emptied_at FROM change_detail WHERE emptied_at IS NOT NULL
"""
FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION empty_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.emptied_at IS NOT NULL OR NEW.emptied_at IS NULL OR (NEW.seq, NEW.listing_id) <> (OLD.seq, OLD.listing_id) THEN
        RAISE EXCEPTION 'What a line of the change log says may be emptied, never edited.'
            USING ERRCODE = 'restrict_violation', TABLE = 'change_detail', CONSTRAINT = 'change_detail_emptied_only';
    END IF;
    IF EXISTS (SELECT FROM listing WHERE listing_id = NEW.listing_id AND state <> 'ended') THEN
        RAISE EXCEPTION 'Line % of the change log tells of an entry that has not ended; what it says stays.', NEW.seq
            USING ERRCODE = 'restrict_violation', TABLE = 'change_detail', CONSTRAINT = 'change_detail_of_ended_entry';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE FUNCTION tell_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM change_head WHERE head_id = 1 FOR UPDATE;
    INSERT INTO forgotten_line (number, seq, forgotten_at)
    SELECT (SELECT coalesce(max(number), 0) FROM forgotten_line) + row_number() OVER (ORDER BY seq), seq, emptied_at FROM emptied;
    RETURN NULL;
END $$""",
    """
CREATE OR REPLACE FUNCTION advance_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 2: moved by the trigger on `change`. By hand, only a new epoch may begin, where the old one stands, once its reason is written.
    IF pg_trigger_depth() < 2 AND (NEW.epoch <> OLD.epoch + 1 OR (NEW.head_id, NEW.seq, NEW.hash) <> (OLD.head_id, OLD.seq, OLD.hash)
        OR NOT EXISTS (SELECT FROM log_epoch WHERE (epoch, begins_after, hash) = (NEW.epoch, NEW.seq, NEW.hash))) THEN
        RAISE EXCEPTION 'The head of the change log follows its lines; it is not moved by hand.'
            USING ERRCODE = 'restrict_violation', TABLE = 'change_head', CONSTRAINT = 'change_head_follows_lines';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE FUNCTION renew_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.epoch, NEW.seq, NEW.first_issued_at) <> (OLD.epoch, OLD.seq, OLD.first_issued_at) OR NEW.issued_at <= OLD.issued_at
        OR NEW.forgotten < OLD.forgotten THEN
        RAISE EXCEPTION 'A checkpoint is only signed again, for a later instant.'
            USING ERRCODE = 'restrict_violation', TABLE = 'signed_checkpoint', CONSTRAINT = 'signed_checkpoint_goes_on';
    END IF;
    RETURN NEW;
END $$""",
)
TRIGGERS = (
    *(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
        for table in FROZEN
    ),
    f"CREATE TRIGGER change_detail_told AFTER UPDATE ON change_detail REFERENCING NEW TABLE AS emptied {EACH_STATEMENT} tell_forgotten()",
    "CREATE TRIGGER signed_checkpoint_goes_on BEFORE UPDATE ON signed_checkpoint FOR EACH ROW EXECUTE FUNCTION renew_checkpoint()",
    "CREATE TRIGGER signed_checkpoint_kept BEFORE DELETE OR TRUNCATE ON signed_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()",
)


def upgrade() -> None:
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("level > 0 AND octet_length(hash) = 32", name=op.f("ck_log_node_above_the_lines")),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_log_node")),
    )
    op.create_table(
        "list_page",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("slots", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_list_page")),
    )
    op.execute("ALTER TABLE list_page SET (fillfactor = 50)")  # pages are rewritten all the time, the top ones with every line
    op.execute("ALTER TABLE list_page ALTER COLUMN slots SET STORAGE EXTERNAL")  # hashes do not compress
    op.create_table(
        "list_leaf",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_list_leaf_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_list_leaf")),
    )
    op.create_index(op.f("ix_list_leaf_key"), "list_leaf", ["key"])
    op.create_table(
        "log_root",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_root", sa.Text(), nullable=False),
        sa.Column("lists_root", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log_root")),
    )
    op.create_table(
        "signed_checkpoint",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("first_issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("epoch", "seq", name=op.f("pk_signed_checkpoint")),
    )
    op.create_table(
        "log_epoch",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begins_after", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("witnesses", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_log_epoch_says_why")),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_log_epoch")),
    )
    op.create_table(
        "forgotten_line",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["change.seq"], name=op.f("fk_forgotten_line_seq")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_forgotten_line")),
        sa.UniqueConstraint("seq", name=op.f("uq_forgotten_line_seq")),
    )
    for statement in (FIRST_ROOT, FIRST_EPOCH, FORGOTTEN_BEFORE, *FUNCTIONS, *TRIGGERS):
        op.execute(statement)
