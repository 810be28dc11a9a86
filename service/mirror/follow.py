"""One round of a mirror: ask what was signed, read what is new, forget what was forgotten, and prove the copy equal.

Nothing that came is kept before it is checked, and a copy that does not fit is never thrown away: it stays, or is set aside.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from models.changes import BrokenChain, canonical
from models.checkpoints import Checkpoint, read_checkpoint, told_in
from models.copies import Copy, CopyDiffers, Line, differing, leaf_of
from models.log_tree import is_consistent
from service.mirror.faults import Declined, RolledBack, Tampered, Unreachable
from service.mirror.folder import KEYS, LISTS, Folder
from service.mirror.remote import Remote

AT_ONCE = 5_000
"""Lines kept together: what a killed process reads again at most."""
NAMED = 20


@dataclass
class Round:
    """What a round did; `set_aside` and `differing` are of a copy that a new epoch replaced."""

    checkpoint: Checkpoint
    read: int = 0
    forgotten: int = 0
    set_aside: Path | None = None
    differing: list[tuple[str, str, str]] = field(default_factory=list)
    verdict: str | None = None
    """What the service said to the acknowledgement."""


class Mirror:
    """A folder, the copy in it, and the service it follows."""

    def __init__(self, remote: Remote, folder: Folder) -> None:
        """Reads the copy, and checks every line of it again."""
        self.remote = remote
        self.folder = folder
        self.copy = folder.load()

    def follow(self, *, from_snapshot: bool = False, acknowledges: bool = True) -> Round:
        """Do one round. Raises what the service, the lines or the proof give cause for; what was kept before stays good."""
        keys = self.remote.keys()
        checkpoint, token = self.remote.checkpoint(keys)
        self._refuse_older(checkpoint)
        done = Round(checkpoint)
        if checkpoint.epoch > self.folder.state.epoch:
            self._change_epoch(checkpoint, keys, done)
            checkpoint, token = self._again(keys, checkpoint, token)
        if from_snapshot and self.copy.seq == 0 < checkpoint.seq:
            checkpoint, token = self._begin_anew(keys)
        grown_from = self.copy.seq
        done.read = self._read(checkpoint)
        self.copy.epoch = checkpoint.epoch
        done.forgotten = self._forget(checkpoint)
        self._prove(checkpoint, keys, grown_from=grown_from)
        self.folder.write(KEYS, to_json(keys))
        news = done.read or done.forgotten or not (self.folder.path / LISTS).exists()
        self.folder.keep(token=token, epoch=checkpoint.epoch)
        if news:
            self.folder.write(LISTS, b"".join(self._current()))
        if acknowledges:
            told = {"epoch": checkpoint.epoch, "seq": checkpoint.seq, "root": checkpoint.lists_root, "checkpoint": token}
            done.verdict = str(self.remote.acknowledge(told).get("verdict"))
        done.checkpoint = checkpoint
        return done

    def _refuse_older(self, checkpoint: Checkpoint) -> None:
        """What was signed may only go on: in epoch, line and instant."""
        state = self.folder.state
        if checkpoint.epoch < state.epoch or (checkpoint.epoch == state.epoch and checkpoint.seq < state.seq):
            self._bear_witness()
            raise RolledBack(
                f"The service signs line {checkpoint.seq} of epoch {checkpoint.epoch}, and the copy stands at {state.seq} of epoch "
                f"{state.epoch}. A backup may have been restored without a new epoch. The copy is kept as a witness; tell the service."
            )
        if state.token is not None:
            last = told_in(state.token)
            if (checkpoint.epoch, checkpoint.issued) < (last.epoch, last.issued):
                raise RolledBack(
                    f"The service shows a checkpoint of {checkpoint.issued_at}, after it had shown one of {last.issued_at}. "
                    "Somebody may be replaying old answers; try again, and tell the service if it stays."
                )

    def _bear_witness(self) -> None:
        """Show the service that it signed more than it holds now: it publishes nothing before the matter is settled."""
        if self.folder.state.token is not None and self.remote.feed == "changes":
            signed = told_in(self.folder.state.token)
            told = {"epoch": signed.epoch, "seq": signed.seq, "root": signed.lists_root, "checkpoint": self.folder.state.token}
            with suppress(Declined, Unreachable):
                self.remote.acknowledge(told)

    def _change_epoch(self, checkpoint: Checkpoint, keys: dict[str, Any], done: Round) -> None:
        """A new epoch: go on if the copy ends where it begins or before, else begin anew and name what is different now."""
        begun = [one for one in self.remote.epochs() if self.folder.state.epoch < one["epoch"] <= checkpoint.epoch]
        if not begun or self.copy.seq <= min(one["begins_after"] for one in begun):
            return
        done.set_aside = self.folder.set_aside()
        before = dict(self.copy.lines)
        self._begin_anew(keys)
        done.differing = differing(before, self.copy.lines)

    def _again(self, keys: dict[str, Any], checkpoint: Checkpoint, token: str) -> tuple[Checkpoint, str]:
        """The snapshot may be of a later line than the checkpoint that was asked for before it."""
        return (checkpoint, token) if checkpoint.seq >= self.copy.seq else self.remote.checkpoint(keys)

    def _begin_anew(self, keys: dict[str, Any]) -> tuple[Checkpoint, str]:
        """Put a snapshot in the place of the copy, once it is proved."""
        checkpoint, token, lines = self.remote.snapshot(keys)
        begun = Copy.begin(lines, epoch=checkpoint.epoch, seq=checkpoint.seq, hash=checkpoint.hash)
        begun.compare(checkpoint)
        self.copy = begun
        at = {"epoch": checkpoint.epoch, "seq": checkpoint.seq, "hash": checkpoint.hash}
        start = {"begun_at": checkpoint.seq, "begun_epoch": checkpoint.epoch, "begun_hash": checkpoint.hash}
        ordered = (begun.lines[seq] for seq in sorted(begun.lines))
        self.folder.rewrite(ordered, **at, **start, forgotten=checkpoint.forgotten, token=token)
        return checkpoint, token

    def _read(self, checkpoint: Checkpoint) -> int:
        before = self.copy.seq
        for part in _parts(self.remote.lines(after=before, until=checkpoint.seq)):
            self.copy.take(part)
            self.folder.append(self.copy, part)
        if self.copy.seq < checkpoint.seq:
            raise Tampered(
                f"The service signed {checkpoint.seq} lines and sent them up to {self.copy.seq} only. What came is kept; try again, and "
                "tell the service if it stays."
            )
        return self.copy.seq - before

    def _forget(self, checkpoint: Checkpoint) -> int:
        """Empty what the law had emptied: in the copy, in the file, and then count it as done."""
        number, asked = self.folder.state.forgotten, set()
        if number >= checkpoint.forgotten:
            return 0
        for told, seq in self.remote.forgotten(number):
            if told != number + 1:
                raise Tampered(f"After emptied line number {number} comes number {told}: some are missing. Try again.")
            if (line := self.copy.lines.get(seq)) is not None and leaf_of(line) is not None:
                raise Tampered(f"The service asks to forget line {seq}, whose entry has not ended. Nothing is forgotten; tell the service.")
            number = told
            asked.add(seq)
        if number < checkpoint.forgotten:
            raise Tampered(f"The service signed that {checkpoint.forgotten} lines were emptied, and names {number}. Try again.")
        emptied = sum(line["seq"] in asked and line["body"] is not None for line in self.folder.lines())
        for seq in asked:
            self.copy.forget(seq)
        if emptied:
            self.folder.rewrite(_emptied(self.folder.lines(), asked), forgotten=number)
        else:
            self.folder.keep(forgotten=number)
        return emptied

    def _prove(self, checkpoint: Checkpoint, keys: dict[str, Any], *, grown_from: int) -> None:
        """Compare with what was signed; a copy without its first lines also has it proved that the log only grew."""
        try:
            self.copy.compare(checkpoint)
        except CopyDiffers as fault:
            raise CopyDiffers(f"{fault}{self._named(keys)}") from fault
        last = None if self.folder.state.token is None else told_in(self.folder.state.token)
        if self.copy.peaks is not None or last is None or not 0 < last.seq < checkpoint.seq or grown_from == checkpoint.seq:
            return
        told = self.remote.growth(last.seq, checkpoint.seq)
        proof = [bytes.fromhex(part) for part in told["proof"]]
        old_root, root = bytes.fromhex(last.log_root), bytes.fromhex(checkpoint.log_root)
        if not is_consistent(old=last.seq, old_root=old_root, size=checkpoint.seq, root=root, proof=proof):
            raise Tampered(
                f"The log of {checkpoint.seq} lines is not proved to go on the one of {last.seq}. Keep the copy, and tell the service."
            )

    def _named(self, keys: dict[str, Any]) -> str:
        """Which entries are not as the service has them, as far as it shows a snapshot."""
        try:
            checkpoint, _, lines = self.remote.snapshot(keys)
            theirs = Copy.begin(lines, epoch=checkpoint.epoch, seq=checkpoint.seq, hash=checkpoint.hash)
            theirs.compare(checkpoint)
        except BrokenChain:
            return " The service's own snapshot does not give the root it signed either."
        return f" {name_all(differing(self.copy.lines, theirs.lines))}"

    def _current(self) -> Iterator[bytes]:
        for seq in sorted(self.copy.lines):
            line = self.copy.lines[seq]
            if leaf_of(line) is not None:
                yield f"{canonical(line['body'] | {'seq': seq})}\n".encode()


def check_folder(folder: Folder) -> Checkpoint | None:
    """Prove a folder by itself: every line, and the last checkpoint under the keys that were published then. Raises as `Mirror` does."""
    copy = folder.load()
    if folder.state.token is None:
        return None
    keys = (folder.path / KEYS).read_bytes()
    checkpoint = read_checkpoint(folder.state.token, _parsed(keys))
    if copy.seq == checkpoint.seq:
        copy.compare(checkpoint)
    return checkpoint


def name_all(keys: Iterable[tuple[str, str, str]]) -> str:
    """The differing entries in words."""
    named = list(keys)
    told = ", ".join(f"{list_name}: {scheme} {value}" for list_name, scheme, value in named[:NAMED])
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f"Different: {told}{more}." if named else "No entry differs."


def _emptied(lines: Iterable[Line], asked: set[int]) -> Iterator[Line]:
    for line in lines:
        yield line | {"salt": None, "body": None} if line["seq"] in asked else line


def _parts(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while part := list(islice(lines, AT_ONCE)):
        yield part


def _parsed(keys: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(keys)
    return told
