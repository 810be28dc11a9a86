"""The sample city, brought in through the same doors as a real one: registry, deliveries, runs, decisions, expiry.

Each step asks first whether it was done before, so that a second call is quick and changes nothing.
"""

import json
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

from data.database import Database, WriteSession, driver_connection, make_engine, read_session, write_session
from data.intake.profiles import load_profile
from data.sample_city.enterprises import LAST_DAY
from data.sample_city.files import CityFile, write_city
from data.sample_city.vocabulary import AGENCIES
from data.stores import listings, queue, runs, sources
from data.stores.knowledge import resolve
from models.access import Actor, Role
from models.deliveries import QueueState
from models.identifiers import Identifier
from models.shapes import Shape
from service.clock import legal_day
from service.operations.deliver import deliver
from service.operations.demo_checks import use_lists
from service.operations.demo_lists import OFFICERS, decide_lists, disturb, let_days_pass
from service.operations.manage_keys import create_key, list_keys
from service.operations.publish_policy import publish_policy
from service.operations.publish_procedures import publish_shipped
from service.operations.recalculate import Request, publish, recalculate
from service.operations.settle import follow_settled, settle
from service.signing import Signer

Tell = Callable[[str], None]
LOADER = Actor(holder="样例操作员", role=Role.ADMIN)
RUNS = (("yinchuan/2019", date(2026, 3, 31)), ("yinchuan/2026", LAST_DAY))
AFTER_NOTICE = date(2026, 4, 20)
"""When the days of notice and announcement after the first run are over."""
HOLDERS = (
    (Role.PROCUREMENT, "样例采购中心", None),
    (Role.PLATFORM, "样例信用共享平台", None),
    (Role.REGULATOR, OFFICERS[0].holder, None),
    (Role.SOURCE, "样例报送员", AGENCIES[0].code),
    (Role.ADMIN, LOADER.holder, None),
)


class SampleKey(Shape):
    """A key of a sample holder, kept in the demo's folder and nowhere else."""

    role: Role
    holder: str
    text: str


class Demo(Shape):
    """What the demo leaves: keys to try, and the file that nobody has delivered yet."""

    keys: tuple[SampleKey, ...]
    undelivered: Path
    as_of: date


def set_up(database: Database, *, folder: Path, size: int, seed: int, signer: Signer, tell: Tell) -> Demo:
    """Load, evaluate and decide the sample city into a migrated database; what is there already stays."""
    city = write_city(folder, size=size, seed=seed)
    engine = make_engine(database.url)
    try:
        with write_session(engine) as session:
            _publish_policies(session, tell)
            _publish_procedures(session, tell)
            _add_sources(session, tell)
            _deliver(session, (city.registry,), tell)
            _deliver(session, city.records, tell)
        _run(database, *RUNS[0], tell)
        with write_session(engine) as session:
            let_days_pass(session, AFTER_NOTICE, tell)
            _settle(session, tell)
            _deliver(session, city.corrections, tell)
        as_of = min(RUNS[1][1], legal_day())
        _run(database, RUNS[1][0], as_of, tell)
        with write_session(engine) as session:
            let_days_pass(session, as_of, tell)
            decide_lists(session, as_of, tell)
            let_days_pass(session, legal_day(), tell)
            use_lists(session, database, family=RUNS[1][0].partition("/")[0], signer=signer, tell=tell)
            disturb(session, source=AGENCIES[0].code, tell=tell)
            keys = _sample_keys(session, folder / "keys.json", as_of)
    finally:
        engine.dispose()
    return Demo(keys=keys, undelivered=city.undelivered.path, as_of=as_of)


def _publish_policies(session: WriteSession, tell: Tell) -> None:
    for name in ("yinchuan-2019", "yinchuan-2026"):
        text = (files("data.policies") / f"{name}.yaml").read_text(encoding="utf-8")
        made = publish_policy(session, text=text, file=f"{name}.yaml", today=legal_day(), actor=LOADER)
        session.commit()
        if made.is_new:
            tell(f"published policy {made.published.name}, hash {made.published.policy_hash[:12]}")


def _publish_procedures(session: WriteSession, tell: Tell) -> None:
    made = publish_shipped(session, actor=LOADER)
    session.commit()
    if made.new:
        tell(f"published {made.new} procedures by which matters go")


def _add_sources(session: WriteSession, tell: Tell) -> None:
    there = {source.code for source in sources.list_sources(session)}
    missing = [agency for agency in AGENCIES if agency.code not in there]
    for agency in missing:
        sources.add_source(session, agency.code, title_zh=agency.zh, title_en=agency.en, kinds=agency.kinds)
    session.commit()
    if missing:
        tell(f"entitled {len(missing)} sources")


def _deliver(session: WriteSession, delivered: tuple[CityFile, ...], tell: Tell) -> None:
    for one in delivered:
        with one.path.open("rb") as file:
            done = deliver(
                session,
                file=file,
                file_name=one.path.name,
                profile=load_profile(one.profile),
                source=one.source,
                actor=LOADER,
            )
        if not done.is_repeat:
            told = {name: count for name, count in done.counts.model_dump().items() if count and name != "rows_read"}
            tell(f"delivered {one.path.name}: " + ", ".join(f"{count:,} {name}" for name, count in told.items()))


def _settle(session: WriteSession, tell: Tell) -> None:
    """Settle what can be told, as a regulator would: the contradiction and the enterprise that the registry lacked; the rest waits."""
    counts = {"attached": 0, "created": 0}
    for item in queue.list_items(session):
        given = item.record.get("scheme"), item.record.get("value")
        if None in given:
            continue
        is_contradiction = item.reason == "match.contradiction"
        state = QueueState.ATTACHED if is_contradiction else QueueState.CREATED
        settled = settle(
            session,
            queue_id=item.queue_id or 0,
            state=state,
            why="样例：以统一社会信用代码为准" if is_contradiction else "样例：登记信息待补",
            actor=OFFICERS[0],
            identifier=Identifier(scheme=str(given[0]), value=str(given[1])),
        )
        session.commit()
        follow_settled(session, settled)
        counts[state.value] += 1
    if sum(counts.values()):
        tell("settled the queue in part: " + ", ".join(f"{count} {how}" for how, count in counts.items()))


def _sample_keys(session: WriteSession, kept: Path, as_of: date) -> tuple[SampleKey, ...]:
    """Keys of the sample holders and of one listed enterprise; made once for this database, kept in a file that only its owner reads."""
    if kept.exists():
        known = {key.key_id for key in list_keys(session, limit=1000) if key.revoked_at is None}
        there = tuple(SampleKey.model_validate(key) for key in json.loads(kept.read_text(encoding="utf-8")))
        if all(key.text.split("_")[1] in known for key in there):
            return there
    keys = tuple(
        SampleKey(role=role, holder=holder, text=create_key(session, role=role, holder=holder, source=source, actor=LOADER).text)
        for role, holder, source in HOLDERS
    )
    known_seq = resolve(session, None).known_seq
    listed = [
        row
        for name in ("quality_black", "quality_red")
        for row in listings.listed_as_of(session, name, as_of=as_of, known_seq=known_seq, after=0, limit=1)
    ]
    for one in listed[:1]:
        scheme, value, name = listings.identities(driver_connection(session), [one["enterprise_key"]])[one["enterprise_key"]]
        own = Identifier(scheme=scheme, value=value)
        made = create_key(session, role=Role.ENTERPRISE, holder=name or value, enterprise=own, actor=LOADER)
        keys += (SampleKey(role=Role.ENTERPRISE, holder=name or value, text=made.text),)
    session.commit()
    kept.touch(mode=0o600)
    kept.write_text(json.dumps([key.model_dump(mode="json") for key in keys], ensure_ascii=False, indent=1), encoding="utf-8")
    return keys


def _run(database: Database, policy: str, as_of: date, tell: Tell) -> None:
    engine = make_engine(database.url)
    try:
        with read_session(engine) as session:
            if any(run.policy == policy and run.state == "published" for run in runs.list_runs(session)):
                return
    finally:
        engine.dispose()
    request = Request(as_of=as_of, family=policy.partition("/")[0], policy=policy)
    run_id = recalculate(database, request, actor=LOADER)
    done = publish(database, run_id, actor=LOADER, noticed_on=as_of)  # history: as if told on the run's own day
    told = [f"{one.list}: {one.entered} entered, {one.left} left, {one.proposed} proposed" for one in done.lists]
    tell(f"run {run_id} of {policy} as of {as_of}: {done.standings_changed:,} standings; " + "; ".join(told))
