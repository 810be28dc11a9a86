"""Prove what the log holds: an entry or its absence, a line, and that the log only grew."""

from data.database import AsyncConnection, ReadSession
from data.stores import changes, checkpoints, trees
from models import list_tree, log_tree
from models.changes import FeedLine
from models.errors import NotFound, Refused
from service.proof_answers import ConsistencyProof, EntryProof, LineProof, OtherLeaf


class NotSignedYet(Refused):
    """A proof was asked for a line that the trees have not come to, or that does not exist."""

    code = "proof.beyond_root"


class NoCheckpoint(NotFound):
    """Nothing has been signed yet."""

    code = "proof.no_checkpoint"


def latest_checkpoint(session: ReadSession) -> checkpoints.Kept:
    """The newest signed checkpoint. Raises `proof.no_checkpoint`."""
    kept = checkpoints.latest_checkpoint(session)
    if kept is None:
        raise NoCheckpoint(
            "No checkpoint has been signed yet. The service signs one as it starts, with an active key: `qcredit signing-keys list`."
        )
    return kept


async def prove_entry(connection: AsyncConnection, list_name: str, *, scheme: str, value: str) -> EntryProof:
    """Prove that an enterprise stands on a list after the last line that has a root, or that it does not."""
    key = list_tree.key_of(list_name, scheme, value)
    found = await trees.prove_entry(connection, key)
    proof = found.proof
    return EntryProof(
        epoch=found.epoch,
        seq=found.seq,
        lists_root=found.lists_root,
        key=key.hex(),
        value=found.said and found.said.hex(),
        beside=tuple(one.hex() for one in proof.beside),
        stands=proof.stands and OtherLeaf(key=proof.stands[0].hex(), value=proof.stands[1].hex()),
        lines=tuple(map(FeedLine.model_validate_json, found.lines)),
    )


def prove_line(session: ReadSession, seq: int, *, size: int | None) -> LineProof:
    """Prove that a line stands in the log of so many lines; of all that have a root unless given. Raises `proof.beyond_root`."""
    roots = _roots(session, trees.last_roots(session).seq if size is None else size)
    if not 1 <= seq <= roots.seq:
        raise NotSignedYet(f"Line {seq} is not among the first {roots.seq} lines. Ask for a size that reaches it.")
    (line,) = changes.changes_after(session, seq - 1, limit=1)
    return LineProof(
        seq=seq,
        size=roots.seq,
        log_root=roots.log_root,
        hash=line.hash,
        leaf=log_tree.leaf_of(line.hash).hex(),
        proof=tuple(part.hex() for part in trees.prove_lines(session, log_tree.inclusion_spans(seq, roots.seq))),
    )


def prove_growth(session: ReadSession, old: int, *, size: int | None) -> ConsistencyProof:
    """Prove that the log of so many lines goes on the one of `old` lines. Raises `proof.beyond_root`."""
    roots = _roots(session, trees.last_roots(session).seq if size is None else size)
    if old > roots.seq:
        raise NotSignedYet(f"A log of {roots.seq} lines does not go on one of {old}. Ask for a size of at least {old}.")
    return ConsistencyProof(
        old=old,
        old_root=_roots(session, old).log_root,
        size=roots.seq,
        log_root=roots.log_root,
        proof=tuple(part.hex() for part in trees.prove_lines(session, log_tree.consistency_spans(old, roots.seq))),
    )


def _roots(session: ReadSession, seq: int) -> trees.Roots:
    found = trees.find_roots(session, seq)
    if found is None:
        last = trees.last_roots(session).seq
        raise NotSignedYet(f"There is no root after line {seq}; the last one is after line {last}. Ask for at most {last} lines.")
    return found
