"""Tables on the terminal: plain columns that wrap and never cut off a number or a name, so that they can be copied."""

from rich.console import Console
from rich.table import Table


def columns(*names: str, title: str | None = None) -> Table:
    """A table without lines, whose cells fold where the terminal is too narrow."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def show(*tables: Table) -> None:
    """Print tables; what sources and people wrote is text, never markup."""
    Console(markup=False).print(*tables)
