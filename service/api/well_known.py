"""The public keys by which anybody verifies what this service signed."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from pydantic_core import to_json

from models.shapes import Shape
from models.signatures import KeyState
from service.answers import respond_bytes
from service.house import ReadSessionDep
from service.signing import published_keys

router = APIRouter(prefix="/.well-known", tags=["keys"])
MEDIA_TYPE = "application/jwk-set+json"
CACHE = "public, max-age=300"
"""A revoked key is known to everybody after five minutes."""


class PublishedKey(Shape):
    """The public half of an Ed25519 key (RFC 8037), with what may be thought of its signatures."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str
    status: KeyState
    made_at: str
    retired_at: str | None = None
    """It signed nothing after this instant."""
    revoked_from: str | None = None
    """Nothing it signed from this instant on is to be trusted."""


class KeySet(Shape):
    """A JSON Web Key Set (RFC 7517): every key there ever was, newest first."""

    keys: Annotated[tuple[PublishedKey, ...], Field(max_length=10_000)]


@router.get("/jwks.json", response_model=KeySet)
def read_signing_keys(request: Request, session: ReadSessionDep) -> Response:
    """Give the keys that signed and sign here: active, retired (what they signed stays good) and revoked from an instant."""
    body = to_json(published_keys(session))
    return respond_bytes(request, body, media_type=MEDIA_TYPE, headers={"Cache-Control": CACHE, "Vary": "Accept-Encoding"})
