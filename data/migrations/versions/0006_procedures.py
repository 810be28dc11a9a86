"""Matters go by procedures: steps, service of documents, clocks, announced and stayed entries; illegal moves are refused here too.

Revision: 0006, after: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SUBJECTS = "subject IN ('proposal', 'listing', 'repair', 'objection')"
STILL_OPEN = "state IN ('open', 'noticed', 'first_approval')"

LEGAL_MOVES = {
    "proposal": {
        "open": {
            "noticed": "告知后方可认定",
            "first_approval": "两人认定的第一人",
            "accepted": "认定",
            "refused": "不予认定",
            "lapsed": "后一评价批次不再支持",
        },
        "noticed": {
            "first_approval": "两人认定的第一人",
            "accepted": "认定",
            "refused": "不予认定",
            "lapsed": "依据已撤销，或条目已自行终止",
        },
        "first_approval": {"accepted": "认定", "refused": "不予认定", "lapsed": "后一评价批次不再支持"},
    },
    "listing": {
        "announced": {"in_force": "公示期满生效", "ended": "公示期内异议成立，或被取代"},
        "in_force": {"under_review": "依据已撤销，复核中", "stayed": "复议或者诉讼中中止执行", "ended": "期满、修复、撤销、取代或注销"},
        "under_review": {"in_force": "复核后维持", "stayed": "复议或者诉讼中中止执行", "ended": "撤销或期满"},
        "stayed": {"in_force": "恢复执行", "under_review": "依据已撤销，复核中", "ended": "撤销或期满"},
        "ended": {},
    },
}

FUNCTIONS = {
    "move_legally": """
CREATE FUNCTION move_legally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (
        SELECT FROM legal_move WHERE subject = TG_TABLE_NAME AND from_state = OLD.state AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'A % does not go from % to %.', TG_TABLE_NAME, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_legal_move';
    END IF;
    RETURN NEW;
END $$""",
    "end_procedure_once": """
CREATE FUNCTION end_procedure_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise procedure;
BEGIN
    otherwise := NEW;
    otherwise.in_force_until := OLD.in_force_until;
    IF OLD.in_force_until IS NOT NULL OR NEW.in_force_until IS NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A published procedure is never changed; a later version may set its last day, once.'
            USING ERRCODE = 'restrict_violation', TABLE = 'procedure', CONSTRAINT = 'procedure_ended_once';
    END IF;
    RETURN NEW;
END $$""",
    # Stages are taken in the order of the procedure, none before its clock opens, each with what it must state.
    "take_step": """
CREATE FUNCTION take_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stages jsonb;
    stage jsonb;
    earlier jsonb;
    lacking text;
    opens date;
BEGIN
    SELECT body -> 'stages' INTO STRICT stages FROM procedure WHERE procedure_hash = NEW.procedure_hash;
    FOR stage IN SELECT value FROM jsonb_array_elements(stages) LOOP
        EXIT WHEN stage ->> 'step' = NEW.step;
        CONTINUE WHEN coalesce((stage ->> 'optional')::boolean, false);
        CONTINUE WHEN stage ->> 'only_if' IS NOT NULL AND NOT EXISTS (
            SELECT FROM step WHERE subject = NEW.subject AND subject_id = NEW.subject_id AND step = stage ->> 'only_if'
        );
        IF NOT EXISTS (SELECT FROM step WHERE subject = NEW.subject AND subject_id = NEW.subject_id AND step = stage ->> 'step') THEN
            RAISE EXCEPTION 'The step % comes before %, and was not taken.', stage ->> 'step', NEW.step
                USING ERRCODE = 'restrict_violation', TABLE = 'step', CONSTRAINT = 'step_in_order';
        END IF;
    END LOOP;
    IF stage ->> 'step' IS DISTINCT FROM NEW.step THEN
        RAISE EXCEPTION 'The procedure knows no step %.', NEW.step
            USING ERRCODE = 'restrict_violation', TABLE = 'step', CONSTRAINT = 'step_of_procedure';
    END IF;
    SELECT string_agg(need, ', ') INTO lacking FROM jsonb_array_elements_text(coalesce(stage -> 'needs', '[]')) AS need
    WHERE btrim(coalesce(NEW.content ->> need, '')) IN ('', '[]', '{}');
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'The step % must state: %.', NEW.step, lacking
            USING ERRCODE = 'restrict_violation', TABLE = 'step', CONSTRAINT = 'step_states';
    END IF;
    IF stage ->> 'after' IS NOT NULL AND stage ->> 'counts_from' = 'served' AND EXISTS (
        SELECT FROM step WHERE subject = NEW.subject AND subject_id = NEW.subject_id AND step = stage ->> 'after'
    ) AND NOT EXISTS (
        SELECT FROM step JOIN service USING (step_id)
        WHERE subject = NEW.subject AND subject_id = NEW.subject_id AND step = stage ->> 'after' AND served_on <= NEW.done_on
    ) THEN
        RAISE EXCEPTION 'The document of the step % was not served by then.', stage ->> 'after'
            USING ERRCODE = 'restrict_violation', TABLE = 'step', CONSTRAINT = 'step_after_service';
    END IF;
    SELECT max(opens_on) INTO opens FROM deadline
    WHERE subject = NEW.subject AND subject_id = NEW.subject_id AND step = NEW.step AND closed_on IS NULL;
    IF opens > NEW.done_on THEN
        RAISE EXCEPTION 'The step % may be taken from % on, when the days before it are over.', NEW.step, opens
            USING ERRCODE = 'restrict_violation', TABLE = 'step', CONSTRAINT = 'step_not_too_early';
    END IF;
    RETURN NEW;
END $$""",
    "serve_later": """
CREATE FUNCTION serve_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM step WHERE step_id = NEW.step_id AND done_on <= NEW.served_on) THEN
        RAISE EXCEPTION 'A document is not served before it is issued.'
            USING ERRCODE = 'restrict_violation', TABLE = 'service', CONSTRAINT = 'service_after_step';
    END IF;
    RETURN NEW;
END $$""",
    # `opens_on` protects the other side's days: an open clock closes, or is reckoned anew once the calendar is longer, and nothing else.
    "close_deadline": """
CREATE FUNCTION close_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise deadline;
BEGIN
    otherwise := NEW;
    otherwise.closed_on := OLD.closed_on;
    otherwise.closed_why := OLD.closed_why;
    IF OLD.is_beyond AND NOT NEW.is_beyond THEN
        otherwise.opens_on := OLD.opens_on;
        otherwise.due_on := OLD.due_on;
        otherwise.is_beyond := OLD.is_beyond;
    END IF;
    IF OLD.closed_on IS NOT NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A clock may only be closed, once; its days are never edited.'
            USING ERRCODE = 'restrict_violation', TABLE = 'deadline', CONSTRAINT = 'deadline_closed_once';
    END IF;
    RETURN NEW;
END $$""",
    # A decision that burdens or honours rests on its procedure's steps; a refusal ends the matter at any stage.
    "decide_after_steps": """
CREATE FUNCTION decide_after_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.act <> 'refuse' AND EXISTS (
        SELECT FROM proposal WHERE proposal_id = NEW.proposal_id AND procedure_hash IS NOT NULL
    ) AND NOT EXISTS (
        SELECT FROM step WHERE subject = 'proposal' AND subject_id = NEW.proposal_id AND step = 'decision'
    ) THEN
        RAISE EXCEPTION 'Proposal % goes by a procedure, and the step `decision` was not taken.', NEW.proposal_id
            USING ERRCODE = 'restrict_violation', TABLE = 'decision', CONSTRAINT = 'decision_after_steps';
    END IF;
    RETURN NULL;
END $$""",
    "stop_clocks": """
CREATE FUNCTION stop_clocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deadline SET closed_on = greatest((NEW.closed_at AT TIME ZONE 'Asia/Shanghai')::date, started_on), closed_why = NEW.state
    WHERE subject = TG_TABLE_NAME AND subject_id = NEW.proposal_id AND closed_on IS NULL;
    RETURN NULL;
END $$""",
    # An entry of a run or of officers comes by the procedure in force for its list, announced first where that asks for it.
    "enter_by_procedure": """
CREATE FUNCTION enter_by_procedure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    followed text;
    announces boolean;
BEGIN
    IF NEW.origin = 'record' THEN
        RETURN NULL;
    END IF;
    SELECT procedure_hash INTO followed FROM proposal WHERE proposal_id = NEW.proposal_id;
    IF followed IS NULL AND NEW.origin = 'run' AND EXISTS (
        SELECT FROM procedure WHERE list = NEW.list AND matter = 'enter' AND decided_by = 'run'
            AND in_force_from <= NEW.decided_on AND (in_force_until IS NULL OR in_force_until > NEW.decided_on)
    ) THEN
        RAISE EXCEPTION 'List % is entered by a procedure, and this entry names no matter that went by it.', NEW.list
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_by_procedure';
    END IF;
    IF followed IS NULL THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM step WHERE subject = 'proposal' AND subject_id = NEW.proposal_id AND step = 'decision') THEN
        RAISE EXCEPTION 'Proposal % was not decided by its procedure.', NEW.proposal_id
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_by_procedure';
    END IF;
    SELECT body -> 'announcement' IS NOT NULL AND body ->> 'announcement' IS NOT NULL INTO announces
    FROM procedure WHERE procedure_hash = followed;
    IF announces AND NEW.starts_on <= NEW.decided_on THEN
        RAISE EXCEPTION 'An entry on % is announced before it takes effect.', NEW.list
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_announced_first';
    END IF;
    RETURN NULL;
END $$""",
}

MOVE_LISTING = """
CREATE OR REPLACE FUNCTION move_listing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise listing;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('announced', 'in_force') OR (NEW.state = 'announced' AND NEW.starts_on <= NEW.decided_on) THEN
            RAISE EXCEPTION 'An entry begins in force, or announced before its first day, not %.', NEW.state
                USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_legal_move';
        END IF;
        RETURN NEW;
    END IF;
    otherwise := NEW;
    otherwise.state := OLD.state;
    otherwise.ends_on := OLD.ends_on;
    otherwise.ends_when := OLD.ends_when;
    otherwise.ended_on := OLD.ended_on;
    otherwise.end_cause := OLD.end_cause;
    otherwise.stays := OLD.stays;
    otherwise.evidence := OLD.evidence;
    otherwise.known_seq := OLD.known_seq;
    IF otherwise IS DISTINCT FROM OLD OR NEW.known_seq < OLD.known_seq THEN
        RAISE EXCEPTION 'Entry %: who is listed, where, since when and why never changes; end it and enter another.', OLD.listing_id
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_identity';
    END IF;
    -- An entry that ended stays ended; it can still turn out void, or to have ended earlier because of a black decision.
    IF OLD.state = 'ended' AND NOT (
        NEW.state = 'ended' AND NEW.ended_on <= OLD.ended_on AND NEW.end_cause IN ('annulled', 'superseded')
        AND OLD.end_cause <> 'annulled' AND (NEW.ends_on, NEW.ends_when) IS NOT DISTINCT FROM (OLD.ends_on, OLD.ends_when)
    ) THEN
        RAISE EXCEPTION 'Entry % has ended (%) and stays ended.', OLD.listing_id, OLD.end_cause
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_legal_move';
    END IF;
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (
        SELECT FROM legal_move WHERE subject = 'listing' AND from_state = OLD.state AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'Entry % does not go from % to %.', OLD.listing_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_legal_move';
    END IF;
    IF NEW.stays IS DISTINCT FROM OLD.stays AND NOT EXISTS (
        SELECT FROM stay WHERE listing_id = NEW.listing_id AND known_seq = NEW.known_seq
    ) THEN
        RAISE EXCEPTION 'Entry % is stayed, or its stay lifted, by the act of a review or a court.', OLD.listing_id
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_stayed_by_act';
    END IF;
    IF (NEW.state = 'stayed') <> coalesce((NEW.stays -> -1 -> 'until') = 'null'::jsonb, false) AND NEW.state <> 'ended' THEN
        RAISE EXCEPTION 'Entry %: the state `stayed` and its days without effect must agree.', OLD.listing_id
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_stayed_by_act';
    END IF;
    RETURN NEW;
END $$"""

MOVE_PROPOSAL = """
CREATE OR REPLACE FUNCTION move_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('open', 'noticed', 'first_approval') THEN
        RAISE EXCEPTION 'Proposal % is closed (%) and stays closed.', OLD.proposal_id, OLD.state
            USING ERRCODE = 'restrict_violation', TABLE = 'proposal', CONSTRAINT = 'proposal_legal_move';
    END IF;
    IF NOT NEW.proposed_by @> OLD.proposed_by
        OR (NEW.proposal_id, NEW.enterprise_key, NEW.list, NEW.direction) <> (OLD.proposal_id, OLD.enterprise_key, OLD.list, OLD.direction)
        OR (NEW.listing_id, NEW.opened_by_run, NEW.opened_at) IS DISTINCT FROM (OLD.listing_id, OLD.opened_by_run, OLD.opened_at)
        OR (OLD.state <> 'open' AND NEW.procedure_hash IS DISTINCT FROM OLD.procedure_hash) THEN
        RAISE EXCEPTION 'Proposal %: what it proposes, of whom, and who stands behind it is not rewritten.', OLD.proposal_id
            USING ERRCODE = 'restrict_violation', TABLE = 'proposal', CONSTRAINT = 'proposal_identity';
    END IF;
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (
        SELECT FROM legal_move WHERE subject = 'proposal' AND from_state = OLD.state AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION 'Proposal % does not go from % to %.', OLD.proposal_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', TABLE = 'proposal', CONSTRAINT = 'proposal_legal_move';
    END IF;
    RETURN NEW;
END $$"""

VOTE_INDEPENDENTLY = """
CREATE OR REPLACE FUNCTION vote_independently() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked proposal;
BEGIN
    SELECT * INTO STRICT asked FROM proposal WHERE proposal_id = NEW.proposal_id;
    IF asked.state NOT IN ('open', 'noticed', 'first_approval') THEN
        RAISE EXCEPTION 'Proposal % is closed (%).', asked.proposal_id, asked.state
            USING ERRCODE = 'restrict_violation', TABLE = 'approval', CONSTRAINT = 'approval_of_open_proposal';
    END IF;
    IF asked.proposed_by ? NEW.officer OR EXISTS (
        SELECT FROM step WHERE subject = 'proposal' AND subject_id = NEW.proposal_id AND step IN ('answer', 'consent')
            AND done_by = NEW.officer
    ) THEN
        RAISE EXCEPTION '% proposed or reviewed what proposal % is about and may not decide it.', NEW.officer, asked.proposal_id
            USING ERRCODE = 'restrict_violation', TABLE = 'approval', CONSTRAINT = 'approval_by_another';
    END IF;
    RETURN NEW;
END $$"""

DECIDE_PROPERLY = """
CREATE OR REPLACE FUNCTION decide_properly() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked proposal;
    needed int;
    given int;
BEGIN
    IF NEW.proposal_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT asked FROM proposal WHERE proposal_id = NEW.proposal_id;
    needed := CASE WHEN asked.decided_by = 'two_officers' AND NEW.act <> 'refuse' THEN 2 ELSE 1 END;
    SELECT count(*) INTO given FROM approval
    WHERE proposal_id = NEW.proposal_id AND accepts = (NEW.act <> 'refuse')
        AND officer IN (SELECT signature ->> 'name' FROM jsonb_array_elements(NEW.officers) AS signature);
    IF asked.state NOT IN ('open', 'noticed', 'first_approval') OR given < needed THEN
        RAISE EXCEPTION 'Proposal % needs the votes of % different officers who had no part in it; this decision has %.',
            NEW.proposal_id, needed, given
            USING ERRCODE = 'restrict_violation', TABLE = 'decision', CONSTRAINT = 'decision_by_officers';
    END IF;
    RETURN NEW;
END $$"""

EACH_STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION"
EACH_ROW = "FOR EACH ROW EXECUTE FUNCTION"
WHEN_CLOSED = "FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION"
AT_COMMIT = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION"
FROZEN = ("step", "service", "stay", "legal_move")
KEPT = ("procedure", "deadline")

TRIGGERS = (
    *(f"CREATE TRIGGER {t}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {t} {EACH_STATEMENT} keep_rows()" for t in FROZEN),
    *(f"CREATE TRIGGER {t}_kept BEFORE DELETE OR TRUNCATE ON {t} {EACH_STATEMENT} keep_rows()" for t in KEPT),
    f"CREATE TRIGGER procedure_ended_once BEFORE UPDATE ON procedure {EACH_ROW} end_procedure_once()",
    f"CREATE TRIGGER step_by_procedure BEFORE INSERT ON step {EACH_ROW} take_step()",
    f"CREATE TRIGGER service_after_step BEFORE INSERT ON service {EACH_ROW} serve_later()",
    f"CREATE TRIGGER proposal_stops_clocks AFTER UPDATE ON proposal {WHEN_CLOSED} stop_clocks()",
    f"CREATE TRIGGER deadline_closed_once BEFORE UPDATE ON deadline {EACH_ROW} close_deadline()",
    f"CREATE CONSTRAINT TRIGGER decision_after_steps AFTER INSERT ON decision {AT_COMMIT} decide_after_steps()",
    f"CREATE CONSTRAINT TRIGGER listing_by_procedure AFTER INSERT ON listing {AT_COMMIT} enter_by_procedure()",
)


def upgrade() -> None:
    _create_tables()
    _widen("proposal", state="'open', 'noticed', 'first_approval', 'accepted', 'refused', 'lapsed'")
    _widen("listing", state="'announced', 'in_force', 'under_review', 'stayed', 'ended'")
    op.add_column("proposal", sa.Column("procedure_hash", sa.Text(), nullable=True))
    op.create_foreign_key("fk_proposal_procedure_hash", "proposal", "procedure", ["procedure_hash"], ["procedure_hash"])
    op.drop_constraint("ck_proposal_decided_by_officers", "proposal")
    op.create_check_constraint(op.f("ck_proposal_decided_by_known"), "proposal", "decided_by IN ('run', 'officer', 'two_officers')")
    op.drop_constraint("ck_proposal_closed_with_instant_and_cause", "proposal")
    op.create_check_constraint(
        op.f("ck_proposal_closed_with_instant_and_cause"),
        "proposal",
        f"({STILL_OPEN}) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_why IS NULL)",
    )
    op.drop_index("uq_proposal_open", "proposal")
    op.create_index(
        "uq_proposal_open", "proposal", ["enterprise_key", "list", "direction"], unique=True, postgresql_where=sa.text(STILL_OPEN)
    )
    op.add_column("listing", sa.Column("proposal_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_listing_proposal_id", "listing", "proposal", ["proposal_id"], ["proposal_id"])
    op.add_column("listing", sa.Column("stays", postgresql.JSONB(), server_default="[]", nullable=False))
    legal_move = sa.table("legal_move", *(sa.column(name) for name in ("subject", "from_state", "to_state", "law")))
    op.bulk_insert(
        legal_move,
        [
            {"subject": subject, "from_state": before, "to_state": after, "law": law}
            for subject, moves in LEGAL_MOVES.items()
            for before, allowed in moves.items()
            for after, law in allowed.items()
        ],
    )
    for statement in (*FUNCTIONS.values(), MOVE_LISTING, MOVE_PROPOSAL, VOTE_INDEPENDENTLY, DECIDE_PROPERLY, *TRIGGERS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    raise NotImplementedError("Matters that went by a procedure cannot be told without it. Restore the backup made before the upgrade.")


def _widen(table: str, *, state: str) -> None:
    op.drop_constraint(f"ck_{table}_state_known", table)
    op.create_check_constraint(op.f(f"ck_{table}_state_known"), table, f"state IN ({state})")


def _create_tables() -> None:
    op.create_table(
        "procedure",
        sa.Column("procedure_hash", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.CheckConstraint("matter IN ('enter', 'leave', 'annul', 'repair', 'objection')", name=op.f("ck_procedure_matter_known")),
        sa.CheckConstraint("decided_by IN ('run', 'officers')", name=op.f("ck_procedure_decided_by_known")),
        sa.CheckConstraint("in_force_until > in_force_from", name=op.f("ck_procedure_in_force_a_while")),
        sa.PrimaryKeyConstraint("procedure_hash", name=op.f("pk_procedure")),
        postgresql.ExcludeConstraint(
            (sa.column("list"), "="),
            (sa.column("matter"), "="),
            (sa.column("decided_by"), "="),
            (sa.text("daterange(in_force_from, in_force_until)"), "&&"),
            using="gist",
            name="ex_procedure_one_in_force",
        ),
    )
    op.create_table(
        "step",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("procedure_hash", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(SUBJECTS, name=op.f("ck_step_subject_known")),
        sa.CheckConstraint("btrim(done_by) <> ''", name=op.f("ck_step_names_who")),
        sa.ForeignKeyConstraint(["procedure_hash"], ["procedure.procedure_hash"], name=op.f("fk_step_procedure_hash")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_step")),
    )
    op.create_index("uq_step_subject", "step", ["subject", "subject_id", "step"], unique=True)
    op.create_table(
        "service",
        sa.Column("step_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "method IN ('direct', 'left', 'post', 'electronic', 'entrusted', 'public_notice')", name=op.f("ck_service_method_known")
        ),
        sa.CheckConstraint("btrim(proof) <> ''", name=op.f("ck_service_has_proof")),
        sa.ForeignKeyConstraint(["step_id"], ["step.step_id"], name=op.f("fk_service_step_id")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_service")),
    )
    op.create_table(
        "deadline",
        sa.Column("deadline_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("clause", postgresql.JSONB(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_beyond", sa.Boolean(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.CheckConstraint(SUBJECTS, name=op.f("ck_deadline_subject_known")),
        sa.CheckConstraint(
            "owner IN ('officer', 'enterprise', 'higher_authority', 'source', 'house')", name=op.f("ck_deadline_owner_known")
        ),
        sa.CheckConstraint("(closed_on IS NULL) = (closed_why IS NULL)", name=op.f("ck_deadline_closed_with_reason")),
        sa.PrimaryKeyConstraint("deadline_id", name=op.f("pk_deadline")),
    )
    op.create_index(
        "uq_deadline_running", "deadline", ["subject", "subject_id", "step"], unique=True, postgresql_where=sa.text("closed_on IS NULL")
    )
    op.create_index("ix_deadline_due_on", "deadline", ["due_on"], postgresql_where=sa.text("closed_on IS NULL"))
    op.create_table(
        "stay",
        sa.Column("stay_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('stay', 'lift')", name=op.f("ck_stay_act_known")),
        sa.CheckConstraint(
            "btrim(authority) <> '' AND btrim(document_no) <> '' AND btrim(reason) <> ''", name=op.f("ck_stay_rests_on_a_document")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.listing_id"], name=op.f("fk_stay_listing_id")),
        sa.PrimaryKeyConstraint("stay_id", name=op.f("pk_stay")),
    )
    op.create_index("ix_stay_listing_id", "stay", ["listing_id"])
    op.create_table(
        "legal_move",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "from_state", "to_state", name=op.f("pk_legal_move")),
    )
