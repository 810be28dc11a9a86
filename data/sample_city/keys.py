"""Keys of many references at once, equal to `models.identifiers.key_of`."""

from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def keys_of(first: str, seconds: pa.Array) -> NDArray[np.int64]:
    """`key_of(first, second)` for each second part."""
    start = f"{len(first)}:{first}"
    digests = b"".join([sha256(f"{start}{len(second)}:{second}".encode()).digest() for second in seconds.to_pylist()])
    return (np.frombuffer(digests, ">u8")[::4] >> np.uint64(1)).astype(np.int64)
