"""What each cause moves leads from one answer to the other, for every enterprise of a city."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from data.database import connect, make_engine, read_session, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from models.access import Actor, Role
from service.operations.differ import End, differ, ends_of
from service.operations.explain import subject_of
from service.operations.publish_policy import publish_policy

OPERATOR = Actor(holder="operator", role=Role.ADMIN)
DAY, TODAY = date(2026, 1, 31), date(2026, 10, 31)


def test_the_lists_that_parts_move_lead_from_one_answer_to_the_other(clone: Callable[[], str]) -> None:
    url = clone()
    load_relations(url, 400)
    engine = make_engine(url)
    with write_session(engine) as session:
        for name in ("yinchuan-2019.yaml", "yinchuan-2026.yaml"):
            publish_policy(session, text=(SHIPPED / name).read_text(encoding="utf-8"), file=name, today=DAY, actor=OPERATOR)
        session.commit()
    with connect(url) as connection:
        listed = "SELECT DISTINCT value FROM enterprise_identifier JOIN record USING (enterprise_key) WHERE kind IN ('penalty', 'award')"
        codes = [str(code) for (code,) in connection.execute(listed).fetchall()]
    moved = set()
    with read_session(engine) as session:
        now = datetime.now(UTC)
        before, after = End(DAY, now, "yinchuan/2019"), End(TODAY, now, "yinchuan/2026")
        ends = ends_of(session, before, after, family="yinchuan", now=now)
        for code in codes:
            subject = subject_of(session, "cn-uscc", code, actor=OPERATOR, today=TODAY, as_of=None, known_at=None)
            found = differ(session, subject, ends, today=TODAY)
            standing: dict[str, str] = dict(found.before.lists)
            for part in found.parts:
                for one in part.lists:
                    assert standing.pop(one.list, "off") == one.before != one.after
                    moved.add(one.list)
                    if one.after != "off":
                        standing[one.list] = one.after
            assert standing == found.after.lists
    engine.dispose()
    assert moved >= {"quality_red", "quality_black"}
