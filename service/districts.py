"""Officers of a district act within it: the one place where that is held, on the way of every request with a key.

A regulator's key may bear a region. What it asks for is then judged by the proposal, entry, repair, objection, reply, mandate or waiting
record that the address names. An act that names none concerns the whole city, and is refused unless it stands in `ANYWHERE`; so a new
route is closed to districts until it says otherwise. Reading is narrower only where it says so: lists of work show a district its own,
`CITY_READS` are closed to it, and any officer may read any enterprise's file, as buyers and auditors do (`OPEN_READS`).
"""

from typing import Any

from data.database import AsyncConnection, ReadSession
from data.stores import districts
from models.access import Actor, Role
from models.errors import NotFound, Refused
from models.regions import stem_of

ANYWHERE = frozenset(
    {
        "POST /v1/checks",
        "POST /v1/evidence",
        "POST /v1/receipts/verify",
        "POST /v1/watches",
        "POST /v1/watches/{watch_id}/acknowledgement",
        "DELETE /v1/watches/{watch_id}",
        "POST /checks/new",
        "POST /checks/{check_id}/watch",
        "POST /watches/{watch_id}/reading",
        "POST /v1/feedback",
        "POST /v1/feedback/file",
        "POST /v1/policies/lint",
        "POST /v1/policy-drafts/{draft_id}/comments",  # every key may, while the consultation is open
        "POST /v1/listings/{listing_id}/objections",  # anybody may object to a red entry
        "POST /v1/mandates",  # names its enterprise in the body: `keep_enterprise_within`
    }
)
"""Acts open to an officer of a district whatever they concern, or that judge for themselves."""
LONGEST_NUMBER = 19
"""Numbers of the database with fewer digits than this fit it."""
CITY_READS = frozenset(
    {
        "GET /v1/cascades",
        "GET /v1/deliveries/{delivery_id}/rejects.csv",
        "GET /v1/deliveries/{delivery_id}/rows",
        "GET /v1/rehearsals/{rehearsal_id}/enterprises.parquet",
        "GET /v1/rehearsals/{rehearsal_id}/rehearsal.xlsx",
        "GET /rehearsals/{rehearsal_id}/{name}",
        "GET /v1/same-as",
    }
)
"""What shows other districts' enterprises, is work and no file of one, and cannot be narrowed."""
OPEN_READS = frozenset(
    {
        # the file of an enterprise, and the lists and the log, which are published
        "GET /v1/enterprises/{scheme}/{value}/contributions",
        "GET /v1/enterprises/{scheme}/{value}/difference",
        "GET /v1/enterprises/{scheme}/{value}/history",
        "GET /v1/enterprises/{scheme}/{value}/records",
        "GET /v1/lists/{name}/states",
        "GET /v1/changes",
        "GET /v1/changes.cloudevents.json",
        "GET /v1/changes.cloudevents.ndjson",
        "GET /v1/changes.csv",
        "GET /v1/changes.ndjson",
        "GET /v1/changes.parquet",
        "GET /v1/changes.xlsx",
        "GET /v1/snapshot.ndjson",
        "GET /v1/proofs/consistency",
        "GET /v1/proofs/entry",
        "GET /v1/proofs/lines/{seq}",
        "GET /v1/forgotten",
        # the asker's own checks and watches
        "GET /v1/checks",
        "GET /v1/checks/{check_id}",
        "GET /v1/checks/{check_id}/receipt.json",
        "GET /v1/checks/{check_id}/receipt.jws",
        "GET /v1/checks/{check_id}/receipt.pdf",
        "GET /v1/evidence/{sha256}",
        "GET /v1/watches",
        "GET /v1/watches/{watch_id}/notices",
        # which measures were applied on entries that are published
        "GET /v1/feedback",
        "GET /v1/feedback/counts",
        "GET /v1/feedback/still-applied",
        # numbers about the whole city, and how the service runs
        "GET /v1/consumers",
        "GET /v1/consumers/confirmations",
        "GET /v1/deliveries",
        "GET /v1/deliveries/{delivery_id}",
        "GET /v1/jobs",
        "GET /v1/jobs/{job_id}",
        "GET /v1/jobs/{job_id}/progress",
        "GET /v1/publication",
        "GET /v1/recounts",
        "GET /v1/rehearsals",
        "GET /v1/rehearsals/comparison",
        "GET /v1/rehearsals/{rehearsal_id}",
        "GET /v1/runs",
        "GET /v1/runs/{run_id}",
        "GET /v1/schedules",
        "GET /v1/sources",
        "GET /v1/sources/{code}/quality",
        "GET /v1/targets",
        "GET /v1/targets.csv",
        "GET /v1/webhooks",
    }
)
"""What officers of every district may read of the whole city. A test holds that a route for officers stands here or is narrowed."""


class OutsideDistrict(Refused):
    """The act concerns an enterprise of another district, or the whole city."""

    code = "access.district"


class NotInDistrict(NotFound):
    """What was asked for belongs to another district."""

    code = "access.not_in_district"


def district_of(actor: Actor) -> str | None:
    """The region that an officer is bound to, as the beginning of its codes; None for everybody else."""
    return stem_of(actor.region) if actor.role is Role.REGULATOR and actor.region else None


async def keep_within(connection: AsyncConnection, actor: Actor, *, door: str, parameters: dict[str, Any]) -> None:
    """Let an officer of a district pass to what lies in it.

    door: the route as the access table names it. Raises `access.district` for acts and `access.not_in_district` for reading.
    """
    stem = district_of(actor)
    acts = not door.startswith("GET ")
    if stem is None or door in ANYWHERE:
        return
    named = [name for name in parameters if name in districts.OBJECTS]
    if not named:
        if acts or door in CITY_READS:
            raise OutsideDistrict(
                f"Your key is for the district {actor.region}, and this concerns the whole city. Ask an officer of the city."
            )
        return
    for name in named:
        number = str(parameters[name])
        # A route reads ` 5`, `+5`, `5.0` and `1_0` as numbers too. What is not plainly one is nothing of the district's.
        is_plain = number.isascii() and number.isdecimal() and len(number) < LONGEST_NUMBER
        if not is_plain or await districts.is_object_within(connection, name, int(number), stem) is False:
            what = name.removesuffix("_id").replace("queue", "waiting record")
            if acts:
                raise OutsideDistrict(
                    f"The {what} {number} concerns an enterprise outside your district {actor.region}. Ask an officer of its district."
                )
            raise NotInDistrict(f"There is no {what} {number} in your district {actor.region}. The list shows those there are.")


def keep_enterprise_within(session: ReadSession, actor: Actor, enterprise_key: int) -> None:
    """Let an officer of a district act on an enterprise of it, where an act names the enterprise itself. Raises `access.district`."""
    stem = district_of(actor)
    if stem is not None and not districts.is_within(session, enterprise_key, stem):
        raise OutsideDistrict(f"This enterprise lies outside your district {actor.region}. Ask an officer of its district.")
