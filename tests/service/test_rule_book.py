"""The memory of policies that the hot reads lean on."""

import asyncio
from datetime import date

from data.database import AsyncConnection, make_engine, read_pool
from models.results import Question
from scoring.runs.answering import answer_many_async
from service.app import HOT
from service.rule_book import RuleBook
from tests.service.conftest import Served
from tests.service.town import CLEAN

DAY = date(2026, 5, 1)
ASKED = [Question(enterprise_key=CLEAN.key, as_of=DAY, known_seq=10)]


async def planned(connection: AsyncConnection) -> tuple[int, int]:
    """How many live statements this connection has prepared, and how often it ran one of them by its plan."""
    found = await connection.execute(
        "SELECT count(*)::int AS statements, coalesce(sum(generic_plans), 0)::int AS runs FROM pg_prepared_statements"
        " WHERE statement LIKE 'WITH questions%'"
    )
    row = await found.fetchone()
    assert row is not None
    return row["statements"], row["runs"]


def test_every_connection_has_planned_the_live_statement_before_it_is_handed_out(town: Served) -> None:
    engine = make_engine(town.url, size=2)
    rules = RuleBook(engine, family="yinchuan")

    async def look() -> list[tuple[int, int]]:
        async with (
            read_pool(town.url, size=2, settings=HOT, warm=rules.warm) as pool,
            pool.connection() as one,
            pool.connection() as other,
        ):
            ready = await rules.choose(None, as_of=DAY, known_seq=10)
            seen = []
            for connection in (one, other):
                seen.append(await planned(connection))
                await answer_many_async(connection, ready.statements, ready.rules, ASKED)
                seen.append(await planned(connection))
            return seen

    assert asyncio.run(look()) == [(1, 1), (1, 2)] * 2
    engine.dispose()


def test_without_a_policy_there_is_nothing_to_plan_and_the_connections_open(database: str) -> None:
    engine = make_engine(database, size=1)
    rules = RuleBook(engine, family="yinchuan")

    async def look() -> tuple[int, int]:
        async with read_pool(database, size=1, settings=HOT, warm=rules.warm) as pool, pool.connection() as connection:
            return await planned(connection)

    assert asyncio.run(look()) == (0, 0)
    engine.dispose()
