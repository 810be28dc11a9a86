"""One served town for the tests that only read it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from models.access import Role
from tests.service.serving import bearing, make_keys, serving, wait_for_checkpoint
from tests.service.town import CLEAN, SOURCE, found_town


@dataclass(frozen=True)
class Served:
    """A running service over the town, and a key of each role."""

    client: httpx.Client
    keys: dict[Role, str]
    url: str

    def get(self, path: str, role: Role = Role.PUBLIC, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params or None, headers=self.bearing(role))

    def post(self, path: str, role: Role = Role.PUBLIC, **given: Any) -> httpx.Response:
        return self.client.post(path, headers=self.bearing(role) | given.pop("headers", {}), **given)

    def bearing(self, role: Role) -> dict[str, str]:
        return {} if role is Role.PUBLIC else bearing(self.keys[role])


@pytest.fixture(scope="session")
def town(clone: Callable[[], str]) -> Iterator[Served]:
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE, enterprise=CLEAN.code)
    with serving(url) as client:
        wait_for_checkpoint(client, bearing(keys[Role.PLATFORM]))
        yield Served(client=client, keys=keys, url=url)
