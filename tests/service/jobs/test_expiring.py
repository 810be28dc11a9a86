from datetime import date

from data.database import make_engine, write_session
from data.stores import changes, jobs, listings
from models.listings import Cause
from service.jobs.expiring import EXPIRY, expire_today
from service.jobs.kinds import BY_ITSELF, Nothing
from service.jobs.ordering import order_job
from tests.entries import add_enterprise, add_policy, add_run, black, enter
from tests.service.jobs.working import ended, worked


def test_an_entry_that_is_over_ends_and_ends_once_however_often_the_job_is_done(database: str) -> None:
    engine = make_engine(database)
    with write_session(engine) as session:
        add_enterprise(session, 1)
        (entry,) = enter(session, black(1, run_id=add_run(session, add_policy(session)), ends_on=date(2026, 4, 1)))
        twice = [order_job(session, EXPIRY, Nothing(), actor=BY_ITSELF) for _ in range(2)]
        session.commit()
    with worked(database):
        told = [ended(engine, job_id) for job_id in twice]
    assert [(job["state"], job["result"]["ended"]) for job in told] == [("finished", {"expired": 1}), ("finished", {})]
    with write_session(engine) as session:
        row = listings.get_listing(session, entry)
        assert (row["ended_on"], row["end_cause"]) == (date(2026, 4, 1), Cause.EXPIRED)
        assert changes.verify_chain(session).seq == 2
        assert [job["job_id"] for job in jobs.list_jobs(session)] == twice[::-1]
    assert expire_today(engine).ended == {}
    engine.dispose()
