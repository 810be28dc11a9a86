"""What is told of the city's targets and of how sources deliver."""

from datetime import date, datetime

from models.law import Clause
from models.records import Kind
from models.shapes import Bilingual, Shape


class Figure(Shape):
    """Events counted, those that reached what the target asks, and their share in ten-thousandths (rounded down; null of nothing)."""

    counted: int
    reached: int
    share_x10000: int | None
    is_met: bool | None


class DistrictFigure(Shape):
    """The figure of one district; `unknown` where the registry does not say."""

    district: str
    name: str | None
    figure: Figure


class SourceFigure(Shape):
    source: str
    title_zh: str
    title_en: str
    figure: Figure


class MonthFigure(Shape):
    """The figure of one month, named by its first day."""

    month: date
    figure: Figure


class TargetFigures(Shape):
    """One target (质量强市指标) with its figure from the first day of the year to the day."""

    code: str
    title: Bilingual
    description: str
    at_least_x10000: int
    clause: Clause
    figure: Figure
    districts: tuple[DistrictFigure, ...]
    sources: tuple[SourceFigure, ...]
    months: tuple[MonthFigure, ...]


class TargetsShown(Shape):
    """All targets, as of a day and as known at an instant; `source` or `region` where the caller sees only its own."""

    as_of: date
    first: date
    known_at: datetime
    source: str | None
    region: str | None
    targets: tuple[TargetFigures, ...]


class KindLateness(Shape):
    """How late records of one kind were told, against the legal delay after their own day.

    `history` was due before the source first delivered here: loaded, not late. `beyond_calendar` are days whose working days are not known.
    """

    kind: Kind
    counted_from: str
    working_days: int
    clause: Clause
    records: int
    history: int
    in_time: int
    late: int
    beyond_calendar: int
    late_days_half: int | None
    """Half of the late ones came at most so many calendar days after their last legal day."""
    late_days_most: int | None


class FieldFilled(Shape):
    """How many of a kind's records carry a field that they should."""

    kind: Kind
    field: str
    records: int
    filled: int
    share_x10000: int | None


class RowsOfSource(Shape):
    """Rows of the deliveries that came in the period, as they ended; `waiting` is what stands in the queue now."""

    deliveries: int
    rows_read: int
    rejected: int
    queued: int
    waiting: int
    last_received_at: datetime | None


class SourceQuality(Shape):
    """How one source delivers, from the first day of the year to the day."""

    source: str
    title: Bilingual
    as_of: date
    first: date
    known_at: datetime
    rows: RowsOfSource
    lateness: tuple[KindLateness, ...]
    fields: tuple[FieldFilled, ...]
