"""Replaying all deliveries, in any order that keeps revisions in order, gives the same facts."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from data.database import JOB, WriteSession, make_engine, write_session
from tests.counter import NOBODY, A, B, bring, facts, open_counter, register, row

REFS = ("1", "2", "3")


@pytest.fixture(scope="module")
def engine(clone: Callable[[], str]) -> Iterator[Engine]:
    engine = make_engine(clone(), limits=JOB, size=1)
    with write_session(engine) as session:
        open_counter(session)
        session.commit()
    yield engine
    engine.dispose()


# One delivery: some of the references, each with a bearer and a fine; marks are drawn later, in the order of the list.
said = st.tuples(st.sampled_from((A, B, NOBODY)), st.integers(1, 3), st.booleans())
deliveries = st.lists(st.dictionaries(st.sampled_from(REFS), said, min_size=1), min_size=1, max_size=4)
fresh = count()


def replayed(
    engine: Engine, told: list[dict[str, tuple[str, int, bool]]], order: list[int], *, registry_at: int
) -> list[tuple[object, ...]]:
    """Deliver in an order, each row with the mark of its place in the original one, and give the facts; everything is rolled back."""
    with engine.connect() as connection:
        transaction = connection.begin()
        session = WriteSession(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        for step, number in enumerate(order):
            if step == registry_at:
                register(session, [{"cn_uscc": NOBODY, "name": "样例丙有限公司"}], key=f"r{next(fresh)}")
            rows = [
                row(ref, bearer, source_mark=str(number + 1), withdrawn="yes" if gone else "", **{"quantities.fine_cny": str(fine)})
                for ref, (bearer, fine, gone) in told[number].items()
            ]
            bring(session, *rows, key=f"d{next(fresh)}")
        if registry_at >= len(order):
            register(session, [{"cn_uscc": NOBODY, "name": "样例丙有限公司"}], key=f"r{next(fresh)}")
        known = facts(session)
        session.close()
        transaction.rollback()
    return known


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=deliveries, data=st.data())
def test_deliveries_replayed_in_any_order_that_the_marks_allow_give_the_same_facts(
    engine: Engine, told: list[dict[str, tuple[str, int, bool]]], data: st.DataObject
) -> None:
    plain = list(range(len(told)))
    order = data.draw(st.permutations(plain))
    at = data.draw(st.integers(0, len(told)))
    assert replayed(engine, told, order, registry_at=at) == replayed(engine, told, plain, registry_at=0)
