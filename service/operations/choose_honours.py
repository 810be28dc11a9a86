"""Whether an enterprise's honours are shown to others: awards, charity and red entries. Its own choice, with effect at once."""

from datetime import UTC, datetime

from data.database import WriteSession
from data.stores import honours
from service.operations.act_for import Own
from service.own_answers import HonoursChosen


def choose_honours(session: WriteSession, own: Own, *, are_shown: bool) -> HonoursChosen:
    """Decline or resume; the caller commits. What the choice is already, stays. Law: the right to decline (深圳 art. 39)."""
    changed = honours.choose(session, own.key, are_shown=are_shown, by=own.signed, at=datetime.now(UTC))
    return HonoursChosen(are_honours_shown=are_shown, has_changed=changed)
