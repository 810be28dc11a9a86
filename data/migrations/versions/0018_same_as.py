"""Two entries of the registry that are one enterprise: what the database refuses, and who said so and why.

Revision: 0018, after: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CLOCK_LOCK = 0x71636B6E6F77
FUNCTIONS = {
    # Under the lock that all writers of knowledge take, so that two of them cannot make a chain of two links that each saw alone.
    "refuse_chains": f"""
CREATE FUNCTION refuse_chains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({CLOCK_LOCK});
    IF EXISTS (
        SELECT FROM enterprise_link AS other
        WHERE other.kind = 'same_as' AND other.superseded_seq IS NULL AND (other.from_key = NEW.to_key OR other.to_key = NEW.from_key)
    ) THEN
        RAISE EXCEPTION 'An entry that is kept is no duplicate, and a duplicate is kept for no other: % to % would make a chain.',
            NEW.from_key, NEW.to_key
            USING ERRCODE = 'restrict_violation', TABLE = 'enterprise_link', CONSTRAINT = 'same_as_no_chains';
    END IF;
    RETURN NULL;
END $$""",
    "expect_same_as_act": """
CREATE FUNCTION expect_same_as_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM same_as_act
        WHERE from_key = NEW.from_key AND to_key = NEW.to_key AND known_seq = coalesce(NEW.superseded_seq, NEW.known_seq)
            AND act = CASE WHEN NEW.superseded_seq IS NULL THEN 'joined' ELSE 'undone' END
    ) THEN
        RAISE EXCEPTION 'Who said that % is the same as %, and why, is missing.', NEW.from_key, NEW.to_key
            USING ERRCODE = 'restrict_violation', TABLE = 'enterprise_link', CONSTRAINT = 'same_as_has_reason';
    END IF;
    RETURN NULL;
END $$""",
    "same_entries": """
CREATE FUNCTION same_entries(asked bigint) RETURNS SETOF bigint LANGUAGE sql STABLE ROWS 2 AS $$
    SELECT asked
    UNION SELECT from_key FROM enterprise_link WHERE to_key = asked AND kind = 'same_as' AND superseded_seq IS NULL
    UNION SELECT unnest(ARRAY[kept.to_key, other.from_key])
    FROM enterprise_link AS kept JOIN enterprise_link AS other ON other.to_key = kept.to_key AND other.kind = 'same_as'
        AND other.superseded_seq IS NULL
    WHERE kept.from_key = asked AND kept.kind = 'same_as' AND kept.superseded_seq IS NULL
$$""",
}
TRIGGERS = (
    """CREATE TRIGGER same_as_no_chains AFTER INSERT ON enterprise_link
    FOR EACH ROW WHEN (NEW.kind = 'same_as') EXECUTE FUNCTION refuse_chains()""",
    """CREATE CONSTRAINT TRIGGER same_as_has_reason AFTER INSERT OR UPDATE ON enterprise_link DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'same_as') EXECUTE FUNCTION expect_same_as_act()""",
    """CREATE TRIGGER same_as_act_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON same_as_act
    FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()""",
)


def upgrade() -> None:
    op.create_table(
        "same_as_act",
        sa.Column("from_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('joined', 'undone')", name=op.f("ck_same_as_act_act_known")),
        sa.CheckConstraint("btrim(reason) <> '' AND btrim(done_by) <> ''", name=op.f("ck_same_as_act_who_and_why")),
        sa.ForeignKeyConstraint(["from_key"], ["enterprise.enterprise_key"], name=op.f("fk_same_as_act_from_key")),
        sa.ForeignKeyConstraint(["to_key"], ["enterprise.enterprise_key"], name=op.f("fk_same_as_act_to_key")),
        sa.PrimaryKeyConstraint("from_key", "to_key", "known_seq", name=op.f("pk_same_as_act")),
    )
    op.create_check_constraint(
        "same_as_of_two_without_days",
        "enterprise_link",
        "kind <> 'same_as' OR (from_key <> to_key AND valid_from IS NULL AND valid_until IS NULL)",
    )
    op.create_index(
        "uq_enterprise_link_one_kept",
        "enterprise_link",
        ["from_key"],
        unique=True,
        postgresql_where=sa.text("kind = 'same_as' AND superseded_seq IS NULL"),
    )
    op.create_index("ix_enterprise_link_same_as", "enterprise_link", ["to_key"], postgresql_where=sa.text("kind = 'same_as'"))
    for statement in (*FUNCTIONS.values(), *TRIGGERS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    raise NotImplementedError("Who joined two entries and why cannot be forgotten. Restore the backup made before the upgrade.")
