"""One enterprise live with its explanation, its history, and a check of thousands, in the engine: no web, one connection.

    python -m bench.live [--size 1000000] [--asked 500]

Over the same database as bench.run. Each question is of another enterprise that has records, drawn by a fixed seed; the statements are
prepared, as they are on a connection that has answered before.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.city import AS_OF
from bench.figures import Figure, tell
from bench.run import city_database
from data.database import connect, make_engine, read_pool, read_session
from data.stores import knowledge
from models.results import Question
from scoring.engines.postgres import run_live, run_live_async
from scoring.runs.answering import Rules, answer_many, explain_async, explain_many, statements
from service.app import HOT
from service.operations.choose_rules import choose_rules
from service.operations.explain import MONTHS, month_before

BAR_P95_MS = 5.0
BAR_CHECK_S = 1.0
SUPPLIERS = 5_000


def of(times: Sequence[float], share: float) -> float:
    """A quantile in milliseconds."""
    return statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1] * 1000


async def explained(url: str, ready: dict[str, str], rules: Rules, questions: Sequence[Question]) -> tuple[list[float], list[float]]:
    """Seconds of each question on one connection of the pool of hot reads: in the engine, and with the shapes made of its rows."""
    async with read_pool(url, size=1, settings=HOT) as pool, pool.connection() as connection:
        for question in questions[:10]:
            await explain_async(connection, ready, rules, question)
        in_engine, whole = [], []
        for question in questions[10:]:
            started = time.perf_counter()
            await run_live_async(connection, ready["answers"], [question])
            await run_live_async(connection, ready["lines"], [question])
            in_engine.append(time.perf_counter() - started)
            started = time.perf_counter()
            await explain_async(connection, ready, rules, question)
            whole.append(time.perf_counter() - started)
    return in_engine, whole


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=1_000_000)
    arguments.add_argument("--asked", type=int, default=500)
    chosen = arguments.parse_args()
    with city_database(chosen.size) as database:
        engine = make_engine(database.url, size=1)
        with read_session(engine) as session:
            seq = knowledge.resolve(session, None).known_seq
            rules = choose_rules(session, family="yinchuan", as_of=AS_OF, known_seq=seq)
        engine.dispose()
        with connect(database.url) as connection:
            keys = [
                row[0]
                for row in connection.execute(
                    "SELECT DISTINCT enterprise_key FROM record TABLESAMPLE system (1) REPEATABLE (7) LIMIT %s", (4 * SUPPLIERS,)
                )
            ]
            records = connection.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = 'record'").fetchone()
            print(f"{records[0] if records else 0:,} records", flush=True)
            Random(7).shuffle(keys)
            ready = statements(connection, rules)
            questions = [Question(enterprise_key=key, as_of=AS_OF, known_seq=seq) for key in keys]
            explain_many(connection, rules, questions[:2])
            connection.rollback()
            one, whole = asyncio.run(explained(database.url, ready, rules, questions[: chosen.asked + 10]))
            note = f"p50 {of(one, 0.5):.1f} ms; with the shapes made p50 {of(whole, 0.5):.1f}, p95 {of(whole, 0.95):.1f} ms"
            tell(Figure("one enterprise live with explanation, in the engine, p95", of(one, 0.95), "ms", BAR_P95_MS, note=note))
            first: list[float] = []
            checks: list[float] = []
            for turn in range(3):
                asked = questions[turn * SUPPLIERS : (turn + 1) * SUPPLIERS]
                for times in (first, checks):  # the first time most of their records are not in memory yet
                    started = time.perf_counter()
                    run_live(connection, ready["answers"], asked)
                    times.append(time.perf_counter() - started)
            count = min(SUPPLIERS, len(questions))
            started = time.perf_counter()
            answer_many(connection, rules, questions[:SUPPLIERS])
            answered = time.perf_counter() - started
            cold = f"asked for the first time {statistics.median(first):.2f} s"
            note = f"{count:,} asked; {cold}; with the shapes made {answered:.2f} s; over HTTP: bench.checks"
            tell(Figure("check of 5,000 suppliers as of a day, in the engine", statistics.median(checks), "s", BAR_CHECK_S, note=note))
            histories = []
            months = [month_before(AS_OF, back) for back in range(MONTHS - 1, -1, -1)]
            for key in keys[:100]:
                history = [Question(enterprise_key=key, as_of=day, known_seq=seq) for day in months]
                started = time.perf_counter()
                answer_many(connection, rules, history)
                histories.append(time.perf_counter() - started)
            print(f"24 months of history: p50 {of(histories, 0.5):.1f} ms, p95 {of(histories, 0.95):.1f} ms", flush=True)
            connection.rollback()


if __name__ == "__main__":
    main()
