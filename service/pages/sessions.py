"""Who reads a page: the cookie of a signed-in browser, its making and its end, and the guard of what a form may do.

The cookie holds a random token and not the key; the API never reads it. See docs/decisions/0040-how-a-key-reaches-a-page.md.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from data.stores.page_sessions import FIND_SESSION
from models.access import Actor, Role
from models.errors import Refused
from service.access import NOBODY, WrongRole
from service.districts import keep_within
from service.house import house_of
from service.operations.sign_in import SignedIn, hash_token
from service.pages.rendering import HEADERS

PLAIN, GUARDED = "qcredit_session", "__Host-qcredit_session"


class ForeignForm(Refused):
    """A form of another site tried to act here."""

    code = "page.foreign_form"


class SignInFirst(Exception):
    """Who reads is to sign in, and comes back to this address then."""

    def __init__(self, back_to: str) -> None:
        """back_to: a page of this service, which can be read."""
        super().__init__(back_to)
        self.back_to = back_to


@dataclass(frozen=True)
class Reader:
    """Who reads; without a session that holds, the public."""

    actor: Actor
    is_signed_in: bool


def token_of(request: Request) -> str | None:
    return request.cookies.get(_name(request))


async def read_reader(request: Request) -> Reader:
    """The holder of the key that this browser signed in with. A session that is over is none, and no error: pages are for everybody."""
    token = token_of(request)
    if not token:
        return Reader(NOBODY, is_signed_in=False)
    asked = {"token_hash": hash_token(token), "now": datetime.now(UTC)}
    async with house_of(request).pool.connection() as connection:
        found = await (await connection.execute(FIND_SESSION, asked, prepare=True)).fetchone()
    if found is None:
        return Reader(NOBODY, is_signed_in=False)
    actor = Actor(**found | {"role": Role(found["role"])})
    return Reader(actor, is_signed_in=True)


ReaderDep = Annotated[Reader, Depends(read_reader)]


def for_roles(roles: frozenset[Role], *, home: str) -> Any:
    """The dependency of a page that is for some roles alone: its reader, signed in, and held to a district where the key bears one.

    home: where somebody comes back to who sent a form without being signed in. Raises `SignInFirst`, `access.role` and what
    `keep_within` raises.
    """

    async def read(request: Request, reader: ReaderDep) -> Reader:
        if not reader.is_signed_in:
            raise SignInFirst(request.url.path if request.method == "GET" else home)
        if reader.actor.role not in roles:
            raise WrongRole(f"A key of role {reader.actor.role} may not do this. {', '.join(sorted(roles))} may.")
        if reader.actor.region is not None:
            house = house_of(request)
            async with house.pool.connection() as connection:
                door = house.doors[request.scope["endpoint"]]
                await keep_within(connection, reader.actor, door=door, parameters=request.path_params)
        return reader

    return Depends(read)


async def lead_to_sign_in(_request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInFirst)
    return RedirectResponse(f"/sign-in?{urlencode({'back_to': error.back_to})}", status_code=303, headers=HEADERS)


async def let_out_reader(request: Request, reader: ReaderDep) -> None:
    """What tells of the lists goes out through the gate, on pages too. Raises `publication.stopped`."""
    await house_of(request).gate.let_out(reader.actor)


def set_cookie(request: Request, response: Response, signed_in: SignedIn) -> None:
    response.set_cookie(
        _name(request),
        signed_in.token,
        expires=signed_in.ends_at,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="strict",
    )


def drop_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(_name(request), path="/", secure=_is_secure(request), httponly=True, samesite="strict")


def refuse_foreign_forms(request: Request) -> None:
    """A form acts only from a page of this service: by what the browser says of its origin. Raises `page.foreign_form`.

    Browsers send `Sec-Fetch-Site` on secure connections and `Origin` on every form; what sends neither is no browser and carries no cookie
    unasked.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise ForeignForm("This form was sent from a page of another site. Open the page of this service and send it from there.")


def _is_secure(request: Request) -> bool:
    """Plain HTTP is served on loopback only, or behind a proxy that says which scheme it speaks."""
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return GUARDED if _is_secure(request) else PLAIN
