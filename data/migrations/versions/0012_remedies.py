"""Repairs, objections, cascades: their papers, and what they make of records for as long as they stand.

Revision: 0012, after: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOVES = {
    "repair": {
        "applied": ("accepted", "refused", "taken_back"),
        "accepted": ("granted", "refused", "taken_back"),
        "granted": ("revoked", "ended"),
    },
    "objection": {"open": ("kept", "corrected", "withdrawn", "moved", "taken_back")},
    "cascade": {"prepared": ("carried_out", "refused")},
}
LAW = {
    "repair": "samr-repair-2025",
    "objection": "shenzhen-credit-2023 50-51, as a sample",
    "cascade": "administrative-penalty-law 48",
}
WRITTEN_LATER = {
    "repair": "{state,confirmed,decided_by,reason,effective_on,barred_until,plan_until}",
    "objection": "{state,decided_by,finding,closed_at}",
    "cascade": "{state,closed_by,closed_at}",
    "record_effect": "{ended_at,ended_why}",
    "paper": "{}",
}

FUNCTIONS = {
    "keep_identity": """
CREATE FUNCTION keep_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - TG_ARGV[0]::text[] IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV[0]::text[] THEN
        RAISE EXCEPTION 'Of a % only what becomes of it is written later.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_identity';
    END IF;
    RETURN NEW;
END $$""",
    "end_effect_once": """
CREATE FUNCTION end_effect_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
        RAISE EXCEPTION 'What a decision makes of a record ends once.'
            USING ERRCODE = 'restrict_violation', TABLE = 'record_effect', CONSTRAINT = 'record_effect_ended_once';
    END IF;
    RETURN NEW;
END $$""",
}
TRIGGERS = (
    *(f"CREATE TRIGGER {t}_kept BEFORE DELETE OR TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()" for t in WRITTEN_LATER),
    *(
        f"CREATE TRIGGER {t}_identity BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION keep_identity('{c}')"
        for t, c in WRITTEN_LATER.items()
    ),
    *(f"CREATE TRIGGER {t}_legal_move BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION move_legally()" for t in MOVES),
    "CREATE TRIGGER record_effect_ended_once BEFORE UPDATE ON record_effect FOR EACH ROW EXECUTE FUNCTION end_effect_once()",
)

STATED = {  # an unknown text satisfies a CHECK, and these must be stated
    "reply": ("refused_with_reason", "state <> 'refused' OR btrim(coalesce(closed_why, '')) <> ''"),
    "mandate": (
        "officer_names_document",
        "granted_as = 'enterprise' OR (granted_as = 'officer' AND btrim(coalesce(document_no, '')) <> '')",
    ),
}


def upgrade() -> None:
    for table, (name, rule) in STATED.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)
    op.create_table(
        "cascade",
        sa.Column("cascade_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("preview", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'prepared') = (closed_by IS NULL)", name=op.f("ck_cascade_closed_by_someone")),
        sa.CheckConstraint("btrim(reason) <> '' AND btrim(document_no) <> ''", name=op.f("ck_cascade_rests_on_a_document")),
        sa.CheckConstraint("cause IN ('retest', 'annulled_penalty', 'laboratory')", name=op.f("ck_cascade_cause_known")),
        sa.CheckConstraint("state <> 'carried_out' OR closed_by <> prepared_by", name=op.f("ck_cascade_carried_out_by_another")),
        sa.CheckConstraint("state IN ('prepared', 'carried_out', 'refused')", name=op.f("ck_cascade_state_known")),
        sa.PrimaryKeyConstraint("cascade_id", name=op.f("pk_cascade")),
    )
    op.create_index("ix_cascade_state_cascade_id", "cascade", ["state", "cascade_id"], unique=False)
    op.create_table(
        "record_effect",
        sa.Column("effect_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint("subject IN ('repair', 'objection', 'cascade', 'restart')", name=op.f("ck_record_effect_subject_known")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_record_effect_ended_with_reason")),
        sa.PrimaryKeyConstraint("effect_id", name=op.f("pk_record_effect")),
    )
    op.create_index(
        "uq_record_effect_standing", "record_effect", ["record_key", "subject"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "paper",
        sa.Column("paper_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("subject IN ('repair', 'objection')", name=op.f("ck_paper_subject_known")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_paper_sha256")),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_paper")),
    )
    op.create_index("uq_paper_subject", "paper", ["subject", "subject_id", "sha256"], unique=True)
    op.create_table(
        "objection",
        sa.Column("objection_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("record_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("procedure_hash", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("suspends", sa.Boolean(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(target = 'record') = (record_key IS NOT NULL) AND (target = 'listing') = (listing_id IS NOT NULL)",
            name=op.f("ck_objection_names_its_target"),
        ),
        sa.CheckConstraint("char_length(grounds) BETWEEN 1 AND 2000 AND btrim(grounds) <> ''", name=op.f("ck_objection_bounded")),
        sa.CheckConstraint(
            "state IN ('open', 'kept', 'corrected', 'withdrawn', 'moved', 'taken_back')", name=op.f("ck_objection_state_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'taken_back') OR btrim(coalesce(finding, '')) <> ''", name=op.f("ck_objection_decided_with_finding")
        ),
        sa.CheckConstraint("target IN ('record', 'listing', 'score')", name=op.f("ck_objection_target_known")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_objection_enterprise_key")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_objection_listing_id")),
        sa.ForeignKeyConstraint(["procedure_hash"], ["procedure.procedure_hash"], name=op.f("fk_objection_procedure_hash")),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_objection")),
    )
    op.create_index("ix_objection_enterprise_key", "objection", ["enterprise_key"], unique=False)
    op.create_index("ix_objection_open_listing", "objection", ["listing_id"], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_objection_state_objection_id", "objection", ["state", "objection_id"], unique=False)
    op.create_index("uq_objection_open_record", "objection", ["record_key"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "repair",
        sa.Column("repair_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("procedure_hash", sa.Text(), nullable=False),
        sa.Column("confirmed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_no", sa.Text(), nullable=True),
        sa.Column("plan_until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("barred_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('granted', 'revoked', 'ended')) = (effective_on IS NOT NULL)", name=op.f("ck_repair_granted_from_a_day")
        ),
        sa.CheckConstraint("plan_until IS NULL OR btrim(coalesce(plan_no, '')) <> ''", name=op.f("ck_repair_temporary_by_a_plan")),
        sa.CheckConstraint("state <> 'refused' OR btrim(coalesce(reason, '')) <> ''", name=op.f("ck_repair_refused_with_reason")),
        sa.CheckConstraint(
            "state IN ('applied', 'accepted', 'granted', 'refused', 'taken_back', 'revoked', 'ended')", name=op.f("ck_repair_state_known")
        ),
        sa.CheckConstraint("(listing_id IS NULL) = (jsonb_array_length(record_keys) > 0)", name=op.f("ck_repair_of_records_or_an_entry")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_repair_enterprise_key")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_repair_listing_id")),
        sa.ForeignKeyConstraint(["procedure_hash"], ["procedure.procedure_hash"], name=op.f("fk_repair_procedure_hash")),
        sa.PrimaryKeyConstraint("repair_id", name=op.f("pk_repair")),
    )
    op.create_index("ix_repair_enterprise_key", "repair", ["enterprise_key"], unique=False)
    op.create_index("ix_repair_state_repair_id", "repair", ["state", "repair_id"], unique=False)
    op.create_index(
        "uq_repair_open_listing", "repair", ["listing_id"], unique=True, postgresql_where=sa.text("state IN ('applied', 'accepted')")
    )
    for statement in (*FUNCTIONS.values(), *TRIGGERS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
    legal_move = sa.table("legal_move", *(sa.column(name) for name in ("subject", "from_state", "to_state", "law")))
    rows = [
        {"subject": subject, "from_state": before, "to_state": after, "law": LAW[subject]}
        for subject, moves in MOVES.items()
        for before, afters in moves.items()
        for after in afters
    ]
    op.bulk_insert(legal_move, rows)


def downgrade() -> None:
    for table in ("paper", "record_effect", "cascade", "objection", "repair"):
        op.drop_table(table)
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("ALTER TABLE legal_move DISABLE TRIGGER ALL")
    op.execute("DELETE FROM legal_move WHERE subject IN ('repair', 'objection', 'cascade')")
    op.execute("ALTER TABLE legal_move ENABLE TRIGGER ALL")
