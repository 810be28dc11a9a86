"""The first tables, as `models.tables` states them. Triggers and first rows follow in the next revision.

Revision: 0001, after: nothing
"""

# ruff: noqa: E501, PLR0915  # written by Alembic from the tables

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replaces_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.CheckConstraint("cause ~ '^[a-z_]+$'", name=op.f("ck_change_cause_is_a_word")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
    )
    op.create_table(
        "change_head",
        sa.Column("head_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("head_id", name=op.f("pk_change_head")),
    )
    op.create_table(
        "compiled_plan",
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("plan_version", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("policy_hash", "engine", "plan_version", name=op.f("pk_compiled_plan")),
    )
    op.create_table(
        "credit_check",
        sa.Column("check_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=True),
        sa.Column("change_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("suppliers", sa.Integer(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_credit_check")),
    )
    op.create_index("ix_credit_check_asked_at", "credit_check", ["asked_at"], unique=False)
    op.create_table(
        "enterprise",
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("founding_scheme", sa.Text(), nullable=False),
        sa.Column("founding_value", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_key", name=op.f("pk_enterprise")),
    )
    op.create_table(
        "knowledge",
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("known_seq", name=op.f("pk_knowledge")),
        sa.UniqueConstraint("committed_at", name=op.f("uq_knowledge_committed_at")),
    )
    op.create_table(
        "knowledge_head",
        sa.Column("head_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("head_id", name=op.f("pk_knowledge_head")),
    )
    op.create_table(
        "policy",
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("policy_hash", name=op.f("pk_policy")),
        sa.UniqueConstraint("family", "version", name=op.f("uq_policy_family_version")),
    )
    op.create_table(
        "record",
        sa.Column("record_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("source_mark", sa.Text(), nullable=True),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_ref", sa.Text(), nullable=True),
        sa.Column("event_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("rectified_on", sa.Date(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.Column("public_until", sa.Date(), nullable=True),
        sa.Column("repaired_on", sa.Date(), nullable=True),
        sa.Column("disclosed_at", sa.Date(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("quantities_x10000", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("superseded_seq > known_seq", name=op.f("ck_record_closed_after_known")),
        sa.PrimaryKeyConstraint("record_key", "revision", name=op.f("pk_record")),
    )
    op.create_index("ix_record_delivery_id", "record", ["delivery_id"], unique=False, postgresql_using="brin")
    op.create_index("ix_record_enterprise_key", "record", ["enterprise_key"], unique=False)
    op.create_index("ix_record_known_seq", "record", ["known_seq"], unique=False, postgresql_using="brin")
    op.create_index("uq_record_current", "record", ["record_key"], unique=True, postgresql_where=sa.text("superseded_seq IS NULL"))
    op.create_table(
        "remembered_request",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", "idempotency_key", name=op.f("pk_remembered_request")),
    )
    op.create_table(
        "result",
        sa.Column("answer_hash", sa.BigInteger(), nullable=False),
        sa.Column("total_x100", sa.BigInteger(), nullable=False),
        sa.Column("score_x100", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("ladder_grade", sa.Text(), nullable=False),
        sa.Column("is_rated", sa.Boolean(), nullable=False),
        sa.Column("records_known", sa.Integer(), nullable=False),
        sa.Column("covered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("enterprise_key", "known_seq", "as_of", "policy_hash", name=op.f("pk_result")),
    )
    op.create_table(
        "source",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_source")),
    )
    op.create_table(
        "standing",
        sa.Column("answer_hash", sa.BigInteger(), nullable=False),
        sa.Column("total_x100", sa.BigInteger(), nullable=False),
        sa.Column("score_x100", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("ladder_grade", sa.Text(), nullable=False),
        sa.Column("is_rated", sa.Boolean(), nullable=False),
        sa.Column("records_known", sa.Integer(), nullable=False),
        sa.Column("covered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("enterprise_key", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_grade_enterprise_key", "standing", ["grade", "enterprise_key"], unique=False)
    op.create_index("ix_standing_lists", "standing", ["enterprise_key"], unique=False, postgresql_where=sa.text("lists <> '{}'::jsonb"))
    op.create_index("ix_standing_next_change_on", "standing", ["next_change_on"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["source.code"], name=op.f("fk_api_key_source")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("profile_hash", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_from", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("rereads", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_why", sa.Text(), nullable=True),
        sa.Column("undone_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("absent", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["file_sha256"], ["stored_file.sha256"], name=op.f("fk_delivery_file_sha256")),
        sa.ForeignKeyConstraint(["rereads"], ["delivery.delivery_id"], name=op.f("fk_delivery_rereads")),
        sa.ForeignKeyConstraint(["source"], ["source.code"], name=op.f("fk_delivery_source")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("source", "idempotency_key", name=op.f("uq_delivery_source_idempotency_key")),
    )
    op.create_index("ix_delivery_source_received_at", "delivery", ["source", "received_at"], unique=False)
    op.create_table(
        "enterprise_identifier",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_enterprise_identifier_enterprise_key")),
        sa.PrimaryKeyConstraint("scheme", "value", "known_seq", name=op.f("pk_enterprise_identifier")),
    )
    op.create_index("ix_enterprise_identifier_enterprise_key", "enterprise_identifier", ["enterprise_key"], unique=False)
    op.create_index(
        "uq_enterprise_identifier_current",
        "enterprise_identifier",
        ["scheme", "value"],
        unique=True,
        postgresql_where=sa.text("superseded_seq IS NULL"),
    )
    op.create_table(
        "enterprise_link",
        sa.Column("from_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("superseded_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["from_key"], ["enterprise.enterprise_key"], name=op.f("fk_enterprise_link_from_key")),
        sa.ForeignKeyConstraint(["to_key"], ["enterprise.enterprise_key"], name=op.f("fk_enterprise_link_to_key")),
        sa.PrimaryKeyConstraint("from_key", "to_key", "kind", "known_seq", name=op.f("pk_enterprise_link")),
    )
    op.create_table(
        "enterprise_name",
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("superseded_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_enterprise_name_enterprise_key")),
        sa.PrimaryKeyConstraint("enterprise_key", "name", "known_seq", name=op.f("pk_enterprise_name")),
    )
    op.create_index("ix_enterprise_name_name_key", "enterprise_name", ["name_key"], unique=False)
    op.create_index(
        "ix_enterprise_name_trigram",
        "enterprise_name",
        ["name_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
    )
    op.create_table(
        "registry_fact",
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("is_natural_person", sa.Boolean(), nullable=False),
        sa.Column("other", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("superseded_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_registry_fact_enterprise_key")),
        sa.PrimaryKeyConstraint("enterprise_key", "valid_from", "known_seq", name=op.f("pk_registry_fact")),
    )
    op.create_index("ix_registry_fact_known_seq", "registry_fact", ["known_seq"], unique=False)
    op.create_table(
        "run",
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("questions", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answered", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("migration", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["policy_hash"], ["policy.policy_hash"], name=op.f("fk_run_policy_hash")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_table(
        "stored_file_part",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_stored_file_part_sha256")),
        sa.PrimaryKeyConstraint("sha256", "part_no", name=op.f("pk_stored_file_part")),
    )
    op.create_table(
        "delivery_row",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"], name=op.f("fk_delivery_row_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "row_no", name=op.f("pk_delivery_row")),
    )
    op.create_index("ix_delivery_row_outcome", "delivery_row", ["delivery_id", "outcome", "row_no"], unique=False)
    op.create_table(
        "page_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.key_id"], name=op.f("fk_page_session_key_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_page_session")),
    )
    op.create_index("ix_page_session_ends_at", "page_session", ["ends_at"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=True),
        sa.Column("clause", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("opened_by_run", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("renewed_by_run", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("proposed_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('open', 'first_approval')) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_why IS NULL)",
            name=op.f("ck_proposal_closed_with_instant_and_cause"),
        ),
        sa.CheckConstraint("decided_by IN ('officer', 'two_officers')", name=op.f("ck_proposal_decided_by_officers")),
        sa.CheckConstraint("direction = 'annul' OR opened_by_run IS NOT NULL", name=op.f("ck_proposal_rests_on_a_run_or_a_review")),
        sa.CheckConstraint("direction = 'enter' OR listing_id IS NOT NULL", name=op.f("ck_proposal_names_the_entry_to_end")),
        sa.CheckConstraint("direction IN ('enter', 'leave', 'annul')", name=op.f("ck_proposal_direction_known")),
        sa.CheckConstraint("state IN ('open', 'first_approval', 'accepted', 'refused', 'lapsed')", name=op.f("ck_proposal_state_known")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_proposal_enterprise_key")),
        sa.ForeignKeyConstraint(["opened_by_run"], ["run.run_id"], name=op.f("fk_proposal_opened_by_run")),
        sa.ForeignKeyConstraint(["policy_hash"], ["policy.policy_hash"], name=op.f("fk_proposal_policy_hash")),
        sa.ForeignKeyConstraint(["renewed_by_run"], ["run.run_id"], name=op.f("fk_proposal_renewed_by_run")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_enterprise_key", "proposal", ["enterprise_key"], unique=False)
    op.create_index("ix_proposal_state_proposal_id", "proposal", ["state", "proposal_id"], unique=False)
    op.create_index(
        "uq_proposal_open",
        "proposal",
        ["enterprise_key", "list", "direction"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'first_approval')"),
    )
    op.create_table(
        "queue_item",
        sa.Column("queue_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"], name=op.f("fk_queue_item_delivery_id")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_queue_item_enterprise_key")),
        sa.ForeignKeyConstraint(["source"], ["source.code"], name=op.f("fk_queue_item_source")),
        sa.PrimaryKeyConstraint("queue_id", name=op.f("pk_queue_item")),
    )
    op.create_index("ix_queue_item_delivery_id", "queue_item", ["delivery_id"], unique=False)
    op.create_index("ix_queue_item_record_key", "queue_item", ["record_key"], unique=False)
    op.create_index("uq_queue_item_open", "queue_item", ["record_key"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "run_answer",
        sa.Column("answer_hash", sa.BigInteger(), nullable=False),
        sa.Column("total_x100", sa.BigInteger(), nullable=False),
        sa.Column("score_x100", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("ladder_grade", sa.Text(), nullable=False),
        sa.Column("is_rated", sa.Boolean(), nullable=False),
        sa.Column("records_known", sa.Integer(), nullable=False),
        sa.Column("covered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_run_answer_run_id")),
        sa.PrimaryKeyConstraint("run_id", "enterprise_key", name=op.f("pk_run_answer")),
    )
    op.create_table(
        "approval",
        sa.Column("proposal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("accepts", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.proposal_id"], name=op.f("fk_approval_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "officer", name=op.f("pk_approval")),
    )
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("proposal_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("officers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act = 'refuse' OR (basis IS NOT NULL AND btrim(basis) <> '' AND authority IS NOT NULL AND btrim(authority) <> '' AND document_no IS NOT NULL AND btrim(document_no) <> '')",
            name=op.f("ck_decision_has_basis_authority_number"),
        ),
        sa.CheckConstraint("act IN ('list', 'refuse', 'remove', 'annul')", name=op.f("ck_decision_act_known")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_decision_says_why")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.proposal_id"], name=op.f("fk_decision_proposal_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision")),
    )
    op.create_index("uq_decision_proposal_id", "decision", ["proposal_id"], unique=True)
    op.create_table(
        "listing",
        sa.Column("listing_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("decision_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("record_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("evidence", postgresql.ARRAY(sa.BIGINT()), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("clause", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("decision_no", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_when", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_cause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("enterprise_key"), "="),
            (sa.column("colour"), "<>"),
            (sa.text("daterange(starts_on, coalesce(ended_on, ends_on))"), "&&"),
            where=sa.text("colour IN ('red', 'black') AND end_cause IS DISTINCT FROM 'annulled'"),
            using="gist",
            name="ex_listing_red_and_black",
        ),
        sa.CheckConstraint(
            "(origin = 'run' AND run_id IS NOT NULL) OR (origin = 'decision' AND decision_id IS NOT NULL) OR (origin = 'record' AND record_key IS NOT NULL)",
            name=op.f("ck_listing_origin_named"),
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_on IS NOT NULL) AND (state = 'ended') = (end_cause IS NOT NULL)",
            name=op.f("ck_listing_ended_with_day_and_cause"),
        ),
        sa.CheckConstraint(
            "colour <> 'black' OR (basis IS NOT NULL AND btrim(basis) <> '' AND authority IS NOT NULL AND btrim(authority) <> '' AND decision_no IS NOT NULL AND btrim(decision_no) <> '' AND (ends_on IS NOT NULL OR (ends_when IS NOT NULL AND btrim(ends_when) <> '')))",
            name=op.f("ck_listing_black_needs_basis_authority_number_end"),
        ),
        sa.CheckConstraint("colour IN ('red', 'black', 'other')", name=op.f("ck_listing_colour_known")),
        sa.CheckConstraint(
            "end_cause IN ('expired', 'repaired', 'annulled', 'superseded', 'deregistered', 'removed', 'merged', 'policy')",
            name=op.f("ck_listing_end_cause_known"),
        ),
        sa.CheckConstraint("state IN ('in_force', 'under_review', 'stayed', 'ended')", name=op.f("ck_listing_state_known")),
        sa.CheckConstraint("ended_on >= starts_on", name=op.f("ck_listing_ended_not_before_start")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_listing_ends_after_start")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.decision_id"], name=op.f("fk_listing_decision_id")),
        sa.ForeignKeyConstraint(["enterprise_key"], ["enterprise.enterprise_key"], name=op.f("fk_listing_enterprise_key")),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_listing_run_id")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_listing")),
    )
    op.create_index("ix_listing_ends_on", "listing", ["ends_on"], unique=False, postgresql_where=sa.text("state <> 'ended'"))
    op.create_index("ix_listing_enterprise_key", "listing", ["enterprise_key"], unique=False)
    op.create_index(
        "ix_listing_list_listing_id", "listing", ["list", "listing_id"], unique=False, postgresql_where=sa.text("state <> 'ended'")
    )
    op.create_index("uq_listing_current", "listing", ["enterprise_key", "list"], unique=True, postgresql_where=sa.text("state <> 'ended'"))
    op.create_table(
        "change_detail",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emptied_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(emptied_at IS NULL) = (salt IS NOT NULL AND enterprise_key IS NOT NULL AND body IS NOT NULL) AND (emptied_at IS NULL) = (emptied_why IS NULL) AND (emptied_at IS NULL OR (salt IS NULL AND enterprise_key IS NULL AND body IS NULL))",
            name=op.f("ck_change_detail_whole_or_emptied"),
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_change_detail_listing_id")),
        sa.ForeignKeyConstraint(["seq"], ["change.seq"], name=op.f("fk_change_detail_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change_detail")),
    )
    op.create_index("ix_change_detail_enterprise_key_seq", "change_detail", ["enterprise_key", "seq"], unique=False)
    op.create_index("ix_change_detail_listing_id_seq", "change_detail", ["listing_id", "seq"], unique=False)
    op.create_table(
        "listing_span",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("enterprise_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("superseded_seq", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("superseded_seq >= known_seq", name=op.f("ck_listing_span_closed_after_known")),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_listing_span_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "known_seq", "part", name=op.f("pk_listing_span")),
    )
    op.create_index("ix_listing_span_enterprise_key", "listing_span", ["enterprise_key"], unique=False)
    op.create_index("ix_listing_span_known_seq", "listing_span", ["known_seq"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_listing_span_known_seq", table_name="listing_span")
    op.drop_index("ix_listing_span_enterprise_key", table_name="listing_span")
    op.drop_table("listing_span")
    op.drop_index("ix_change_detail_listing_id_seq", table_name="change_detail")
    op.drop_index("ix_change_detail_enterprise_key_seq", table_name="change_detail")
    op.drop_table("change_detail")
    op.drop_index("uq_listing_current", table_name="listing", postgresql_where=sa.text("state <> 'ended'"))
    op.drop_index("ix_listing_list_listing_id", table_name="listing", postgresql_where=sa.text("state <> 'ended'"))
    op.drop_index("ix_listing_enterprise_key", table_name="listing")
    op.drop_index("ix_listing_ends_on", table_name="listing", postgresql_where=sa.text("state <> 'ended'"))
    op.drop_table("listing")
    op.drop_index("uq_decision_proposal_id", table_name="decision")
    op.drop_table("decision")
    op.drop_table("approval")
    op.drop_table("run_answer")
    op.drop_index("uq_queue_item_open", table_name="queue_item", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_queue_item_record_key", table_name="queue_item")
    op.drop_index("ix_queue_item_delivery_id", table_name="queue_item")
    op.drop_table("queue_item")
    op.drop_index("uq_proposal_open", table_name="proposal", postgresql_where=sa.text("state IN ('open', 'first_approval')"))
    op.drop_index("ix_proposal_state_proposal_id", table_name="proposal")
    op.drop_index("ix_proposal_enterprise_key", table_name="proposal")
    op.drop_table("proposal")
    op.drop_index("ix_page_session_ends_at", table_name="page_session")
    op.drop_table("page_session")
    op.drop_index("ix_delivery_row_outcome", table_name="delivery_row")
    op.drop_table("delivery_row")
    op.drop_table("stored_file_part")
    op.drop_table("run")
    op.drop_index("ix_registry_fact_known_seq", table_name="registry_fact")
    op.drop_table("registry_fact")
    op.drop_index(
        "ix_enterprise_name_trigram", table_name="enterprise_name", postgresql_using="gin", postgresql_ops={"name_key": "gin_trgm_ops"}
    )
    op.drop_index("ix_enterprise_name_name_key", table_name="enterprise_name")
    op.drop_table("enterprise_name")
    op.drop_table("enterprise_link")
    op.drop_index(
        "uq_enterprise_identifier_current", table_name="enterprise_identifier", postgresql_where=sa.text("superseded_seq IS NULL")
    )
    op.drop_index("ix_enterprise_identifier_enterprise_key", table_name="enterprise_identifier")
    op.drop_table("enterprise_identifier")
    op.drop_index("ix_delivery_source_received_at", table_name="delivery")
    op.drop_table("delivery")
    op.drop_table("api_key")
    op.drop_table("stored_file")
    op.drop_index("ix_standing_next_change_on", table_name="standing")
    op.drop_index("ix_standing_lists", table_name="standing", postgresql_where=sa.text("lists <> '{}'::jsonb"))
    op.drop_index("ix_standing_grade_enterprise_key", table_name="standing")
    op.drop_table("standing")
    op.drop_table("source")
    op.drop_table("result")
    op.drop_table("remembered_request")
    op.drop_index("uq_record_current", table_name="record", postgresql_where=sa.text("superseded_seq IS NULL"))
    op.drop_index("ix_record_known_seq", table_name="record", postgresql_using="brin")
    op.drop_index("ix_record_enterprise_key", table_name="record")
    op.drop_index("ix_record_delivery_id", table_name="record", postgresql_using="brin")
    op.drop_table("record")
    op.drop_table("policy")
    op.drop_table("knowledge_head")
    op.drop_table("knowledge")
    op.drop_table("enterprise")
    op.drop_index("ix_credit_check_asked_at", table_name="credit_check")
    op.drop_table("credit_check")
    op.drop_table("compiled_plan")
    op.drop_table("change_head")
    op.drop_table("change")
