"""The text of a policy as a command names it: a file, or a published version."""

from pathlib import Path

from data.stores.policies import get_policy
from models.errors import Malformed
from service.commands.opening import reading


class Unreadable(Malformed):
    """The file cannot be read as text."""

    code = "policy.unreadable"


def text_of(file: Path) -> str:
    """A policy file as text. Raises `Unreadable`."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{file} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from error


def named_text(name: str) -> str:
    """The text of a file, or of a published version that is named like one (`family/version`)."""
    if not Path(name).exists() and name.count("/") == 1 and not name.endswith((".yaml", ".yml")):
        with reading() as session:
            return get_policy(session, name).text
    return text_of(Path(name))
