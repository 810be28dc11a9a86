"""What one process of the service holds from start to end: settings, database, pools; handlers reach it through their request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from data.database import (
    Database,
    Engine,
    Pool,
    ReadSession,
    RehearsalSession,
    WriteSession,
    read_session,
    rehearsal_session,
    write_session,
)
from models.access import Role
from models.jobs import Schedule
from service.desk import Desk
from service.enquiry_log import EnquiryLog
from service.gate import Gate
from service.holdings import HoldingsBoard
from service.jobs.kinds import Place
from service.rule_book import RuleBook
from service.settings import Settings
from service.signing import Signer


@dataclass(frozen=True)
class House:
    """Opened by the application's lifespan, closed by it."""

    settings: Settings
    database: Database
    engine: Engine
    jobs: Engine
    """For work that may take long: deliveries, runs and their publication."""
    place: Place
    """What jobs are given to work with."""
    schedules: tuple[Schedule, ...]
    pool: Pool
    access: Mapping[Any, frozenset[Role]]
    """Endpoint -> who may call it."""
    doors: Mapping[Any, str]
    """Endpoint -> a row of the access table that it serves."""
    board: HoldingsBoard
    rules: RuleBook
    signer: Signer
    enquiries: EnquiryLog
    gate: Gate
    desk: Desk
    """Where decisions wait for one another."""


def house_of(request: Request) -> House:
    house = request.app.state.house
    assert isinstance(house, House)
    return house


def settings_of(request: Request) -> Settings:
    return house_of(request).settings


def _reading(request: Request) -> Iterator[ReadSession]:
    with read_session(house_of(request).engine) as session:
        yield session


def _writing(request: Request) -> Iterator[WriteSession]:
    with write_session(house_of(request).engine) as session:
        yield session


def _working(request: Request) -> Iterator[WriteSession]:
    with write_session(house_of(request).jobs) as session:
        yield session


def _rehearsing(request: Request) -> Iterator[RehearsalSession]:
    with rehearsal_session(house_of(request).engine) as session:
        yield session


RehearsalSessionDep = Annotated[RehearsalSession, Depends(_rehearsing)]
ReadSessionDep = Annotated[ReadSession, Depends(_reading)]
WriteSessionDep = Annotated[WriteSession, Depends(_writing)]
JobSessionDep = Annotated[WriteSession, Depends(_working)]
"""The handler commits, last of all; what it did not commit is undone."""


def signer_of(request: Request) -> Signer:
    return house_of(request).signer


SignerDep = Annotated[Signer, Depends(signer_of)]
SettingsDep = Annotated[Settings, Depends(settings_of)]


async def _fresh_board(request: Request) -> HoldingsBoard:
    board = house_of(request).board
    await board.refresh()
    return board


Board = Annotated[HoldingsBoard, Depends(_fresh_board)]
"""What is held here, read a few seconds ago at most."""
