"""Prove the whole log from its lines: numbers, chain, commitments, and the roots that were kept of it."""

from data.database import ReadSession
from data.stores import changes, trees
from models.copies import Copy, CopyDiffers


def verify_log(session: ReadSession) -> changes.Head:
    """Check every line, and compute both roots anew as far as they were kept. Raises `BrokenChain` and `CopyDiffers`."""
    head = changes.verify_chain(session)
    kept = trees.last_roots(session)
    copy = Copy()
    copy.take(changes.read_until(session, 0, until=kept.seq))
    # A line whose entry ended after the last kept root may be empty by now; the lists' root is compared where nothing came after it.
    if copy.log_root() != kept.log_root or (kept.seq == head.seq and copy.lists_root() != kept.lists_root):
        raise CopyDiffers(
            f"The lines up to {kept.seq} do not give the roots that were kept of them. Stop publishing, and compare with a consumer's copy."
        )
    return head
