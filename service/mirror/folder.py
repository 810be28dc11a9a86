"""A mirror's folder: lines in one file that only grows, and a state that says how much of it counts.

The state is written whole beside the old one and then put in its place, so that a process killed at any instant leaves the state before or
the state after; what stands in the file of lines beyond the state is cut off by the next start.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.changes import GENESIS, canonical
from models.copies import Copy, Line
from models.shapes import Shape
from service.mirror.faults import NotAMirror, Tampered

STATE, LOCK, LISTS, KEYS = "state.json", "lock", "lists.ndjson", "keys.json"


class State(Shape):
    """What of the folder counts."""

    version: int = 1
    log: str
    file: str = "lines-1.ndjson"
    size: int = 0
    """Bytes of `file` that count."""
    epoch: int = 1
    seq: int = 0
    hash: str = GENESIS
    begun_at: int = 0
    """The line of the snapshot that the copy began with; 0 for the first line of the log."""
    begun_epoch: int = 1
    begun_hash: str = GENESIS
    forgotten: int = 0
    token: str | None = None
    """The last checkpoint that the copy was proved equal to."""


class Folder:
    """One mirror on disk, held by one process; use it as a context."""

    def __init__(self, path: Path, *, log: str) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = (path / LOCK).open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise NotAMirror(f"Another process keeps the mirror in {path}. Let it finish, or use another folder.") from None
        try:
            self.state = self._read_state(log)
        except NotAMirror:
            self.close()
            raise

    def close(self) -> None:
        self._lock.close()

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self) -> Copy:
        """The copy, every line of it checked again. Raises `changes.broken_chain` and `mirror.tampered`."""
        file = self.path / self.state.file
        if not file.exists() and self.state.size == 0:
            return Copy()
        self._cut()
        state, copy = self.state, Copy()
        if state.begun_at:
            earlier = (line for line in self.lines() if line["seq"] <= state.begun_at)
            copy = Copy.begin(earlier, epoch=state.begun_epoch, seq=state.begun_at, hash=state.begun_hash)
        copy.take(line for line in self.lines() if line["seq"] > state.begun_at)
        if (copy.seq, copy.hash) != (self.state.seq, self.state.hash):
            raise Tampered(f"{file} ends with line {copy.seq}, and {self.state.seq} lines were kept. Keep the folder, and begin another.")
        copy.epoch = self.state.epoch
        return copy

    def append(self, copy: Copy, lines: list[Line]) -> None:
        """Keep lines that the copy has taken."""
        file = self.path / self.state.file
        self._cut()
        with file.open("ab") as held:
            held.write("".join(f"{canonical(line)}\n" for line in lines).encode())
            held.flush()
            os.fsync(held.fileno())
            size = held.tell()
        self.keep(size=size, epoch=copy.epoch, seq=copy.seq, hash=copy.hash)

    def rewrite(self, lines: Iterator[Line], **changed: Any) -> None:
        """Put other lines in the place of those kept: a snapshot, or the same ones with some of them emptied."""
        old = self.state.file
        number = int(old.removeprefix("lines-").removesuffix(".ndjson")) + 1
        file = self.path / f"lines-{number}.ndjson"
        with file.open("wb") as held:
            for line in lines:
                held.write(f"{canonical(line)}\n".encode())
            held.flush()
            os.fsync(held.fileno())
            size = held.tell()
        self.keep(file=file.name, size=size, **changed)
        (self.path / old).unlink(missing_ok=True)

    def lines(self) -> Iterator[Line]:
        """The lines as they are kept, without being checked."""
        left = self.state.size
        if left:
            with (self.path / self.state.file).open("rb") as held:
                while left > 0 and (text := held.readline()):
                    left -= len(text)
                    yield json.loads(text)

    def keep(self, **changed: Any) -> None:
        """Write the state; from here on, it counts."""
        self.state = self.state.model_copy(update=changed)
        self.write(STATE, self.state.model_dump_json(indent=1).encode())

    def write(self, name: str, content: bytes) -> None:
        """A file of the folder, whole or not at all."""
        half = self.path / f".{name}.new"
        with half.open("wb") as held:
            held.write(content)
            held.flush()
            os.fsync(held.fileno())
        half.replace(self.path / name)
        directory = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def set_aside(self) -> Path:
        """Copy what is kept into a folder of its own, under its epoch and line; a second call finds it there."""
        aside = self.path / f"aside-epoch-{self.state.epoch}-line-{self.state.seq}"
        if not aside.exists():
            half = self.path / f".{aside.name}.new"
            half.mkdir(exist_ok=True)
            for name in (self.state.file, STATE, KEYS):
                if (self.path / name).exists():
                    (half / name).write_bytes((self.path / name).read_bytes())
            half.replace(aside)
        return aside

    def _cut(self) -> None:
        """Take away what a killed process had written beyond the state."""
        file = self.path / self.state.file
        held = file.stat().st_size if file.exists() else 0
        if held < self.state.size:
            raise Tampered(f"{file} is shorter than what was kept in it. Keep the folder for whoever looks into it, and begin another.")
        if held > self.state.size:
            os.truncate(file, self.state.size)

    def _read_state(self, log: str) -> State:
        file = self.path / STATE
        if not file.exists():
            strangers = [one.name for one in self.path.iterdir() if not one.name.startswith((".", "lines-", "lock"))]
            if strangers:
                raise NotAMirror(f"{self.path} holds other files ({strangers[0]}) and no mirror. Name an empty folder.")
            return State(log=log)
        try:
            state = State.model_validate_json(file.read_bytes())
        except ValidationError:
            raise NotAMirror(
                f"{file} cannot be read as the state of a mirror. Keep it for whoever looks into it, and begin another."
            ) from None
        if state.log != log:
            raise NotAMirror(f"{self.path} mirrors the log `{state.log}`, and `{log}` was asked for. Name another folder.")
        return state
