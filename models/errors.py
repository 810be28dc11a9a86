"""Errors raised on purpose: each says what is wrong, where, and what to do next, under a stable code."""

from typing import ClassVar


class CreditError(Exception):
    """Something a user of the service can act on.

    `code` is stable: callers, problem answers and documentation refer to it.
    """

    code: ClassVar[str] = "credit.error"


class NotFound(CreditError):
    """What was asked for is absent, or not the asker's to see."""

    code = "not_found"


class Refused(CreditError):
    """The request is well formed, but a rule or the present state does not allow it."""

    code = "refused"


class Malformed(CreditError):
    """The request or file cannot be read as what it should be."""

    code = "malformed"
