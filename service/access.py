"""Who may call what: one table of routes and roles, and the key that says who calls.

A key is sent as `Authorization: Bearer qck_<identity>_<secret>`. Pages know their reader by a session of their own
(`service.pages.sessions`); the API never reads a cookie, so that no other site can make a browser act. No key is the role `public`.
What a role may not see of an object that exists is `404`, as if it did not.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from data.stores.keys import FIND_KEY
from models.access import Actor, Role
from models.errors import CreditError, Refused
from service.districts import keep_within
from service.house import house_of
from service.operations.manage_keys import secret_fits, split_key

NOBODY = Actor(holder="public", role=Role.PUBLIC)

EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.REGULATOR, Role.AUDITOR, Role.ADMIN})
INSIGHT = STAFF | {Role.PROCUREMENT}
FOLLOWERS = INSIGHT | {Role.PLATFORM}
"""Not the public: the log tells what has ended, too."""
CHECKERS = frozenset({Role.PROCUREMENT, Role.REGULATOR})
OFFICERS = frozenset({Role.REGULATOR})
DELIVERERS = frozenset({Role.SOURCE, Role.REGULATOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
AUDITORS = frozenset({Role.AUDITOR})
REPORTERS = frozenset({Role.PLATFORM, Role.SOURCE, Role.PROCUREMENT, Role.REGULATOR})
"""Agencies that apply measures, and the platform that reports for them."""
"""Each its own file alone, and those for which it holds a mandate."""
"""Who may stop publication, and agree to go on."""
ENTERPRISES = frozenset({Role.ENTERPRISE})
PLATFORMS = frozenset({Role.PLATFORM})
SWITCHERS = frozenset({Role.REGULATOR, Role.ADMIN})

ACCESS: Mapping[str, frozenset[Role]] = {
    "GET /healthz": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /openapi.json": EVERYBODY,
    "GET /.well-known/jwks.json": EVERYBODY,
    "GET /": EVERYBODY,
    "GET /enterprises/{scheme}/{value}": EVERYBODY,
    "GET /static/{name}": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY,
    "POST /sign-out": EVERYBODY,
    "GET /checks": EVERYBODY,
    "GET /checks/new": EVERYBODY,
    "POST /checks/new": EVERYBODY,
    "GET /checks/{check_id}": EVERYBODY,
    "GET /checks/{check_id}/receipt.{form}": EVERYBODY,
    "POST /checks/{check_id}/watch": EVERYBODY,
    "POST /watches/{watch_id}/reading": EVERYBODY,
    "GET /receipts/verify": EVERYBODY,
    "POST /receipts/verify": EVERYBODY,
    "GET /rehearsals": EVERYBODY,
    "GET /rehearsals/{rehearsal_id}": EVERYBODY,
    "GET /rehearsals/{rehearsal_id}/{name}": EVERYBODY,
    "GET /own": EVERYBODY,
    "GET /own/{scheme}/{value}": EVERYBODY,
    "POST /own/{scheme}/{value}/replies": EVERYBODY,
    "POST /own/{scheme}/{value}/replies/{reply_id}/withdrawal": EVERYBODY,
    "POST /own/{scheme}/{value}/objections": EVERYBODY,
    "POST /own/{scheme}/{value}/repairs": EVERYBODY,
    "GET /worklist": EVERYBODY,
    "GET /matters/proposals/{proposal_id}": EVERYBODY,
    "GET /matters/repairs/{repair_id}": EVERYBODY,
    "GET /matters/objections/{objection_id}": EVERYBODY,
    "GET /matters/repairs/{repair_id}/papers/{sha256}": EVERYBODY,
    "GET /matters/objections/{objection_id}/papers/{sha256}": EVERYBODY,
    "POST /matters/proposals/{proposal_id}/steps": EVERYBODY,
    "POST /matters/proposals/{proposal_id}/decision": EVERYBODY,
    "POST /matters/repairs/{repair_id}/steps": EVERYBODY,
    "POST /matters/objections/{objection_id}/decision": EVERYBODY,
    "POST /own/{scheme}/{value}/repairs/{repair_id}/papers": EVERYBODY,
    "POST /own/{scheme}/{value}/proposals/{proposal_id}/statement": EVERYBODY,
    "POST /own/{scheme}/{value}/honours": EVERYBODY,
    "POST /own/{scheme}/{value}/promises": EVERYBODY,
    "POST /own/{scheme}/{value}/mandates": EVERYBODY,
    "POST /own/{scheme}/{value}/mandates/{mandate_id}/revocation": EVERYBODY,
    "GET /v1/look-up": EVERYBODY,
    "GET /v1/enterprises": EVERYBODY,
    "GET /v1/enterprises/{scheme}/{value}": EVERYBODY,
    "GET /v1/enterprises/{scheme}/{value}/contributions": INSIGHT,
    "GET /v1/enterprises/{scheme}/{value}/history": INSIGHT,
    "GET /enterprises/{scheme}/{value}/difference": EVERYBODY,
    "GET /v1/enterprises/{scheme}/{value}/difference": STAFF,
    "GET /v1/enterprises/{scheme}/{value}/records": INSIGHT | {Role.SOURCE},
    "GET /v1/lists": EVERYBODY,
    "GET /v1/lists/{name}": EVERYBODY,
    "GET /v1/lists/{name}/announcements": EVERYBODY,
    "GET /v1/lists/{name}/states": STAFF,
    "GET /v1/lists/{name}/snapshot.csv": EVERYBODY,
    "GET /v1/lists/{name}/snapshot.ndjson": EVERYBODY,
    "GET /v1/changes": FOLLOWERS,
    "GET /v1/changes.ndjson": FOLLOWERS,
    "GET /v1/changes.csv": FOLLOWERS,
    "GET /v1/changes.xlsx": FOLLOWERS,
    "GET /v1/changes.parquet": FOLLOWERS,
    "GET /v1/changes.cloudevents.json": FOLLOWERS,
    "GET /v1/changes.cloudevents.ndjson": FOLLOWERS,
    "GET /v1/schemas/change.json": EVERYBODY,
    "GET /v1/test-feed/changes": EVERYBODY,
    "GET /v1/test-feed/changes.ndjson": EVERYBODY,
    "GET /v1/test-feed/snapshot.ndjson": EVERYBODY,
    "GET /v1/test-feed/checkpoint": EVERYBODY,
    "GET /v1/test-feed/epochs": EVERYBODY,
    "GET /v1/test-feed/forgotten": EVERYBODY,
    "GET /v1/lists/{name}/snapshot.xlsx": EVERYBODY,
    "GET /v1/lists/{name}/snapshot.parquet": EVERYBODY,
    "GET /v1/snapshot.ndjson": FOLLOWERS,
    "POST /v1/consumers/acknowledgements": PLATFORMS,
    "GET /v1/consumers": STAFF,
    "GET /v1/consumers/confirmations": STAFF,
    "GET /v1/publication": STAFF,
    "POST /v1/publication/stops": SWITCHERS,
    "POST /v1/publication/resumptions": SWITCHERS,
    "POST /v1/webhooks": PLATFORMS,
    "GET /v1/webhooks": PLATFORMS | STAFF,
    "POST /v1/webhooks/{webhook_id}/secrets": PLATFORMS,
    "DELETE /v1/webhooks/{webhook_id}": PLATFORMS | ADMINS,
    "GET /freshness": EVERYBODY,
    "GET /targets": EVERYBODY,
    "GET /targets.csv": EVERYBODY,
    "GET /v1/freshness": EVERYBODY,
    "GET /v1/checkpoint": EVERYBODY,
    "GET /v1/proofs/entry": FOLLOWERS,
    "GET /v1/proofs/lines/{seq}": FOLLOWERS,
    "GET /v1/proofs/consistency": FOLLOWERS,
    "GET /v1/epochs": EVERYBODY,
    "GET /v1/forgotten": FOLLOWERS,
    "POST /v1/checks": CHECKERS,
    "GET /v1/checks": CHECKERS | {Role.AUDITOR},
    "GET /v1/checks/{check_id}": CHECKERS | {Role.AUDITOR},
    "POST /v1/evidence": CHECKERS,
    "GET /v1/evidence/{sha256}": CHECKERS | {Role.AUDITOR},
    "GET /v1/rehearsals": STAFF,
    "POST /v1/rehearsals": OFFICERS | ADMINS,
    "GET /v1/rehearsals/comparison": STAFF,
    "GET /v1/rehearsals/{rehearsal_id}": STAFF,
    "GET /v1/rehearsals/{rehearsal_id}/enterprises.parquet": STAFF,
    "GET /v1/rehearsals/{rehearsal_id}/rehearsal.xlsx": STAFF,
    "GET /v1/measures": EVERYBODY,
    "GET /v1/checks/{check_id}/receipt.jws": CHECKERS | {Role.AUDITOR},
    "GET /v1/checks/{check_id}/receipt.json": CHECKERS | {Role.AUDITOR},
    "GET /v1/checks/{check_id}/receipt.pdf": CHECKERS | {Role.AUDITOR},
    "POST /v1/receipts/verify": EVERYBODY,
    "GET /v1/checks.csv": AUDITORS,
    "GET /v1/checks.ndjson": AUDITORS,
    "POST /v1/watches": CHECKERS,
    "GET /v1/watches": CHECKERS | {Role.AUDITOR},
    "GET /v1/watches/{watch_id}/notices": CHECKERS | {Role.AUDITOR},
    "POST /v1/watches/{watch_id}/acknowledgement": CHECKERS,
    "DELETE /v1/watches/{watch_id}": CHECKERS,
    "POST /v1/feedback": REPORTERS,
    "POST /v1/feedback/file": REPORTERS,
    "GET /v1/feedback": STAFF | REPORTERS,
    "GET /v1/feedback/still-applied": STAFF | REPORTERS,
    "GET /v1/feedback/counts": STAFF | {Role.PLATFORM},
    "GET /v1/policies": EVERYBODY,
    "GET /v1/policies/{family}/{version}": EVERYBODY,
    "POST /v1/policies/lint": STAFF,
    "GET /v1/policy-drafts": EVERYBODY,
    "GET /v1/policy-drafts/{draft_id}": EVERYBODY,
    "POST /v1/policy-drafts": OFFICERS | ADMINS,
    "POST /v1/policy-drafts/{draft_id}/consultation": OFFICERS | ADMINS,
    "GET /v1/policy-drafts/{draft_id}/comments": EVERYBODY,
    "POST /v1/policy-drafts/{draft_id}/comments": EVERYBODY - {Role.PUBLIC},
    "POST /v1/policy-drafts/{draft_id}/comments/{comment_id}/answer": OFFICERS | ADMINS,
    "POST /v1/policy-drafts/{draft_id}/reviews": OFFICERS | ADMINS,
    "POST /v1/policy-drafts/{draft_id}/rehearsals": OFFICERS | ADMINS,
    "POST /v1/policy-drafts/{draft_id}/approvals": OFFICERS | ADMINS,
    "POST /v1/policy-drafts/{draft_id}/withdrawal": OFFICERS | ADMINS,
    "GET /v1/sources": STAFF,
    "GET /v1/sources/{code}/quality": STAFF | {Role.SOURCE},
    "GET /v1/targets": STAFF | {Role.SOURCE},
    "GET /v1/targets.csv": STAFF | {Role.SOURCE},
    "POST /v1/sources": ADMINS,
    "PUT /v1/sources/{code}/kinds": ADMINS,
    "POST /v1/deliveries": DELIVERERS,
    "POST /v1/deliveries/batch": DELIVERERS,
    "GET /v1/deliveries": STAFF | {Role.SOURCE},
    "GET /v1/deliveries/{delivery_id}": STAFF | {Role.SOURCE},
    "GET /v1/deliveries/{delivery_id}/rows": STAFF | {Role.SOURCE},
    "GET /v1/deliveries/{delivery_id}/rejects.csv": STAFF | {Role.SOURCE},
    "POST /v1/deliveries/{delivery_id}/undoing": DELIVERERS,
    "GET /v1/same-as": STAFF,
    "POST /v1/same-as": OFFICERS,
    "POST /v1/same-as/undoings": OFFICERS,
    "GET /v1/queue": STAFF,
    "POST /v1/queue/{queue_id}/settlement": OFFICERS,
    "POST /v1/runs": OFFICERS,
    "GET /v1/runs": STAFF,
    "GET /v1/runs/{run_id}": STAFF,
    "POST /v1/runs/{run_id}/publication": OFFICERS,
    "GET /v1/recounts": STAFF,
    "GET /v1/jobs": STAFF,
    "GET /v1/jobs/{job_id}": STAFF,
    "GET /v1/jobs/{job_id}/progress": STAFF,
    "POST /v1/jobs/{job_id}/cancel": OFFICERS | ADMINS,
    "GET /v1/schedules": STAFF,
    "GET /v1/proposals": STAFF,
    "GET /v1/proposals/{proposal_id}": STAFF,
    "POST /v1/proposals/{proposal_id}/decisions": OFFICERS,
    "GET /v1/proposals/{proposal_id}/matter": STAFF,
    "POST /v1/proposals/{proposal_id}/steps": OFFICERS,
    "POST /v1/proposals/{proposal_id}/steps/{step}/service": OFFICERS,
    "GET /v1/worklist": STAFF,
    "GET /v1/procedures": EVERYBODY,
    "POST /v1/listings/{listing_id}/stays": OFFICERS,
    "GET /v1/own": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/file": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/records": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/outlook": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/difference": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/enquiries": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/mandates": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/mandates": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/mandates/{mandate_id}/revocation": ENTERPRISES,
    "PUT /v1/own/{scheme}/{value}/honours": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/replies": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/replies": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/replies/{reply_id}/withdrawal": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/promises": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/checklist": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/repairs": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/repairs": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/repairs/{repair_id}/withdrawal": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/repairs/{repair_id}/papers": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/objections": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/objections": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/objections/{objection_id}/withdrawal": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/objections/{objection_id}/papers": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/matters": ENTERPRISES,
    "POST /v1/own/{scheme}/{value}/proposals/{proposal_id}/statement": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/receivers": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/repairs/{repair_id}/papers/{sha256}": ENTERPRISES,
    "GET /v1/own/{scheme}/{value}/objections/{objection_id}/papers/{sha256}": ENTERPRISES,
    "GET /v1/repairs": STAFF,
    "GET /v1/repairs/{repair_id}/papers/{sha256}": STAFF,
    "GET /v1/objections/{objection_id}/papers/{sha256}": STAFF,
    "POST /v1/repairs/{repair_id}/steps": OFFICERS,
    "GET /v1/objections": STAFF,
    "POST /v1/objections/{objection_id}/decision": OFFICERS,
    "POST /v1/listings/{listing_id}/objections": EVERYBODY - {Role.PUBLIC},
    "GET /v1/cascades": STAFF,
    "POST /v1/cascades": OFFICERS,
    "POST /v1/cascades/{cascade_id}/verdict": OFFICERS,
    "GET /v1/mandates": STAFF,
    "POST /v1/mandates": OFFICERS,
    "POST /v1/mandates/{mandate_id}/revocation": OFFICERS,
    "GET /v1/replies": STAFF,
    "POST /v1/replies/{reply_id}/moderation": OFFICERS,
    "POST /v1/keys": ADMINS,
    "GET /v1/keys": ADMINS,
    "DELETE /v1/keys/{key_id}": ADMINS,
}
"""Method and address -> who may call; pages know their reader by a session and judge for themselves.

An application with a route that is not here does not start."""


class KeyNeeded(Refused):
    """Nobody may do this without a key."""

    code = "access.key_needed"


class KeyUnknown(Refused):
    """The key does not open anything."""

    code = "access.key_unknown"


class WrongRole(Refused):
    """The key is good, and its role may not do this."""

    code = "access.role"


class RouteWithoutAccess(CreditError):
    """A route that the access table does not name, or a row without its route."""

    code = "access.table"


def routes_of(app: FastAPI) -> dict[str, Any]:
    """Every route as method and address, with its endpoint; HEAD goes with GET."""
    found: dict[str, Any] = {}
    for route in iter_route_contexts(app.routes):
        for method in sorted(set(route.methods or {"MOUNT"}) - {"HEAD", "OPTIONS"}):
            found[f"{method} {route.path}"] = route.endpoint
    return found


def bind_access(app: FastAPI, table: Mapping[str, frozenset[Role]] = ACCESS) -> dict[Any, frozenset[Role]]:
    """Tie each endpoint to its row of the table. Raises `access.table` when either side has what the other lacks."""
    routes = routes_of(app)
    strangers, orphans = sorted(routes.keys() - table.keys()), sorted(table.keys() - routes.keys())
    if strangers or orphans:
        raise RouteWithoutAccess(
            f"Routes without a row in the access table: {', '.join(strangers) or 'none'}; rows without a route: "
            f"{', '.join(orphans) or 'none'}. Say in service/access.py who may call them."
        )
    bound: dict[Any, frozenset[Role]] = {}
    for name, endpoint in routes.items():
        if bound.setdefault(endpoint, table[name]) != table[name]:
            raise RouteWithoutAccess(
                f"The endpoint of {name} serves another route with other roles. Give each route an endpoint of its own."
            )
    return bound


def presented_key(request: Request) -> str | None:
    """The key as it was sent in a Bearer header."""
    header = request.headers.get("authorization")
    if not header:
        return None
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def judge(text: str | None, found: Mapping[str, Any] | None, *, endpoint: Any, access: Mapping[Any, frozenset[Role]]) -> Actor:
    """Who calls, if they may call this endpoint. Raises `access.key_needed`, `access.key_unknown` and `access.role`."""
    allowed = access.get(endpoint, frozenset())
    if text is None:
        if Role.PUBLIC not in allowed:
            raise KeyNeeded(
                "This needs a key. Send it as `Authorization: Bearer qck_...`; the operator makes keys with `qcredit keys create`."
            )
        return NOBODY
    split = split_key(text)
    now = datetime.now(UTC)
    known = found is not None and split is not None and secret_fits(split[1], found["secret_hash"])
    if (
        not known
        or found is None
        or found["revoked_at"] is not None
        or (found["expires_at"] is not None and _instant(found["expires_at"]) <= now)
    ):
        raise KeyUnknown("This key is unknown, revoked or expired. Ask the operator for a new one.")
    role = Role(found["role"])
    if role not in allowed:
        raise WrongRole(f"A key of role {role} may not do this. {_who(allowed)} may.")
    return Actor.model_construct(
        holder=found["holder"], role=role, source=found["source"], region=found["region"], enterprise_key=found["enterprise_key"]
    )


def _instant(value: datetime | str) -> datetime:
    """An instant as the driver gives it, or as JSON does."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


async def admit(request: Request) -> Actor:
    """Read the key and judge it, and hold an officer of a district to it.

    The dependency of every route that does not read its key along with its data.
    """
    house = house_of(request)
    text = presented_key(request)
    endpoint = request.scope["endpoint"]
    if text is None or (split := split_key(text)) is None:
        return judge(text, None, endpoint=endpoint, access=house.access)
    async with house.pool.connection() as connection:
        found = await (await connection.execute(FIND_KEY, (split[0],), prepare=True)).fetchone()
        caller = judge(text, found, endpoint=endpoint, access=house.access)
        if caller.region is not None:
            await keep_within(connection, caller, door=house.doors[endpoint], parameters=request.path_params)
    return caller


Caller = Annotated[Actor, Depends(admit)]


async def let_out(request: Request, caller: Caller) -> None:
    """What tells of the lists goes out through the gate: a dependency of such routes. Raises `publication.stopped`."""
    await house_of(request).gate.let_out(caller)


def _who(allowed: Iterable[Role]) -> str:
    return ", ".join(sorted(allowed)) or "Nobody"
