"""What every measurement tells: a figure beside its bar, and how to take one in a process of its own."""

import json
import multiprocessing
import os
import resource
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec, TypeVar

MARK = "figure: "
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Figure:
    """One measured value beside its bar; `at_least` when more is better."""

    what: str
    measured: float
    unit: str
    bar: float
    at_least: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar

    def row(self) -> str:
        """The figure as a row of a Markdown table."""
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.is_met else "**missed**"
        shown, bar = (f"{value:,.0f}" if value >= 100 else f"{value:.2f}" for value in (self.measured, self.bar))
        return (
            f"| {self.what} | {shown} {self.unit} | {sign} {bar} {self.unit} | {self.measured / self.bar:.2f} | {verdict} | {self.note} |"
        )


def tell(figure: Figure) -> None:
    """Print a figure as `python -m bench` reads it."""
    print(MARK + json.dumps(asdict(figure), ensure_ascii=False), flush=True)


def read_figure(line: str) -> Figure | None:
    """The figure of a printed line, or None."""
    return Figure(**json.loads(line.removeprefix(MARK))) if line.startswith(MARK) else None


def cpu_seconds() -> float:
    """CPU seconds of this process so far, all threads."""
    times = os.times()
    return times.user + times.system


def measured_apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> tuple[R, float]:
    """Call a function of a module in a fresh process; gives its result and that process's peak memory in megabytes."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(sending, function, arguments, named))
    process.start()
    sending.close()
    try:
        result, peak = receiving.recv()
    except EOFError:
        raise SystemExit(f"{function.__name__} failed in its process") from None
    finally:
        process.join()
    return result, peak


def _call(sending: Any, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    result = function(*arguments, **named)
    sending.send((result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
