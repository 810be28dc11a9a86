"""Rehearse a policy: ask a draft over all enterprises beside the version it is held against. It publishes nothing and lists nobody."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data.codes.industries import industry_name
from data.codes.regions import region_name
from data.database import JOB, Database, Engine, ReadSession, WriteSession, make_engine, read_session, write_session
from data.failures import Failure, failure_of
from data.policy_changes import change_policy
from data.policy_files import load_policy, parse_published, policy_hash
from data.stores import knowledge, policies, rehearsals
from data.stores.files import file_on_disk, keep_file
from models.access import Actor
from models.errors import CreditError, Refused
from models.glossary import SIZE_TITLES
from models.rehearsals import Comparison, RehearsalEnd, RehearsalState, Report
from models.shapes import Bilingual
from models.tables.rehearsals import Rehearsal
from scoring.engines.duckdb import DuckDBEngine
from scoring.runs.answering import Rules
from scoring.runs.comparing_rehearsals import compare
from scoring.runs.rehearsing import Titles, describe_enterprises, report_of
from scoring.runs.running import versions
from scoring.runs.splitting import Corner
from scoring.runs.splitting_all import Tell, read_stepped, split_all, write_split
from service.operations.choose_rules import choose_rules
from service.operations.differ import MEMORY

AGES = {
    "under_1": Bilingual(zh="不满一年", en="under a year"),
    "1_to_3": Bilingual(zh="一至三年", en="one to three years"),
    "3_to_5": Bilingual(zh="三至五年", en="three to five years"),
    "5_to_10": Bilingual(zh="五至十年", en="five to ten years"),
    "10_and_more": Bilingual(zh="十年以上", en="ten years and more"),
}


class OtherFamily(Refused):
    """The draft and the version it is held against are of two families."""

    code = "rehearsal.other_family"


class UnderWay(Refused):
    """Somebody is carrying the rehearsal out just now, or it has ended without a report."""

    code = "rehearsal.not_finished"


class NotComparable(Refused):
    """The two rehearsals rest on different days or facts."""

    code = "rehearsal.not_comparable"


class Ended(Exception):
    """The rehearsal was asked to stop."""


@dataclass(frozen=True)
class Asked:
    """What is rehearsed: the draft, what is set otherwise in it, against which version (the one in force, unless named), and the day."""

    text: str
    file: str
    as_of: date
    against: str | None = None
    changes: tuple[str, ...] = ()


def order_rehearsal(session: WriteSession, asked: Asked, *, family: str, actor: Actor) -> int:
    """Lint the draft and keep what is asked; gives the rehearsal's number. The caller commits.

    Raises `policy.faulty`, `policy.no_such_field`, `policy.not_found`, `policy.none_in_force` and `rehearsal.other_family`.
    """
    text = change_policy(asked.text, asked.changes)
    draft = load_policy(text, file=asked.file)
    known = knowledge.resolve(session, None)
    against = choose_rules(session, family=family, as_of=asked.as_of, known_seq=known.known_seq, name=asked.against)
    if draft.family != against.policy.family:
        raise OtherFamily(
            f"{draft.name} is of another family than {against.policy.name}. Hold a draft against a version of its own family."
        )
    run = rehearsals.last_published_run(session, against.policy_hash, until=asked.as_of)
    order = Rehearsal(
        policy_hash=policy_hash(draft),
        policy=draft.name,
        text=text,
        changes=list(asked.changes),
        against_hash=against.policy_hash,
        against=against.policy.name,
        as_of=asked.as_of,
        known_seq=known.known_seq,
        known_at=known.committed_at,
        before_as_of=run.as_of if run else asked.as_of,
        before_known_seq=run.known_seq if run else known.known_seq,
        before_known_at=run.known_at if run else known.committed_at,
        before_run=run.run_id if run else None,
        started_by=actor.holder,
    )
    return rehearsals.add_rehearsal(session, order)


def carry_out(database: Database, rehearsal_id: int, *, tell: Tell, stop: Callable[[], bool] = lambda: False) -> RehearsalState:
    """Answer, find and keep the report; called again after a kill it begins anew, and one that has ended is left as it is.

    A failure is kept at the rehearsal and raised; a database that went away leaves it as a kill would.
    Raises `rehearsal.not_found`, and `rehearsal.not_finished` when another is at it.
    """
    engine = make_engine(database.url, limits=JOB)
    # The lock lives as long as its connection, which nothing else uses: it goes with this process, whatever becomes of that.
    keeping = make_engine(database.url, limits=JOB, size=1)
    try:
        with write_session(keeping) as session:
            if not rehearsals.lock(session, rehearsal_id):
                raise UnderWay(f"Rehearsal {rehearsal_id} is being carried out by another process. Wait for it, or ask how far it is.")
            session.commit()
        with read_session(engine) as session:
            order = rehearsals.get_rehearsal(session, rehearsal_id)
            session.expunge(order)
            found = policies.get_policy(session, order.against_hash)
        if RehearsalState(order.state) in (RehearsalState.QUEUED, RehearsalState.RUNNING):
            against = Rules(found.policy, found.policy_hash)
            return _ended(database, order, against, _Steps(engine, rehearsal_id, tell, stop))
        return RehearsalState(order.state)
    finally:
        keeping.dispose()
        engine.dispose()


def _ended(database: Database, order: Rehearsal, against: Rules, steps: "_Steps") -> RehearsalState:
    """Carry a rehearsal out, and keep how it ended."""
    try:
        _carry_out(database, order, against, steps)
    except Ended:
        steps.end(state=RehearsalState.CANCELLED)
        return RehearsalState.CANCELLED
    except (Exception, KeyboardInterrupt) as fault:  # by any other way out it is left as it is, to be carried out again
        if failure_of(fault) is not Failure.UNAVAILABLE:
            problem = str(fault) if isinstance(fault, CreditError) else f"{type(fault).__name__}: {fault}"
            with suppress(Exception):  # what cannot be kept must not hide what happened
                steps.end(state=RehearsalState.FAILED, problem=problem[:2000])
        raise
    return RehearsalState.FINISHED


class _Steps:
    """Says how far the work is, keeps it at the rehearsal, and stops between steps when asked to."""

    def __init__(self, engine: Engine, rehearsal_id: int, tell: Tell, stop: Callable[[], bool]) -> None:
        self._engine, self._id, self._tell, self._stop = engine, rehearsal_id, tell, stop

    def __call__(self, phase: str, rows: int) -> None:
        if self._stop():
            raise Ended
        self._keep(state=RehearsalState.RUNNING, phase=phase)
        self._tell(phase, rows)

    def end(self, *, state: RehearsalState, problem: str | None = None) -> None:
        self._keep(state=state, problem=problem)

    def finish(self, report: Report, file: Path) -> None:
        """Keep report and file in one transaction."""
        with write_session(self._engine) as session, file.open("rb") as rows:
            sha256, _ = keep_file(session, rows)
            told = {"report": report.model_dump(mode="json"), "digest": report.digest, "file_sha256": sha256, "versions": versions()}
            rehearsals.change(session, self._id, state=RehearsalState.FINISHED, phase="", **told)
            session.commit()

    def _keep(self, **fields: object) -> None:
        with write_session(self._engine) as session:
            rehearsals.change(session, self._id, **fields)
            session.commit()


def _carry_out(database: Database, order: Rehearsal, against: Rules, steps: _Steps) -> None:
    steps("reading", 0)
    draft = parse_published(order.text)
    before = Corner(against, order.before_as_of, order.before_known_seq)
    after = Corner(Rules(draft, order.policy_hash), order.as_of, order.known_seq)
    with tempfile.TemporaryDirectory(prefix="qcredit-rehearsal-") as name, DuckDBEngine(memory_limit=MEMORY, spill=Path(name)) as duck:
        folder = Path(name)
        read_stepped(duck, database.url, folder, before, after)
        split_all(duck, before, after, tell=steps)
        steps("comparing", 0)
        describe_enterprises(duck, after)
        report = report_of(duck, before, after, ends=_ends(order), titles=TITLES)
        steps("storing", report.enterprises)
        write_split(duck, folder / "rehearsal.parquet", source="rehearsed")
        steps.finish(report, folder / "rehearsal.parquet")


def _ends(order: Rehearsal) -> tuple[RehearsalEnd, RehearsalEnd, RehearsalEnd]:
    against = {"policy": order.against, "policy_hash": order.against_hash}
    draft = {"policy": order.policy, "policy_hash": order.policy_hash}
    then = {"as_of": order.before_as_of, "known_at": order.before_known_at}
    now = {"as_of": order.as_of, "known_at": order.known_at}
    end = RehearsalEnd.model_validate
    return end(against | then), end(against | now), end(draft | now)


def _titled(find: Callable[[str], str | None]) -> Callable[[str | None], Bilingual | None]:
    def title(code: str | None) -> Bilingual | None:
        name = find(code) if code else None
        return Bilingual(zh=name, en=f"{code} {name}") if name else None

    return title


TITLES = Titles(
    {
        "region": _titled(region_name),
        "industry": _titled(industry_name),
        "size": lambda code: SIZE_TITLES.get(code or ""),
        "age": lambda code: AGES.get(code or ""),
    }
)


def report_at(session: ReadSession, rehearsal_id: int) -> tuple[Rehearsal, Report]:
    """A finished rehearsal with its report. Raises `rehearsal.not_found` and `rehearsal.not_finished`."""
    found = rehearsals.get_rehearsal(session, rehearsal_id)
    if found.report is None:
        why = f" ({found.problem})" if found.problem else ""
        raise UnderWay(f"Rehearsal {rehearsal_id} is {found.state}{why} and has no report.")
    return found, Report.model_validate(found.report)


@contextmanager
def rows_on_disk(session: ReadSession, found: Rehearsal) -> Iterator[Path]:
    """The file of a finished rehearsal, one row per enterprise, laid on disk while it is read."""
    assert found.file_sha256 is not None
    with file_on_disk(session, found.file_sha256, name="rehearsal.parquet") as path:
        yield path


def compare_rehearsals(session: ReadSession, one: int, other: int) -> Comparison:
    """What one draft does that another does not. Raises `rehearsal.not_finished` and `rehearsal.not_comparable`."""
    (first, report), (second, other_report) = (report_at(session, number) for number in (one, other))
    if (first.as_of, first.known_seq) != (second.as_of, second.known_seq):
        raise NotComparable(
            f"Rehearsal {one} is as of {first.as_of}, known to {first.known_at.isoformat()}, and rehearsal {other} as of {second.as_of}, "
            f"known to {second.known_at.isoformat()}. Rehearse one of them again, so that both rest on the same day and facts."
        )
    with rows_on_disk(session, first) as a, rows_on_disk(session, second) as b, DuckDBEngine(memory_limit=MEMORY) as duck:
        return compare(duck, report, other_report, (a, b))
