"""What a mirror refuses to go on with."""

from models.errors import CreditError


class Unreachable(CreditError):
    """The service does not answer, or not with what was asked for; trying again later is right."""

    code = "mirror.unreachable"


class Declined(CreditError):
    """The service answers, and refuses."""

    code = "mirror.declined"


class NotAMirror(CreditError):
    """The folder holds something else, or is used by another process."""

    code = "mirror.folder"


class RolledBack(CreditError):
    """What the service signed is older than what it signed before."""

    code = "mirror.rolled_back"


class Tampered(CreditError):
    """The copy, or what came for it, is not what was signed."""

    code = "mirror.tampered"
