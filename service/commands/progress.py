"""Progress of a delivery on the terminal: the phase, and the rows done so far; on stderr, so that output can be piped."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from data.intake.delivering import Progress as Told


@contextmanager
def delivery_progress(what: str) -> Iterator[Told]:
    """Gives the function that deliveries tell of their progress; silent where nobody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{what}: receiving", total=None)
        yield lambda phase, rows: bar.update(task, description=f"{what}: {phase}", completed=rows)
