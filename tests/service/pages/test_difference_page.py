"""The page that says why an answer changed tells what the API tells, to the authorities alone."""

from datetime import UTC, datetime
from typing import Any

import httpx

from data.database import connect
from models.access import Role
from service.difference_answers import PARTS, Difference
from service.pages.score_view import signed
from tests.service.pages.conftest import Pages, page_of
from tests.service.town import CLEAN

PAGE = f"{page_of(CLEAN)}/difference"
DAYS: dict[str, Any] = {"from": "2026-04-01", "to": "2026-09-01"}


def moments(url: str) -> dict[str, Any]:
    """From the last instant before the town's records were told until now."""
    with connect(url) as connection:
        row = connection.execute(
            "SELECT max(committed_at) FROM knowledge WHERE known_seq < (SELECT known_seq FROM knowledge WHERE cause = 'delivery')"
        ).fetchone()
    assert row is not None
    return {"known_from": row[0].astimezone(UTC).isoformat(), "known_to": datetime.now(UTC).isoformat()}


def test_parts_and_lines_are_those_of_the_api(pages: Pages, pages_database: str) -> None:
    asked: dict[str, Any] = DAYS | moments(pages_database) | {"policy_from": "yinchuan/2026", "policy_to": "yinchuan/2026"}
    told = pages.public.get(f"/v1{PAGE}", params=asked, headers={"Authorization": f"Bearer {pages.keys[Role.REGULATOR]}"})
    found = Difference.model_validate_json(told.content)
    page = pages.read(PAGE, client=pages.regulator, **asked)
    sections = {one.attributes["aria-labelledby"]: one for one in page.all("section")}
    rows = [row.text for row in sections["parts"].one("tbody").all("tr")]
    assert len(rows) == len(PARTS) == len(found.parts)
    for said, part in zip(rows, found.parts, strict=True):
        assert said.startswith(part.title.zh)
        assert signed(part.points) in said
    assert signed(found.change) in sections["ends"].one("caption").text
    for part in found.parts:
        lines = sections[part.part].one("tbody").all("tr") if part.lines else []
        assert len(lines) == len(part.lines)
        for row, line in zip(lines, part.lines, strict=True):
            assert line.title.zh in row.text
            assert line.evidence is None or str(line.evidence.occurred_on) in row.text
    assert any(part.lines for part in found.parts)


def test_what_cannot_be_compared_is_said_beside_the_form(pages: Pages) -> None:
    page = pages.read(PAGE, client=pages.regulator, **{"lang": "en"} | DAYS)
    assert "nothing was known here yet" in page.one("main").text
    names = {one.attributes["name"] for one in page.one("main").all("input")}
    assert names == {"from", "to", "known_from", "known_to", "policy_from", "policy_to"}
    assert not page.one("main").all("table")


def test_only_the_authorities_see_it_and_find_the_way_to_it(pages: Pages) -> None:
    def links(client: httpx.Client) -> set[str]:
        return {one.attributes.get("href", "") for one in pages.read(page_of(CLEAN), client=client).all("a")}

    assert PAGE in links(pages.regulator)
    assert PAGE not in links(pages.officer)
    pages.read(PAGE, client=pages.officer, status=403)
    answer = pages.public.get(PAGE, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")
