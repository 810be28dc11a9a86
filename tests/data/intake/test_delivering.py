"""What becomes of delivered records: once, in order, whole rows, and never guessed into somebody's file."""

import io

import pytest

from data.database import WriteSession
from data.intake.profiles import load_profile
from data.intake.receiving import KeyReused, NotEntitled
from data.stores.sources import UnknownSource, entitle_source
from models.deliveries import Mode
from models.errors import CreditError
from service.operations.deliver import rehearse_delivery
from service.operations.show_rejects import show_rejects
from tests.counter import (
    NAME_A,
    NAME_B,
    NOBODY,
    OFFICER,
    OTHER,
    SOURCE,
    A,
    B,
    ask,
    bring,
    codes_of,
    csv_of,
    facts,
    open_counter,
    outcomes,
    register,
    revisions,
    row,
    send,
)


@pytest.fixture
def counter(db: WriteSession) -> WriteSession:
    open_counter(db)
    return db


def test_the_same_file_twice_is_one_delivery_and_changes_nothing(counter: WriteSession) -> None:
    first = bring(counter, row("1"), row("2", B))
    known = ask(counter, "SELECT known_seq FROM knowledge_head")
    again = bring(counter, row("1"), row("2", B))
    assert outcomes(first) == (2, 0, 0, 0, 0)
    assert (again.delivery_id, again.is_repeat) == (first.delivery_id, True)
    assert ask(counter, "SELECT known_seq FROM knowledge_head") == known
    assert len(facts(counter)) == 2


def test_the_same_rows_in_another_file_are_unchanged_and_nothing_new_becomes_known(counter: WriteSession) -> None:
    bring(counter, row("1"), row("2", B))
    again = bring(counter, row("2", B), row("1"))
    assert outcomes(again) == (0, 2, 0, 0, 0)
    assert again.known_seq is None


def test_a_key_with_another_file_is_refused(counter: WriteSession) -> None:
    bring(counter, row("1"), key="may")
    with pytest.raises(KeyReused, match="key of its own"):
        bring(counter, row("2"), key="may")


def test_a_then_b_then_a_are_three_revisions(counter: WriteSession) -> None:
    for fine, key in (("1", "one"), ("2", "two"), ("1", "three")):
        bring(counter, row("1", **{"quantities.fine_cny": fine}), key=key)
    assert revisions(counter, "1") == [(1, 1, False, False), (2, 2, False, False), (3, 1, False, True)]


def test_a_correction_closes_the_old_revision_under_its_own_number(counter: WriteSession) -> None:
    bring(counter, row("1"))
    second = bring(counter, row("1", **{"quantities.fine_cny": "5"}))
    assert outcomes(second) == (0, 0, 1, 0, 0)
    rows = ask(counter, "SELECT known_seq, superseded_seq, superseded_at IS NULL FROM record ORDER BY revision")
    assert rows[0][1] == rows[1][0] == second.known_seq
    assert [row[2] for row in rows] == [False, True]


def test_an_older_mark_never_supersedes_a_newer_one(counter: WriteSession) -> None:
    bring(counter, row("1", source_mark="10", **{"quantities.fine_cny": "10"}))
    late = bring(counter, row("1", source_mark="9", **{"quantities.fine_cny": "9"}))
    assert outcomes(late) == (0, 1, 0, 0, 0)
    assert codes_of(counter, late.delivery_id) == {2: ["record.older"]}
    assert revisions(counter, "1") == [(1, 10, False, True)]


def test_of_two_marks_in_one_file_the_newer_counts(counter: WriteSession) -> None:
    done = bring(
        counter,
        row("1", source_mark="2024-05-02T08:00:00+08:00", **{"quantities.fine_cny": "2"}),
        row("1", source_mark="2024-05-01T23:00:00Z", **{"quantities.fine_cny": "1"}),
    )
    assert outcomes(done) == (1, 1, 0, 0, 0)
    assert revisions(counter, "1") == [(1, 2, False, True)]


def test_two_rows_that_contradict_each_other_are_both_rejected_and_name_each_other(counter: WriteSession) -> None:
    bring(counter, row("1", **{"quantities.fine_cny": "1"}))
    done = bring(counter, row("1", **{"quantities.fine_cny": "2"}), row("2", B), row("1", **{"quantities.fine_cny": "3"}))
    assert outcomes(done) == (1, 0, 0, 0, 2)
    assert codes_of(counter, done.delivery_id) == {2: ["record.contradiction"], 4: ["record.contradiction"]}
    ((problems,),) = ask(counter, "SELECT problems FROM delivery_row WHERE delivery_id = %s AND row_no = 2", done.delivery_id)
    assert "rows 2, 4" in problems[0]["message"]
    assert revisions(counter, "1") == [(1, 1, False, True)]


def test_an_equal_row_twice_is_taken_once(counter: WriteSession) -> None:
    done = bring(counter, row("1"), row("1"))
    assert outcomes(done) == (1, 1, 0, 0, 0)
    assert len(facts(counter)) == 1


def test_a_withdrawal_is_a_revision(counter: WriteSession) -> None:
    bring(counter, row("1"))
    done = bring(counter, row("1", withdrawn="yes"))
    assert outcomes(done) == (0, 0, 1, 0, 0)
    assert revisions(counter, "1") == [(1, 1000, False, False), (2, 1000, True, True)]


def test_a_record_corrected_to_another_enterprise_moves(counter: WriteSession) -> None:
    bring(counter, row("1", A))
    bring(counter, row("1", B))
    assert [fact[3] for fact in facts(counter)] == [B]


def test_two_sources_with_one_reference_have_two_records(counter: WriteSession) -> None:
    bring(counter, row("1"))
    bring(counter, row("1", B), source=OTHER)
    assert [(fact[0], fact[3]) for fact in facts(counter)] == [(SOURCE, A), (OTHER, B)]


def test_an_unknown_enterprise_waits_and_is_not_guessed(counter: WriteSession) -> None:
    done = bring(counter, row("1", NOBODY, enterprise_name="无人知晓的样例公司"), row("2", A))
    assert outcomes(done) == (1, 0, 0, 1, 0)
    assert codes_of(counter, done.delivery_id) == {2: ["match.unknown"]}
    assert [fact[1] for fact in facts(counter)] == ["2"]


def test_a_name_alone_finds_its_one_bearer(counter: WriteSession) -> None:
    done = bring(counter, row("1", None, enterprise_name="样例甲食品有限公司 "), row("2", None, enterprise_name="樣例乙商貿有限公司"))
    assert outcomes(done) == (2, 0, 0, 0, 0)
    assert [fact[3] for fact in facts(counter)] == [A, B]


def test_a_name_borne_by_two_waits_with_both_as_candidates(counter: WriteSession) -> None:
    register(counter, [{"cn_uscc": NOBODY, "name": NAME_A}])
    done = bring(counter, row("1", None, enterprise_name=NAME_A))
    assert codes_of(counter, done.delivery_id) == {2: ["match.ambiguous_name"]}
    ((candidates,),) = ask(counter, "SELECT candidates FROM queue_item")
    assert sorted(candidate["value"] for candidate in candidates) == sorted([A, NOBODY])


def test_a_former_name_finds_its_bearer_only_on_the_days_it_was_borne(counter: WriteSession) -> None:
    register(counter, [{"cn_uscc": A, "name": "样例甲新食品有限公司", "valid_from": "2020-01-01"}])
    ask_day = "SELECT valid_until FROM enterprise_name WHERE name = %s AND superseded_seq IS NULL"
    ((ended_on,),) = ask(counter, ask_day, NAME_A)
    early = row("1", None, enterprise_name=NAME_A, occurred_on="2019-03-05")
    late = row("2", None, enterprise_name=NAME_A, occurred_on=str(ended_on), concluded_on="")
    done = bring(counter, early, late)
    assert outcomes(done) == (1, 0, 0, 1, 0)


def test_an_unknown_identifier_with_a_known_name_is_a_contradiction(counter: WriteSession) -> None:
    done = bring(counter, row("1", NOBODY, enterprise_name=NAME_A))
    assert codes_of(counter, done.delivery_id) == {2: ["match.contradiction"]}


def test_an_identifier_with_the_name_of_another_is_a_contradiction(counter: WriteSession) -> None:
    done = bring(counter, row("1", A, enterprise_name=NAME_B))
    assert codes_of(counter, done.delivery_id) == {2: ["match.contradiction"]}
    ((candidates,),) = ask(counter, "SELECT candidates FROM queue_item")
    assert sorted(candidate["value"] for candidate in candidates) == sorted([A, B])


def test_an_identifier_with_a_name_nobody_bears_is_taken_with_a_note(counter: WriteSession) -> None:
    done = bring(counter, row("1", A, enterprise_name="样例甲的门店"))
    assert outcomes(done) == (1, 0, 0, 0, 0)
    assert codes_of(counter, done.delivery_id) == {2: ["match.unusual_name"]}
    assert done.counts.noted == 1


def test_a_waiting_record_sent_again_waits_once(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY))
    bring(counter, row("1", NOBODY), row("2"))
    bring(counter, row("1", NOBODY, **{"quantities.fine_cny": "7"}))
    assert ask(counter, "SELECT state, record -> 'quantities_x10000' ->> 'fine_cny' FROM queue_item ORDER BY queue_id") == [
        ("dropped", "10000000"),
        ("open", "70000"),
    ]


def test_a_waiting_record_that_comes_with_its_enterprise_waits_no_more(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY))
    bring(counter, row("1", A))
    assert ask(counter, "SELECT state FROM queue_item") == [("dropped",)]
    assert [fact[3] for fact in facts(counter)] == [A]


def test_a_source_may_send_only_what_it_is_entitled_to(counter: WriteSession) -> None:
    mixed = bring(counter, row("1"), row("2", kind="recall", outcome="voluntary", severity=None))
    assert outcomes(mixed) == (1, 0, 0, 0, 1)
    assert codes_of(counter, mixed.delivery_id) == {3: ["source.not_entitled"]}
    with pytest.raises(NotEntitled):
        send(counter, csv_of([row("1")]), profile="native", source="registry")
    with pytest.raises(UnknownSource):
        bring(counter, row("1"), source="stranger")
    entitle_source(counter, SOURCE, kinds=["penalty", "recall"])
    assert outcomes(bring(counter, row("2", kind="recall", outcome="voluntary", severity=None))) == (1, 0, 0, 0, 0)


def test_a_full_delivery_tells_what_is_absent_and_withdraws_nothing(counter: WriteSession) -> None:
    bring(counter, row("1"), row("2"), row("3"))
    done = bring(counter, row("2"), mode=Mode.FULL)
    assert done.counts.absent == 2
    assert ask(counter, "SELECT absent FROM delivery WHERE delivery_id = %s", done.delivery_id) == [(["1", "3"],)]
    assert len(facts(counter)) == 3


def test_faulty_rows_are_told_one_by_one_and_hold_back_no_other(counter: WriteSession) -> None:
    done = bring(
        counter,
        row("1", A[:17] + ("0" if A[17] != "0" else "1")),
        row("2", occurred_on="2024-02-31"),
        row("3", **{"quantities.fine_cny": "-5"}),
        row("4", title="打电话给 13912345678"),
        row("5"),
    )
    assert outcomes(done) == (1, 0, 0, 0, 4)
    codes = codes_of(counter, done.delivery_id)
    assert codes[2] == ["identifier.check_digit"]
    assert codes[3] == ["value.impossible_date"]
    assert codes[4] == ["value.negative"]
    assert codes[5] == ["value.personal_data"]
    kept = str(ask(counter, "SELECT problems, cells FROM delivery_row"))
    assert "13912345678" not in kept
    assert A in str(ask(counter, "SELECT problems FROM delivery_row WHERE row_no = 2"))


def test_rejects_come_back_with_their_columns_and_no_formula(counter: WriteSession) -> None:
    done = bring(counter, row("=1+1", occurred_on="never"), row("2", occurred_on="2024-13-01", title="@SUM(A1)"))
    from data.stores.deliveries import get_delivery

    text = b"".join(show_rejects(counter, get_delivery(counter, done.delivery_id))).decode("utf-8-sig")
    header, first, second = text.replace("\r\n", "\n").split("\n", 3)[:3]
    assert header.startswith("source_ref,cn_uscc,kind")
    assert header.endswith("qcredit problems,qcredit suggestions")
    assert "'=1+1" in first
    assert ",=1+1" not in first
    assert "'@SUM" in second


def test_mended_rejects_go_in(counter: WriteSession) -> None:
    from data.stores.deliveries import get_delivery

    done = bring(counter, row("1", occurred_on="2024-02-31"))
    mended = b"".join(show_rejects(counter, get_delivery(counter, done.delivery_id))).replace(b"2024-02-31", b"2024-02-29")
    again = send(counter, mended, profile="native", source=SOURCE)
    assert outcomes(again) == (1, 0, 0, 0, 0)


def test_a_rehearsal_tells_everything_and_keeps_nothing(counter: WriteSession) -> None:
    before = ask(counter, "SELECT count(*) FROM delivery"), ask(counter, "SELECT count(*) FROM stored_file")
    content = csv_of([row("1"), row("2", NOBODY), row("3", occurred_on="x")])
    done = rehearse_delivery(
        counter, file=io.BytesIO(content), file_name="f.csv", profile=load_profile("native"), source=SOURCE, actor=OFFICER
    )
    assert outcomes(done) == (1, 0, 0, 1, 1)
    counter.rollback()
    assert (ask(counter, "SELECT count(*) FROM delivery"), ask(counter, "SELECT count(*) FROM stored_file")) == before
    assert facts(counter) == []


def test_sql_and_html_in_every_text_go_in_as_text(counter: WriteSession) -> None:
    evil = "'; DROP TABLE record; -- <script>alert(1)</script> \\N \\. {0} %s"
    texts = dict.fromkeys(("title", "authority", "detail.violation"), evil)
    done = bring(counter, row(evil[:150], document_no=evil[:150], enterprise_name=NAME_A, **texts))
    assert outcomes(done) == (1, 0, 0, 0, 0)
    assert ask(counter, "SELECT title, detail ->> 'violation' FROM record") == [(evil, evil)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"a,a\n1,2\n", "file.duplicate_header"),
        (b"source_ref,kind\n1,penalty\n", "file.missing_columns"),
        (b"PK\x03\x04 cut short", "file.damaged"),
    ],
)
def test_a_file_that_cannot_be_read_fails_as_a_whole_and_is_kept(counter: WriteSession, content: bytes, code: str) -> None:
    with pytest.raises(CreditError) as told:
        send(counter, content, profile="native", source=SOURCE, name="file" if content.startswith(b"PK") else "file.csv")
    assert told.value.code == code
    ((state, problem, kept),) = ask(
        counter,
        "SELECT d.state, d.problem, f.size FROM delivery AS d JOIN stored_file AS f ON f.sha256 = d.file_sha256 WHERE d.source = %s",
        SOURCE,
    )
    assert (state, problem["code"], kept) == ("failed", code, len(content))
    assert facts(counter) == []
