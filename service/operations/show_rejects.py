"""The rejected rows of a delivery as a file to mend and send again."""

from collections.abc import Iterator

from data.database import ReadSession
from data.stores.deliveries import iterate_rejected
from models.tables.deliveries import Delivery, DeliveryRow
from service.list_answers import as_csv

TOLD = ("row", "columns", "codes", "problems", "suggestions")
PREFIX = "qcredit "
"""Before the names of the columns that are added, so that no profile takes them for its own."""


def show_rejects(session: ReadSession, delivery: Delivery) -> Iterator[bytes]:
    """CSV with the columns as delivered and what is wrong with each row beside them; nothing in it that a spreadsheet would execute."""
    width = len(delivery.columns)
    rejected = iterate_rejected(session, delivery.delivery_id or 0)
    return as_csv([*delivery.columns, *(PREFIX + name for name in TOLD)], (_line(row, width) for row in rejected))


def _line(row: DeliveryRow, width: int) -> list[str | int | None]:
    cells = [*row.cells, *([None] * (width - len(row.cells)))][:width]
    columns, codes, messages, suggestions = (
        "\n".join(dict.fromkeys(str(problem[name]) for problem in row.problems if problem.get(name)))
        for name in ("column", "code", "message", "suggestion")
    )
    return [*cells, row.row_no, columns, codes, messages, suggestions]
