"""What is said of a receipt that somebody hands in."""

from datetime import date, datetime
from typing import Literal

from models.checks import Purpose
from models.shapes import Bilingual, Shape
from models.signatures import KeyState
from models.verdicts import Verdict
from service.enterprise_answers import EnterpriseNamed


class SupplierSince(Shape):
    """One supplier of a receipt: what it said, and whether that has changed."""

    no: int
    enterprise: EnterpriseNamed | None
    verdict: Verdict | None
    """As the receipt says."""
    changed: bool | None
    """Null where nothing can or may be told: not found then, or a natural person that is on no list."""
    gone: int
    """Entries of then that hold no more, or may no longer be shown; which ones is for nobody to say."""
    moved: tuple[Bilingual, ...]
    """Lists whose entry has another state now, such as stayed."""
    entered: tuple[Bilingual, ...]
    """Lists with an entry that was not there then."""
    records_changed: bool | None
    """Whether other grave records count now; null for who may not see records."""
    verdict_now: Verdict | None
    """What would follow today; null for who may not see records."""


class Verified(Shape):
    """A receipt whose signature fits, or a page of one; what is known here of it, and what has changed since."""

    what: Literal["receipt", "page"]
    check_id: int
    signed_at: datetime
    kid: str
    key_state: KeyState
    revoked_from: datetime | None
    """The key was revoked later than this was signed, as it says itself; trust it only if `is_kept`."""
    is_kept: bool
    """Whether exactly this is kept here."""
    asked_by: str
    asked_at: datetime
    purpose: Purpose
    matter: str | None
    as_of: date
    compared_on: date
    suppliers: tuple[SupplierSince, ...]


class ReceiptGiven(Shape):
    """A receipt as text: a compact JWS, its JSON form, or the address of a code."""

    receipt: str
