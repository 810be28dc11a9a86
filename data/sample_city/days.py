"""Days as whole numbers since 1970-01-01, with one number for "none", so that a million dates are one array."""

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Days = NDArray[np.int32]
Mask = NDArray[np.bool_]
NONE = np.iinfo(np.int32).min
_EPOCH = date(1970, 1, 1).toordinal()


def day(value: date) -> int:
    """The whole number of a date."""
    return value.toordinal() - _EPOCH


def none(count: int) -> Days:
    return np.full(count, NONE, np.int32)


def until(days: Days, last: int) -> Days:
    """Keep what has happened by the last day; later days are none."""
    return np.where(days > last, NONE, days).astype(np.int32)


def after(days: Days, lag: NDArray[np.int64] | int) -> Days:
    """Add a lag; none stays none."""
    return np.where(days == NONE, NONE, days + lag).astype(np.int32)


def only(days: Days, where: Mask) -> Days:
    return np.where(where, days, NONE).astype(np.int32)


def dates(days: Days) -> pa.Array:
    """As an Arrow column of dates."""
    return pa.array(days, pa.int32(), mask=days == NONE).cast(pa.date32())
