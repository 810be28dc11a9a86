"""The page that says how fresh the feed is, against the log it is computed from."""

import httpx

from models.access import Role
from service.operations.show_freshness import Freshness
from tests.service.conftest import Served


def test_anybody_sees_delays_last_line_heartbeat_and_the_lag_of_each_consumer(town: Served) -> None:
    told = Freshness.model_validate_json(town.get("/v1/freshness").content)
    head = town.get("/v1/changes", Role.PLATFORM).json()["head"]
    assert (told.epoch, told.seq, told.lines) == (head["epoch"], head["seq"], head["seq"])
    assert told.to_feed_p99 is not None
    assert 0 <= told.to_feed_p99 < 60
    assert told.last_heartbeat_at is not None
    assert (told.at - told.last_heartbeat_at).total_seconds() < 60
    assert [one.holder for one in told.consumers] == ["holder of platform"]
    assert told.is_published


def test_the_page_says_the_same_in_two_languages_without_script(town: Served) -> None:
    for language, title in (("zh", "数据新鲜度"), ("en", "How fresh the feed is")):
        page = httpx.get(f"{town.client.base_url}/freshness", params={"lang": language}, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert title in page.text
        assert "holder of platform" in page.text
        assert "<script" not in page.text
