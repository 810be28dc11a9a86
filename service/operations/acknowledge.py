"""Take a consumer's word for its copy, compare it with the log, and keep it whatever comes out."""

from data.database import WriteSession
from data.stores import changes, checkpoints, consumers, trees
from models.access import Actor
from models.checkpoints import read_checkpoint
from models.signatures import SignatureFault
from service.consumer_answers import AcknowledgementJudged, AcknowledgementSent, Verdict
from service.feed_answers import LogHead
from service.signing import published_keys


def acknowledge(session: WriteSession, told: AcknowledgementSent, *, actor: Actor) -> AcknowledgementJudged:
    """Judge and keep an acknowledgement; the caller commits."""
    head = changes.head(session)
    roots = trees.find_roots(session, told.seq) if told.seq <= head.seq else None
    root = None if roots is None else roots.lists_root
    verdict = _judge(session, told, head=head, root=root)
    consumers.keep_acknowledgement(
        session, {"holder": actor.holder, "epoch": told.epoch, "seq": told.seq, "root": told.root, "verdict": verdict.value}
    )
    return AcknowledgementJudged(verdict=verdict, root=root, head=LogHead(epoch=head.epoch, seq=head.seq, hash=head.hash))


def _judge(session: WriteSession, told: AcknowledgementSent, *, head: changes.Head, root: str | None) -> Verdict:
    if told.epoch > head.epoch or (told.epoch == head.epoch and told.seq > head.seq):
        return Verdict.AHEAD if _is_witness(session, told) else Verdict.UNPROVED
    ends = [row["begins_after"] for row in checkpoints.list_epochs(session) if row["epoch"] == told.epoch + 1]
    if ends and told.seq > ends[0]:
        return Verdict.OTHER_EPOCH
    if root is None:  # a line of this second, before its root: nobody can have had a root for it that we signed
        return Verdict.UNPROVED
    return Verdict.EQUAL if told.root == root else Verdict.DIFFERS


def _is_witness(session: WriteSession, told: AcknowledgementSent) -> bool:
    """Whether a checkpoint that this service signed shows that its log had been that long."""
    if told.checkpoint is None:
        return False
    try:
        signed = read_checkpoint(told.checkpoint, published_keys(session))
    except SignatureFault:
        return False
    return (signed.log, signed.epoch, signed.seq, signed.lists_root) == ("changes", told.epoch, told.seq, told.root)
