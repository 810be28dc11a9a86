"""Policies as the hot reads need them: titles of what must be looked at, and the statements that answer live; read once, then remembered.

A published policy never changes, so what is remembered under its hash is right for ever; which version is in force depends on the day and
on what was known, and is remembered under both.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date

from starlette.concurrency import run_in_threadpool

from data.database import AsyncConnection, Engine, driver_connection, read_session
from data.stores.lookups import EVERYTHING_KNOWN
from data.stores.policies import NonePolicyInForce, get_policy
from models.shapes import Bilingual
from scoring.runs.answering import Rules, answer_many_async, statements
from service.clock import legal_day
from service.operations.choose_rules import choose_rules

REMEMBERED = 512


@dataclass(frozen=True)
class ReadyRules:
    """A policy with its live statements."""

    rules: Rules
    statements: dict[str, str]


class RuleBook:
    """One process's memory of policies."""

    def __init__(self, engine: Engine, *, family: str) -> None:
        self._engine = engine
        self._family = family
        self._titles: dict[str, dict[str, Bilingual]] = {}
        self._chosen: OrderedDict[tuple[str | None, date, int], ReadyRules] = OrderedDict()

    async def titles(self, policy_hash: str) -> dict[str, Bilingual]:
        """The titles of a policy's coverage rules."""
        if policy_hash not in self._titles:
            self._titles[policy_hash] = await run_in_threadpool(self._read_titles, policy_hash)
        return self._titles[policy_hash]

    async def choose(self, name: str | None, *, as_of: date, known_seq: int) -> ReadyRules:
        """The policy that answers for a day; the first time it is asked for, it may have to be compiled."""
        asked = (name, as_of, known_seq)
        found = self._chosen.get(asked)
        if found is None:
            found = self._chosen[asked] = await run_in_threadpool(self._choose, name, as_of=as_of, known_seq=known_seq)
            while len(self._chosen) > REMEMBERED:
                self._chosen.popitem(last=False)
        return found

    async def warm(self, connection: AsyncConnection) -> None:
        """Have a new connection of the pool plan the statement that answers live under the policy in force, which takes it 0.1 s."""
        try:
            ready = await run_in_threadpool(self._choose, None, as_of=legal_day(), known_seq=EVERYTHING_KNOWN)
        except NonePolicyInForce:
            return
        await answer_many_async(connection, ready.statements, ready.rules, [])

    def titles_now(self, policy_hash: str) -> dict[str, Bilingual]:
        """`titles` for a handler that may block."""
        if policy_hash not in self._titles:
            self._titles[policy_hash] = self._read_titles(policy_hash)
        return self._titles[policy_hash]

    def _read_titles(self, policy_hash: str) -> dict[str, Bilingual]:
        with read_session(self._engine) as session:
            return {rule.code: rule.title for rule in get_policy(session, policy_hash).policy.coverage}

    def _choose(self, name: str | None, *, as_of: date, known_seq: int) -> ReadyRules:
        with read_session(self._engine) as session:
            rules = choose_rules(session, family=self._family, as_of=as_of, known_seq=known_seq, name=name)
            return ReadyRules(rules=rules, statements=statements(driver_connection(session), rules))
