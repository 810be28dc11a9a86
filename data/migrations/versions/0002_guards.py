"""What the database refuses, from whomever it comes; and the first row of each head.

Each refusal is raised as `restrict_violation` with the name of the rule as its constraint, so that code can tell them apart.

Revision: 0002, after: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN = ("knowledge", "policy", "decision", "approval", "change")
CLOSED_ONCE = ("registry_fact", "enterprise_name", "enterprise_identifier", "enterprise_link", "listing_span")
NEVER_DELETED = ("record", *CLOSED_ONCE, "listing", "proposal", "change_detail", "change_head", "knowledge_head", "enterprise")

FUNCTIONS = {
    "keep_rows": """
CREATE FUNCTION keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % stay as they were written: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_stays';
END $$""",
    "close_once": """
CREATE FUNCTION close_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise record;
BEGIN
    otherwise := NEW;
    otherwise.superseded_seq := OLD.superseded_seq;
    IF OLD.superseded_seq IS NOT NULL OR NEW.superseded_seq IS NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A row of % may only be closed, once, by setting superseded_seq; what it says is never edited.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_closed_once';
    END IF;
    RETURN NEW;
END $$""",
    "close_record_once": """
CREATE FUNCTION close_record_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise record;
BEGIN
    otherwise := NEW;
    otherwise.superseded_seq := OLD.superseded_seq;
    otherwise.superseded_at := OLD.superseded_at;
    IF OLD.superseded_seq IS NOT NULL OR NEW.superseded_seq IS NULL OR NEW.superseded_at IS NULL OR otherwise IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A record may only be closed, once, by setting superseded_seq and superseded_at; a correction is a new revision.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'record_closed_once';
    END IF;
    RETURN NEW;
END $$""",
    "number_knowledge": """
CREATE FUNCTION number_knowledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM knowledge WHERE known_seq = NEW.known_seq - 1 AND committed_at < NEW.committed_at)
        OR NOT EXISTS (SELECT FROM knowledge_head WHERE known_seq = NEW.known_seq AND committed_at = NEW.committed_at) THEN
        RAISE EXCEPTION 'known_seq % does not follow the head of the clock.', NEW.known_seq
            USING ERRCODE = 'restrict_violation', TABLE = 'knowledge', CONSTRAINT = 'knowledge_follows_head';
    END IF;
    RETURN NULL;
END $$""",
    "advance_knowledge": """
CREATE FUNCTION advance_knowledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.head_id <> OLD.head_id OR NEW.known_seq <> OLD.known_seq + 1 OR NEW.committed_at <= OLD.committed_at THEN
        RAISE EXCEPTION 'The clock of knowledge only goes on, by one.'
            USING ERRCODE = 'restrict_violation', TABLE = 'knowledge_head', CONSTRAINT = 'knowledge_head_goes_on';
    END IF;
    RETURN NEW;
END $$""",
    "change_line": """
CREATE FUNCTION change_line(change) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '{"cause":"' || $1.cause || '","commitment":"' || $1.commitment || '","effective_on":"' || to_char($1.effective_on, 'YYYY-MM-DD')
        || '","epoch":' || $1.epoch || ',"known_seq":' || $1.known_seq || ',"previous_hash":"' || $1.previous_hash || '","recorded_at":"'
        || to_char($1.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","replaces_seq":'
        || coalesce($1.replaces_seq::text, 'null') || ',"seq":' || $1.seq || '}'
$$""",
    "chain_changes": """
CREATE FUNCTION chain_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head change_head;
    fault bigint;
    newest change;
BEGIN
    SELECT * INTO newest FROM appended ORDER BY seq DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT head FROM change_head WHERE head_id = 1 FOR UPDATE;
    SELECT seq INTO fault
    FROM (
        SELECT row.*, change_line(row) AS proper_line,
            lag(seq, 1, head.seq) OVER up AS seq_before, lag(hash, 1, head.hash) OVER up AS hash_before
        FROM appended AS row WINDOW up AS (ORDER BY seq)
    ) AS chained
    WHERE seq <> seq_before + 1 OR epoch <> head.epoch OR previous_hash <> hash_before OR replaces_seq >= seq
        OR line <> proper_line OR hash <> encode(sha256(convert_to(line, 'UTF8')), 'hex')
    ORDER BY seq LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Line % of the change log does not follow line % in number, epoch, hash or form.', fault, head.seq
            USING ERRCODE = 'restrict_violation', TABLE = 'change', CONSTRAINT = 'change_follows_head';
    END IF;
    UPDATE change_head SET seq = newest.seq, hash = newest.hash WHERE head_id = 1;
    RETURN NULL;
END $$""",
    "advance_changes": """
CREATE FUNCTION advance_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 2: moved by the trigger on `change`. By hand, only a new epoch may begin, where the old one stands.
    IF pg_trigger_depth() < 2 AND (NEW.epoch <> OLD.epoch + 1 OR (NEW.head_id, NEW.seq, NEW.hash) <> (OLD.head_id, OLD.seq, OLD.hash)) THEN
        RAISE EXCEPTION 'The head of the change log follows its lines; it is not moved by hand.'
            USING ERRCODE = 'restrict_violation', TABLE = 'change_head', CONSTRAINT = 'change_head_follows_lines';
    END IF;
    RETURN NEW;
END $$""",
    "expect_detail": """
CREATE FUNCTION expect_detail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM change_detail WHERE seq = NEW.seq) THEN
        RAISE EXCEPTION 'Line % of the change log says nothing of whom or what.', NEW.seq
            USING ERRCODE = 'restrict_violation', TABLE = 'change', CONSTRAINT = 'change_has_detail';
    END IF;
    RETURN NULL;
END $$""",
    "keep_commitment": """
CREATE FUNCTION keep_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault bigint;
BEGIN
    SELECT detail.seq INTO fault
    FROM said AS detail JOIN change USING (seq)
    WHERE encode(sha256(convert_to(detail.salt || detail.body, 'UTF8')), 'hex') IS DISTINCT FROM change.commitment
    ORDER BY seq LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'What line % of the change log says is not what it commits to.', fault
            USING ERRCODE = 'restrict_violation', TABLE = 'change_detail', CONSTRAINT = 'change_detail_as_said';
    END IF;
    RETURN NULL;
END $$""",
    "empty_only": """
CREATE FUNCTION empty_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.emptied_at IS NOT NULL OR NEW.emptied_at IS NULL OR (NEW.seq, NEW.listing_id) <> (OLD.seq, OLD.listing_id) THEN
        RAISE EXCEPTION 'What a line of the change log says may be emptied, never edited.'
            USING ERRCODE = 'restrict_violation', TABLE = 'change_detail', CONSTRAINT = 'change_detail_emptied_only';
    END IF;
    RETURN NEW;
END $$""",
    "move_listing": """
CREATE FUNCTION move_listing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    otherwise listing;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'in_force' THEN
            RAISE EXCEPTION 'An entry begins in force, not %.', NEW.state
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
    RETURN NEW;
END $$""",
    "expect_line": """
CREATE FUNCTION expect_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry listing;
    said change_detail;
BEGIN
    SELECT * INTO entry FROM listing WHERE listing_id = NEW.listing_id;
    SELECT * INTO said FROM change_detail WHERE listing_id = NEW.listing_id ORDER BY seq DESC LIMIT 1;
    IF NOT FOUND OR (said.body IS NOT NULL AND (
        (said.body::jsonb #>> '{after,state}', said.body::jsonb #>> '{after,ends_on}', said.body::jsonb #>> '{after,ended_on}')
        IS DISTINCT FROM (entry.state, to_char(entry.ends_on, 'YYYY-MM-DD'), to_char(entry.ended_on, 'YYYY-MM-DD'))
    )) THEN
        RAISE EXCEPTION 'Entry % was moved without a line in the change log.', NEW.listing_id
            USING ERRCODE = 'restrict_violation', TABLE = 'listing', CONSTRAINT = 'listing_logged';
    END IF;
    RETURN NULL;
END $$""",
    "move_proposal": """
CREATE FUNCTION move_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('open', 'first_approval') THEN
        RAISE EXCEPTION 'Proposal % is closed (%) and stays closed.', OLD.proposal_id, OLD.state
            USING ERRCODE = 'restrict_violation', TABLE = 'proposal', CONSTRAINT = 'proposal_legal_move';
    END IF;
    IF (OLD.state = 'first_approval' AND NEW.state = 'open') OR NOT NEW.proposed_by @> OLD.proposed_by
        OR (NEW.proposal_id, NEW.enterprise_key, NEW.list, NEW.direction) <> (OLD.proposal_id, OLD.enterprise_key, OLD.list, OLD.direction)
        OR (NEW.listing_id, NEW.opened_by_run, NEW.opened_at) IS DISTINCT FROM (OLD.listing_id, OLD.opened_by_run, OLD.opened_at) THEN
        RAISE EXCEPTION 'Proposal %: what it proposes, of whom, and who stands behind it is not rewritten.', OLD.proposal_id
            USING ERRCODE = 'restrict_violation', TABLE = 'proposal', CONSTRAINT = 'proposal_identity';
    END IF;
    RETURN NEW;
END $$""",
    "vote_independently": """
CREATE FUNCTION vote_independently() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked proposal;
BEGIN
    SELECT * INTO STRICT asked FROM proposal WHERE proposal_id = NEW.proposal_id;
    IF asked.state NOT IN ('open', 'first_approval') THEN
        RAISE EXCEPTION 'Proposal % is closed (%).', asked.proposal_id, asked.state
            USING ERRCODE = 'restrict_violation', TABLE = 'approval', CONSTRAINT = 'approval_of_open_proposal';
    END IF;
    IF asked.proposed_by ? NEW.officer THEN
        RAISE EXCEPTION '% started or published a run behind proposal % and may not decide it.', NEW.officer, asked.proposal_id
            USING ERRCODE = 'restrict_violation', TABLE = 'approval', CONSTRAINT = 'approval_by_another';
    END IF;
    RETURN NEW;
END $$""",
    "decide_properly": """
CREATE FUNCTION decide_properly() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF asked.state NOT IN ('open', 'first_approval') OR given < needed THEN
        RAISE EXCEPTION 'Proposal % needs the votes of % different officers who had no part in it; this decision has %.',
            NEW.proposal_id, needed, given
            USING ERRCODE = 'restrict_violation', TABLE = 'decision', CONSTRAINT = 'decision_by_officers';
    END IF;
    RETURN NEW;
END $$""",
}

EACH_STATEMENT = "FOR EACH STATEMENT EXECUTE FUNCTION"
EACH_ROW = "FOR EACH ROW EXECUTE FUNCTION"
AT_COMMIT = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION"

TRIGGERS = (
    *(f"CREATE TRIGGER {t}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {t} {EACH_STATEMENT} keep_rows()" for t in FROZEN),
    *(f"CREATE TRIGGER {t}_kept BEFORE DELETE OR TRUNCATE ON {t} {EACH_STATEMENT} keep_rows()" for t in NEVER_DELETED),
    *(f"CREATE TRIGGER {t}_closed_once BEFORE UPDATE ON {t} {EACH_ROW} close_once()" for t in CLOSED_ONCE),
    f"CREATE TRIGGER record_closed_once BEFORE UPDATE ON record {EACH_ROW} close_record_once()",
    f"CREATE TRIGGER knowledge_follows_head AFTER INSERT ON knowledge {EACH_ROW} number_knowledge()",
    f"CREATE TRIGGER knowledge_head_goes_on BEFORE UPDATE ON knowledge_head {EACH_ROW} advance_knowledge()",
    f"CREATE TRIGGER change_follows_head AFTER INSERT ON change REFERENCING NEW TABLE AS appended {EACH_STATEMENT} chain_changes()",
    f"CREATE CONSTRAINT TRIGGER change_has_detail AFTER INSERT ON change {AT_COMMIT} expect_detail()",
    f"CREATE TRIGGER change_head_follows_lines BEFORE UPDATE ON change_head {EACH_ROW} advance_changes()",
    f"CREATE TRIGGER change_detail_as_said AFTER INSERT ON change_detail REFERENCING NEW TABLE AS said {EACH_STATEMENT} keep_commitment()",
    f"CREATE TRIGGER change_detail_emptied_only BEFORE UPDATE ON change_detail {EACH_ROW} empty_only()",
    f"CREATE TRIGGER listing_legal_move BEFORE INSERT OR UPDATE ON listing {EACH_ROW} move_listing()",
    f"CREATE CONSTRAINT TRIGGER listing_logged AFTER INSERT OR UPDATE ON listing {AT_COMMIT} expect_line()",
    f"CREATE TRIGGER proposal_legal_move BEFORE UPDATE ON proposal {EACH_ROW} move_proposal()",
    f"CREATE TRIGGER approval_by_another BEFORE INSERT ON approval {EACH_ROW} vote_independently()",
    f"CREATE TRIGGER decision_by_officers BEFORE INSERT ON decision {EACH_ROW} decide_properly()",
)

FIRST_ROWS = (
    "INSERT INTO knowledge (known_seq, committed_at, cause) VALUES (0, statement_timestamp(), 'beginning')",
    "INSERT INTO knowledge_head (head_id, known_seq, committed_at) SELECT 1, known_seq, committed_at FROM knowledge",
    "INSERT INTO change_head (head_id, epoch, seq, hash) SELECT 1, 1, 0, encode(sha256('quality credit change log, epoch 1'), 'hex')",
)


def upgrade() -> None:
    for statement in (*FIRST_ROWS, *FUNCTIONS.values(), *TRIGGERS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for statement in TRIGGERS:
        words = statement.split()
        name = words[words.index("TRIGGER") + 1]
        table = words[words.index("ON") + 1]
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
