import asyncio
from datetime import date

import pytest

from data.database import make_engine, write_session
from data.stores import changes, listings
from models.listings import Cause
from service.jobs.expiring import expire_today, keep_expiring
from tests.entries import add_enterprise, add_policy, add_run, black, enter


def test_an_entry_ends_by_itself_while_the_service_runs(database: str) -> None:
    engine = make_engine(database)
    with write_session(engine) as session:
        add_enterprise(session, 1)
        (entry,) = enter(session, black(1, run_id=add_run(session, add_policy(session)), ends_on=date(2026, 4, 1)))
        session.commit()

    async def serve() -> None:
        async with keep_expiring(engine, first_after_s=0, every_s=0.01):
            for _ in range(1000):
                await asyncio.sleep(0.01)
                with write_session(engine) as session:
                    if listings.get_listing(session, entry)["state"] == "ended":
                        return

    asyncio.run(serve())
    with write_session(engine) as session:
        row = listings.get_listing(session, entry)
        assert (row["ended_on"], row["end_cause"]) == (date(2026, 4, 1), Cause.EXPIRED)
        assert changes.verify_chain(session).seq == 2
    assert expire_today(engine).ended == {}
    engine.dispose()


def test_a_database_that_is_away_is_tried_again(database: str, caplog: pytest.LogCaptureFixture) -> None:
    broken = make_engine(database.replace("/test_", "/gone_"))

    async def serve() -> None:
        async with keep_expiring(broken, first_after_s=0, every_s=0.01):
            for _ in range(500):
                await asyncio.sleep(0.01)
                if len(caplog.records) >= 2:
                    return

    asyncio.run(serve())
    assert "tried again" in caplog.text
    broken.dispose()
