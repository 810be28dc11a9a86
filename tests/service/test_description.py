"""What the API says of itself: complete, unchanged unless on purpose, with answers that were really given."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import TypeAdapter

from models.access import Role
from service.access import ACCESS
from service.app import create_app, description
from service.clock import legal_day
from service.description import examples
from service.settings import Settings
from tests.service.conftest import Served
from tests.service.town import BLACK, CLEAN, RENAMED, SOURCE, TWIN

DESCRIPTION = Path(__file__).parent.parent.parent / "docs" / "openapi.json"
EXAMPLES = Path(__file__).parent.parent.parent / "service" / "examples.json"
KEPT = 3
"""So many lines of a list are enough for an example."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_the_one_that_was_published() -> None:
    told = json.dumps(description(create_app(Settings())), ensure_ascii=False, indent=1) + "\n"
    assert DESCRIPTION.read_text(encoding="utf-8") == told, "run `qcredit openapi > docs/openapi.json` and look at the difference"


def test_no_two_operations_are_called_alike_and_each_says_what_it_does_and_for_whom() -> None:
    found = dict(operations(description(create_app(Settings()))))
    names = [operation["operationId"] for operation in found.values()]
    assert len(names) == len(set(names))
    for name, operation in found.items():
        assert operation["description"], name
        assert operation["x-roles"] == sorted(ACCESS[name]), name
        refusals = {status for status in operation["responses"] if status.startswith("4")}
        assert ("401" in refusals) or Role.PUBLIC in ACCESS[name], name
        assert ("403" in refusals) or Role.PUBLIC in ACCESS[name], name


def shape_of(app: FastAPI, name: str) -> Any:
    found: list[Any] = [route.original_route for route in iter_route_contexts(app.routes) if getattr(route, "name", "") == name]
    (route,) = found
    return route.response_model


def test_every_example_has_the_shape_it_is_an_example_of() -> None:
    app = create_app(Settings())
    for name, example in examples().items():
        TypeAdapter(shape_of(app, name)).validate_json(json.dumps(example))


def test_every_read_that_answers_in_json_has_an_example() -> None:
    for name, operation in operations(description(create_app(Settings()))):
        content = operation["responses"].get("200", {}).get("content", {})
        apart = ("GET /v1/runs", "GET /v1/proposals", "GET /v1/rehearsals", "GET /v1/policy-drafts")
        if name.startswith("GET /v1") and "application/json" in content and not name.startswith(apart):
            assert "example" in content["application/json"], name


def test_examples_are_answers_of_the_town(town: Served) -> None:
    """Write them anew with QCREDIT_WRITE_EXAMPLES=1, after an answer has gained a field."""
    check = town.post(
        "/v1/checks", Role.PROCUREMENT, json={"purpose": "procurement", "suppliers": [{"name": BLACK.name}, {"name": TWIN.name}]}
    )
    own = f"/v1/own/cn-uscc/{CLEAN.code}"
    receipt = town.get(f"/v1/checks/{check.json()['check_id']}/receipt.jws", Role.PROCUREMENT)
    watch = town.post("/v1/watches", Role.PROCUREMENT, json={"check_id": check.json()["check_id"], "until": str(legal_day())})
    job_id = town.post("/v1/runs", Role.REGULATOR, json={"as_of": "2026-06-01"}).json()["job_id"]
    while town.get(f"/v1/jobs/{job_id}", Role.AUDITOR).json()["state"] in {"queued", "running"}:
        time.sleep(0.05)
    report = {"reference": "1", "agency": "样例住建局", "code": BLACK.code, "list": "quality_black", "measure": "no_honours"}
    town.post("/v1/feedback", Role.PLATFORM, json={"reports": [report | {"starts_on": "2026-03-01"}]})
    now = datetime.now(UTC).isoformat()
    aged = {"from": "2026-04-01", "to": "2026-09-01", "known_from": now, "known_to": now, "policy_from": "yinchuan/2026"}
    given = {
        "read_enterprise": town.get(BLACK.path, Role.PUBLIC),
        "look_up_enterprise": town.get("/v1/look-up", q=TWIN.name),
        "search_enterprises": town.get("/v1/enterprises", q="样品", limit=2),
        "read_contributions": town.get(CLEAN.path + "/contributions", Role.PROCUREMENT, as_of="2026-06-01"),
        "read_history": town.get(CLEAN.path + "/history", Role.PROCUREMENT, as_of="2026-06-01", months=3),
        "read_difference": town.get(CLEAN.path + "/difference", Role.AUDITOR, **aged),
        "read_own_difference": town.get(own + "/difference", Role.ENTERPRISE, **aged),
        "read_records": town.get(CLEAN.path + "/records", Role.AUDITOR),
        "read_lists": town.get("/v1/lists"),
        "read_list": town.get("/v1/lists/quality_black"),
        "read_announcements": town.get("/v1/lists/quality_red/announcements"),
        "read_states": town.get("/v1/lists/quality_black/states", Role.REGULATOR),
        "list_procedures": town.get("/v1/procedures"),
        "read_targets": town.get("/v1/targets", Role.AUDITOR, as_of="2026-06-01"),
        "read_source_quality": town.get(f"/v1/sources/{SOURCE}/quality", Role.AUDITOR, as_of="2026-06-01"),
        "read_worklist": town.get("/v1/worklist", Role.REGULATOR),
        "read_changes": town.get("/v1/changes", Role.PLATFORM, limit=1),
        "read_checkpoint": town.get("/v1/checkpoint"),
        "prove_entry": town.get("/v1/proofs/entry", Role.PLATFORM, list="quality_black", value=BLACK.code),
        "prove_line": town.get("/v1/proofs/lines/2", Role.PLATFORM),
        "prove_growth": town.get("/v1/proofs/consistency", Role.PLATFORM, **{"from": 3}),
        "read_epochs": town.get("/v1/epochs"),
        "read_forgotten": town.get("/v1/forgotten", Role.PLATFORM),
        "list_consumers": town.get("/v1/consumers", Role.AUDITOR),
        "read_confirmations": town.get("/v1/consumers/confirmations", Role.AUDITOR, limit=1),
        "read_publication": town.get("/v1/publication", Role.ADMIN),
        "read_test_changes": town.get("/v1/test-feed/changes", limit=2),
        "read_test_checkpoint": town.get("/v1/test-feed/checkpoint"),
        "read_test_epochs": town.get("/v1/test-feed/epochs"),
        "read_test_forgotten": town.get("/v1/test-feed/forgotten"),
        "list_webhooks": town.get("/v1/webhooks", Role.PLATFORM),
        "read_freshness": town.get("/v1/freshness"),
        "check_suppliers": check,
        "read_check": check,
        "read_receipt_as_json": town.get(f"/v1/checks/{check.json()['check_id']}/receipt.json", Role.PROCUREMENT),
        "verify_receipt_here": town.post("/v1/receipts/verify", json={"receipt": receipt.text}),
        "list_watches": town.get("/v1/watches", Role.PROCUREMENT, limit=1),
        "watch_suppliers": watch,
        "read_notices": town.get(f"/v1/watches/{watch.json()['watch_id']}/notices", Role.PROCUREMENT),
        "list_feedback": town.get("/v1/feedback", Role.PLATFORM),
        "list_still_applied": town.get("/v1/feedback/still-applied", Role.PLATFORM),
        "count_feedback": town.get("/v1/feedback/counts", Role.PLATFORM),
        "list_checks": town.get("/v1/checks", Role.PROCUREMENT, limit=1),
        "read_measures": town.get("/v1/measures", setting="bidding"),
        "list_policies": town.get("/v1/policies"),
        "list_sources": town.get("/v1/sources", Role.ADMIN),
        "list_deliveries": town.get("/v1/deliveries", Role.SOURCE),
        "read_delivery": town.get("/v1/deliveries/1", Role.SOURCE),
        "list_keys": town.get("/v1/keys", Role.ADMIN, limit=1),
        "read_rows": town.get("/v1/deliveries/1/rows", Role.SOURCE),
        "list_same_as": town.get("/v1/same-as", Role.AUDITOR),
        "list_waiting": town.get("/v1/queue", Role.REGULATOR),
        "read_published_policy": town.get("/v1/policies/yinchuan/2026"),
        "read_own_home": town.get("/v1/own", Role.ENTERPRISE),
        "read_own_file": town.get(own + "/file", Role.ENTERPRISE),
        "read_own_records": town.get(own + "/records", Role.ENTERPRISE, limit=1),
        "read_outlook": town.get(own + "/outlook", Role.ENTERPRISE),
        "read_enquiries": town.get(own + "/enquiries", Role.ENTERPRISE),
        "read_own_mandates": town.get(own + "/mandates", Role.ENTERPRISE),
        "read_own_replies": town.get(own + "/replies", Role.ENTERPRISE),
        "read_checklist": town.get(own + "/checklist", Role.ENTERPRISE, source=SOURCE, source_ref="plain"),
        "read_own_repairs": town.get(own + "/repairs", Role.ENTERPRISE),
        "read_own_matters": town.get(own + "/matters", Role.ENTERPRISE),
        "read_receivers": town.get(own + "/receivers", Role.ENTERPRISE),
        "read_own_objections": town.get(own + "/objections", Role.ENTERPRISE),
        "list_repairs": town.get("/v1/repairs", Role.AUDITOR),
        "list_objections": town.get("/v1/objections", Role.AUDITOR),
        "list_cascades": town.get("/v1/cascades", Role.AUDITOR),
        "list_mandates": town.get("/v1/mandates", Role.AUDITOR),
        "list_replies": town.get("/v1/replies", Role.AUDITOR),
        "list_recounts": town.get("/v1/recounts", Role.AUDITOR, limit=1),
        "list_jobs": town.get("/v1/jobs", Role.AUDITOR, limit=1),
        "read_job": town.get(f"/v1/jobs/{job_id}", Role.AUDITOR),
        "read_schedules": town.get("/v1/schedules", Role.ADMIN),
        "healthz": town.get("/healthz"),
        "readyz": town.get("/readyz"),
    }
    told = {name: shortened(answer.json()) for name, answer in given.items()}
    assert told["read_enterprise"]["enterprise"]["name"] == BLACK.name
    assert RENAMED.code not in json.dumps(told["read_enterprise"])
    if os.environ.get("QCREDIT_WRITE_EXAMPLES"):
        EXAMPLES.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert told.keys() == examples().keys()
    for name, example in examples().items():
        assert keys_of(example) == keys_of(told[name]), f"{name}: write the examples anew"


def shortened(value: Any) -> Any:
    """As given, with long lists and texts cut."""
    match value:
        case dict():
            # A procedure without its last stage is none, and parts sum to a whole.
            return {name: one if name in ("stages", "parts") else shortened(one) for name, one in value.items()}
        case list():
            return [shortened(one) for one in value[:KEPT]]
        case str() if len(value) > 300:
            return value[:300] + "…"
        case _:
            return value


def keys_of(value: Any) -> set[str]:
    match value:
        case dict():
            return set(value)
        case _:
            return set()
