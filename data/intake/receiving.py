"""Receiving a delivery: the file and its profile are kept before anything is read, under a key that makes sending again harmless."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from data.database import WriteSession
from data.intake.profiles import LoadedProfile, read_profile
from data.stores.deliveries import find_by_key
from data.stores.files import file_parts, keep_file
from data.stores.sources import REGISTRY, get_source
from models.deliveries import DeliveryState, Mode
from models.errors import Refused
from models.tables.deliveries import Delivery, Source


class KeyReused(Refused):
    """One idempotency key for two different deliveries."""

    code = "delivery.key_reused"


class NotEntitled(Refused):
    """The source may not send what the profile gives."""

    code = "source.not_entitled"


@dataclass(frozen=True)
class Received:
    """A delivery whose file is kept; `is_new` is False when the same one came before."""

    delivery: Delivery
    is_new: bool


def receive(
    session: WriteSession,
    *,
    source: str,
    file: BinaryIO,
    file_name: str,
    profile: LoadedProfile,
    received_from: str,
    mode: Mode = Mode.DELTA,
    idempotency_key: str | None = None,
    rereads: int | None = None,
) -> Received:
    """Keep the file and open a delivery, or find the one that came before under the same key. Raises `KeyReused`, `NotEntitled`.

    Without a key of the sender's, the same file under the same profile is the same delivery.
    """
    organisation = get_source(session, source)
    _refuse_strangers(organisation, profile)
    file_sha256, _ = keep_file(session, file)
    keep_file(session, BytesIO(_profile_bytes(profile)))
    plain = f"{file_sha256} {profile.profile.profile} {profile.hash} {mode} {rereads or ''}"
    key = idempotency_key or sha256(plain.encode()).hexdigest()
    found = find_by_key(session, source, key)
    if found is None:
        found = Delivery(
            source=source,
            profile=profile.profile.profile,
            profile_version=profile.profile.version,
            profile_hash=profile.hash,
            mode=mode.value,
            idempotency_key=key,
            file_name=file_name[-200:],
            file_sha256=file_sha256,
            state=DeliveryState.RECEIVED.value,
            received_from=received_from,
            rereads=rereads,
        )
        session.add(found)
        session.flush()
        return Received(found, is_new=True)
    if (found.file_sha256, found.profile, found.profile_hash, found.mode) != (file_sha256, profile.profile.profile, profile.hash, mode):
        raise KeyReused(
            f"The key '{key[:80]}' belongs to delivery {found.delivery_id} of {found.received_at:%Y-%m-%d}, which has another file, "
            "profile or mode. Send this one under a key of its own."
        )
    return Received(found, is_new=False)


def profile_of(session: WriteSession, delivery: Delivery) -> LoadedProfile:
    """The profile under which a delivery came, as it was then."""
    text = b"".join(file_parts(session, delivery.profile_hash)).decode()
    return read_profile(text, name=delivery.profile)


def _profile_bytes(profile: LoadedProfile) -> bytes:
    return profile.text.replace("\r\n", "\n").encode()


def _refuse_strangers(source: Source, profile: LoadedProfile) -> None:
    """A source that is entitled to none of what the profile gives is told before its file is read."""
    gives = [REGISTRY] if profile.profile.target == "enterprises" else [kind.value for kind in profile.profile.kinds]
    if not set(gives) & set(source.kinds):
        what = "registry facts" if profile.profile.target == "enterprises" else f"records of the kind {' or '.join(gives)}"
        raise NotEntitled(
            f"The source {source.code} is not entitled to deliver {what}. "
            f"It may send {', '.join(source.kinds) or 'nothing yet'}; `qcredit sources entitle` changes that."
        )
