"""The application: its routes tied to the access table, its pools opened on start, its database named and checked."""

import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from data.database import JOB, Database, Engine, locate, make_engine, read_pool, read_session, write_session
from data.schema import check_schema
from data.stores import publication as publication_store
from models.access import Actor, Role
from service.access import ACCESS, bind_access, let_out, routes_of
from service.api import (
    change_files,
    changes,
    checks,
    consumers,
    deliveries,
    enterprises,
    evidence,
    feedback,
    freshness,
    health,
    jobs,
    keys,
    lists,
    matters,
    measures,
    own,
    papers,
    policies,
    policy_drafts,
    proofs,
    proposals,
    publication,
    queue,
    receipts,
    recounts,
    rehearsals,
    remedies,
    runs,
    same_as,
    snapshots,
    sources,
    targets,
    test_feed,
    watches,
    webhooks,
    well_known,
)
from service.body_limit import BodyLimit
from service.description import describe
from service.desk import Desk
from service.enquiry_log import EVERY_S, EnquiryLog
from service.gate import Gate
from service.holdings import HoldingsBoard
from service.house import House
from service.jobs import catalogue
from service.jobs.heartbeat import keep_beating
from service.jobs.kinds import Place
from service.jobs.minding import keep_minding
from service.jobs.repeating import keep_doing
from service.jobs.resuming import keep_resuming
from service.jobs.telling import keep_telling
from service.jobs.working import keep_working
from service.operations.manage_signing_keys import ensure_signing_key
from service.operations.publication import Stopped, refuse_stopped
from service.operations.publish_measures import ensure_measures
from service.outbound import Outside
from service.pages import checks as check_pages
from service.pages import difference as difference_page
from service.pages import doors, files, find
from service.pages import freshness as freshness_page
from service.pages import matters as matter_pages
from service.pages import own as own_pages
from service.pages import receipts as receipt_pages
from service.pages import rehearsals as rehearsal_pages
from service.pages import targets as target_pages
from service.pages.problem_page import respond_problem
from service.pages.sessions import SignInFirst, lead_to_sign_in, let_out_reader
from service.problems import install_problems
from service.rule_book import RuleBook
from service.settings import Settings, read_settings
from service.signing import Signer

VERSION = "v1"
SERVICE = Actor(holder="service", role=Role.ADMIN)
LOG = logging.getLogger("qcredit")
ROUTERS = (
    enterprises.router,  # routes are tried in this order, and this one is hot
    changes.router,
    find.router,
    files.router,
    difference_page.router,
    doors.router,
    own_pages.router,
    health.router,
    enterprises.look_ups,
    lists.router,
    checks.router,
    evidence.router,
    receipts.router,
    checks.exports,
    watches.router,
    feedback.router,
    measures.router,
    policies.router,
    policy_drafts.router,
    rehearsals.router,
    rehearsal_pages.router,
    matter_pages.router,
    sources.router,
    targets.router,
    deliveries.router,
    queue.router,
    same_as.router,
    runs.router,
    recounts.router,
    jobs.router,
    jobs.schedules,
    proofs.router,
    snapshots.router,
    change_files.router,
    change_files.schemas,
    test_feed.router,
    freshness.router,
    freshness_page.router,
    target_pages.router,
    consumers.router,
    webhooks.router,
    publication.router,
    proposals.router,
    matters.router,
    keys.router,
    well_known.router,
    own.router,
    papers.router,
    check_pages.router,
    receipt_pages.router,
    remedies.mandates,
    remedies.replies,
    remedies.repairs,
    remedies.objections,
    remedies.entries,
    remedies.cascades,
)
GOING_OUT = (
    changes.router,
    change_files.router,
    lists.router,
    snapshots.router,
    proofs.router,
    enterprises.look_ups,
    checks.router,
    receipts.router,
    watches.router,
)
"""Nothing of these goes out while publication is stopped; a few routes of others say so themselves."""
PAGES_GOING_OUT = (check_pages.router, receipt_pages.router)
HOT = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
"""For the hot reads: planning one of their statements costs more than running it."""


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Build the service; without arguments from the environment. Starting it raises when the database is not what it needs."""
    settings = settings or read_settings(os.environ)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        found = database or locate()
        LOG.info("database: %s", found.describe())
        engine = make_engine(found.url, size=settings.write_connections)
        long_work = make_engine(found.url, limits=JOB, size=4)
        noted = EnquiryLog(long_work)
        place = Place(found, long_work, settings.family)
        try:
            check_schema(engine)
            signer = _signer(settings, engine)
            _tell_whether_published(engine)
            rules = RuleBook(engine, family=settings.family)
            planned = catalogue.schedules(settings.schedules)
            async with (
                read_pool(found.url, size=settings.read_connections, settings=HOT, warm=rules.warm) as pool,
                keep_beating(long_work, signer),
                keep_minding(place, planned),
                keep_working(place, at_once=settings.jobs),
                keep_telling(long_work, outside=Outside(allows_private=settings.webhook_private), signer=signer),
                keep_resuming(long_work),
                keep_doing(noted.write, name="writing enquiries", first_after_s=EVERY_S, every_s=EVERY_S),
            ):
                app.state.house = House(
                    settings=settings,
                    database=found,
                    engine=engine,
                    jobs=long_work,
                    place=place,
                    schedules=planned,
                    pool=pool,
                    access=access,
                    doors=doors,
                    board=HoldingsBoard(pool),
                    rules=rules,
                    signer=signer,
                    enquiries=noted,
                    gate=Gate(pool),
                    desk=Desk(),
                )
                # What was loaded to start stays: otherwise each full collection walks the engines' libraries (0.3 s), and a request waits.
                gc.collect()
                gc.freeze()
                yield
            noted.write()
        finally:
            gc.unfreeze()
            engine.dispose()
            long_work.dispose()

    app = FastAPI(
        title="Enterprise quality credit",
        version=VERSION,
        summary="Who is on which list and why; what the score of an enterprise rests on; what changed.",
        lifespan=lifespan,
        docs_url=None,  # the interactive pages load script from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name_of,
    )
    install_problems(app)
    app.add_exception_handler(SignInFirst, lead_to_sign_in)
    app.state.problem_page = respond_problem
    for router in ROUTERS:
        gate = let_out_reader if router in PAGES_GOING_OUT else let_out if router in GOING_OUT else None
        app.include_router(router, dependencies=[Depends(gate)] if gate else None)
    # The hot read is also tried before all else as a bare route: to match it and look for its dependencies costs a sixth of its time.
    hot = Route(f"{enterprises.router.prefix}/{{scheme}}/{{value}}", enterprises.read_enterprise, methods=["GET"], name="hot")
    app.router.routes.insert(0, hot)
    access = bind_access(app)
    doors = {endpoint: name for name, endpoint in routes_of(app).items()}
    app.add_middleware(BodyLimit, limit=settings.body_limit, upload_limit=settings.upload_limit)
    app.openapi = lambda: description(app)  # type: ignore[method-assign]  # the framework's own way to extend the document
    return app


def _tell_whether_published(engine: Engine) -> None:
    """Say at the start when nothing will be published, and what helps."""
    with read_session(engine) as session:
        try:
            refuse_stopped(publication_store.stands(session))
        except Stopped as fault:
            LOG.warning("%s", fault)


def _signer(settings: Settings, engine: Engine) -> Signer:
    """What signs here; a database that never had a key or a catalogue of measures gets its first one."""
    signer = Signer(settings.signing_secret.get_secret_value() if settings.signing_secret else None)
    with write_session(engine) as session:
        ensure_measures(session, actor=SERVICE)
        session.commit()
        if (made := ensure_signing_key(session, signer=signer, actor=SERVICE)) is not None:
            session.commit()
            LOG.info("made the first signing key: %s", made.kid)
    return signer


def _name_of(route: APIRoute) -> str:
    """Operations are called as their functions are; a test holds that no two are called alike."""
    return route.name


def description(app: FastAPI) -> dict[str, Any]:
    """The API's description, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = describe(app, ACCESS)
    return app.openapi_schema
