import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from data.database import make_engine, read_session, write_session


def test_read_session_refuses_writes(database: str) -> None:
    engine = make_engine(database)
    with read_session(engine) as session, pytest.raises(InternalError, match="read-only transaction"):
        session.execute(text("CREATE TABLE x (a int)"))
    with write_session(engine) as session:
        session.execute(text("CREATE TABLE x (a int)"))
        session.commit()
    engine.dispose()


def test_db_works(db):
    db.execute(text("CREATE TABLE x (a int)"))
    db.commit()
