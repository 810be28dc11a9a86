"""A copy of the lists, as a consumer keeps it: what it takes from lines, and how it is compared with a checkpoint.

Pure: whoever follows the feed (the mirror, the check of the whole log) hands in lines as they came, parsed from JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models import list_tree, log_tree
from models.changes import GENESIS, BrokenChain, check_line, verify
from models.checkpoints import Checkpoint

Line = dict[str, Any]


class CopyDiffers(BrokenChain):
    """A copy is not equal to what was signed."""

    code = "changes.copy_differs"


class Forked(BrokenChain):
    """The log that is offered is another one than the log that was read before."""

    code = "changes.forked"


@dataclass
class Copy:
    """Where a reader stands, and the last line of every entry it knows of, ended ones too, under that line's number."""

    epoch: int = 1
    seq: int = 0
    hash: str = GENESIS
    lines: dict[int, Line] = field(default_factory=dict)
    peaks: list[bytes] | None = field(default_factory=list)
    """Of the tree over all lines; None where the copy began with a snapshot, which has not all of them."""

    def take(self, lines: Iterable[Line]) -> None:
        """Check the next lines and follow them. Raises `BrokenChain` and keeps what came before the line that does not fit."""
        for line in lines:
            verify((line,), after=self.seq, previous_hash=self.hash)
            if line["epoch"] < self.epoch:
                raise Forked(f"Line {line['seq']} is of epoch {line['epoch']}, and epoch {self.epoch} has begun. Keep both copies.")
            self.epoch, self.seq, self.hash = line["epoch"], line["seq"], line["hash"]
            if self.peaks is not None:
                _, self.peaks, _ = log_tree.grow(self.seq - 1, self.peaks, [log_tree.leaf_of(line["hash"])])
            self.lines.pop(line["replaces_seq"], None)
            self.lines[self.seq] = line

    @classmethod
    def begin(cls, lines: Iterable[Line], *, epoch: int, seq: int, hash: str) -> "Copy":  # noqa: A002  # the field's name
        """Begin with a snapshot: the last line of every entry up to a line. Each is checked by itself; `compare` proves the whole."""
        held: dict[int, Line] = {}
        for line in lines:
            check_line(line)
            held[line["seq"]] = line
        return cls(epoch=epoch, seq=seq, hash=hash, lines=held, peaks=None)

    def forget(self, seq: int) -> bool:
        """Empty a line that the law had emptied; whether it was held and not empty yet."""
        line = self.lines.get(seq)
        if line is None or line["body"] is None:
            return False
        self.lines[seq] = line | {"salt": None, "body": None}
        return True

    def leaves(self) -> dict[bytes, bytes]:
        """The leaves of the tree over the current entries."""
        said: dict[bytes, list[bytes]] = {}
        for line in self.lines.values():
            leaf = leaf_of(line)
            if leaf is not None:
                said.setdefault(leaf[0], []).append(leaf[1])
        return {key: list_tree.value_of(parts) for key, parts in said.items()}

    def lists_root(self) -> str:
        return list_tree.root_of(self.leaves()).hex()

    def log_root(self) -> str | None:
        """None where not every line was read."""
        return None if self.peaks is None else log_tree.root_of(self.peaks).hex()

    def compare(self, checkpoint: Checkpoint) -> None:
        """Prove the copy equal to what was signed at the same line. Raises `CopyDiffers`."""
        if (self.epoch, self.seq, self.hash) != (checkpoint.epoch, checkpoint.seq, checkpoint.hash):
            raise CopyDiffers(
                f"The copy stands at line {self.seq} of epoch {self.epoch} ({self.hash[:12]}), and the checkpoint at {checkpoint.seq} of "
                f"epoch {checkpoint.epoch} ({checkpoint.hash[:12]}). Keep both, and ask the service for its epochs."
            )
        if self.log_root() not in {None, checkpoint.log_root}:
            raise CopyDiffers(f"The lines up to {self.seq} do not give the root that was signed. Keep this copy, and tell the service.")
        if self.lists_root() != checkpoint.lists_root:
            raise CopyDiffers(
                f"The entries current after line {self.seq} do not give the root that was signed. Compare them with a snapshot: "
                "`qcredit mirror verify` names those that differ."
            )


def leaf_of(line: Mapping[str, Any]) -> tuple[bytes, bytes] | None:
    """What the entry of a line gives to the tree; None when it has ended, or when nothing is told of it any more."""
    if line["body"] is None:
        return None
    return list_tree.leaf_after(line["body"], salt=line["salt"], line_hash=line["hash"])


def differing(one: Mapping[int, Line], other: Mapping[int, Line]) -> list[tuple[str, str, str]]:
    """List, scheme and value of every entry that is current in one of two copies and not the same in the other."""
    return sorted({who for who, _ in _current(one) ^ _current(other)})


def _current(lines: Mapping[int, Line]) -> set[tuple[tuple[str, str, str], str]]:
    found = set()
    for line in lines.values():
        if leaf_of(line) is not None:
            body = line["body"]
            found.add(((body["list"], body["enterprise"]["scheme"], body["enterprise"]["value"]), line["hash"]))
    return found
