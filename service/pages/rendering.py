"""From a frozen page object to bytes: the templates, and the headers that keep what is shown where it belongs."""

import hashlib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.pages.frame import LANGUAGE_COOKIE, Frame

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""No script at all, and nothing from anywhere else."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # with `no-referrer` browsers hide the origin of our own forms
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-store",
    "Vary": "Cookie, Accept-Language",
}
YEAR_S = 31_536_000


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("service", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["style_address"] = f"/static/page.css?v={tag_of('page.css')}"
    made.filters["day"] = _day
    return made


def _day(value: date | None) -> str | Markup:
    """A day that machines read too."""
    return Markup('<time datetime="{0}">{0}</time>').format(value.isoformat()) if value else ""


def respond_page(
    request: Request, name: str, page: object, *, frame: Frame, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """One page; a language that was asked for in the address is remembered by the browser."""
    body = environment().get_template(name).render(page=page, frame=frame)
    response = Response(body, status_code=status, headers=HEADERS | (headers or {}), media_type="text/html")
    if request.query_params.get("lang") in ("zh", "en"):
        response.set_cookie(LANGUAGE_COOKIE, frame.language, max_age=YEAR_S, path="/", samesite="lax", httponly=True)
    return response


@cache
def static_file(name: str) -> bytes | None:
    """One of the few files of ours; nothing outside their folder is reachable by any name."""
    known: dict[str, Any] = {file.name: file for file in files("service.static").iterdir() if file.name.endswith((".css", ".svg"))}
    found = known.get(name)
    return bytes(found.read_bytes()) if found is not None else None


def tag_of(name: str) -> str:
    return hashlib.blake2b(static_file(name) or b"", digest_size=8).hexdigest()
