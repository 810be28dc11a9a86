"""What a database's error means for whoever asked, so that no floor above has to know a driver."""

from enum import StrEnum

import adbc_driver_manager
import psycopg
from sqlalchemy import exc

from data.database import Unreachable


class Failure(StrEnum):
    """Whose fault an error of the database is, and whether trying again helps."""

    UNAVAILABLE = "unavailable"
    """No connection, a lock or a statement that took too long, a full disk: nothing was changed, and later it may work."""
    UNSTORABLE = "unstorable"
    """A value that no database text or number holds, such as NUL in a text: the request's fault."""
    OURS = "ours"


DATABASE_ERRORS: tuple[type[Exception], ...] = (psycopg.Error, exc.DBAPIError, exc.TimeoutError)
"""Every kind of exception through which a database's error can surface; those of the pool are errors of psycopg."""


def failure_of(error: BaseException) -> Failure:
    """Tell what kind of failure an exception is, whichever layer raised it."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    match cause:
        case psycopg.DataError() | UnicodeEncodeError():
            return Failure.UNSTORABLE
        case (
            Unreachable()
            | psycopg.OperationalError()
            | psycopg.InterfaceError()
            | exc.TimeoutError()
            | adbc_driver_manager.OperationalError()
        ):
            return Failure.UNAVAILABLE
        case _:
            return Failure.OURS
