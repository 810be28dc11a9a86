"""The secret under which private signing keys are sealed: from the environment, or from a file that only its owner reads."""

import hashlib
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.database import var_folder
from models.errors import CreditError

FILE_NAME = "signing.secret"
NONCE_BYTES = 12


class SecretOpen(CreditError):
    """The file with the secret can be read by others."""

    code = "signing.secret_open"


class Sealed(CreditError):
    """The private key was sealed under another secret than this process has."""

    code = "signing.sealed"


class Seal:
    """Closes and opens private keys; says nothing of the secret it was made from."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(_derive(secret, "qcredit: seal of signing keys"))
        self.name = hashlib.sha256(_derive(secret, "qcredit: name of the seal")).hexdigest()[:16]

    def close(self, private: bytes, *, kid: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, private, kid.encode())

    def open(self, sealed: bytes, *, kid: str, seal: str) -> bytes:
        """The private key. Raises `signing.sealed`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], kid.encode())
        except InvalidTag:
            raise Sealed(
                f"The signing key {kid} was sealed under the secret {seal}, and this process has {self.name}. Give every worker the same "
                f"QCREDIT_SIGNING_SECRET (or the same {FILE_NAME} in its var folder), or make a new key with `qcredit signing-keys create`."
            ) from None


def find_secret(given: str | None, *, folder: Path | None = None) -> str:
    """The secret of the environment; without one, that of the var folder, made on first need. Raises `signing.secret_open`."""
    if given:
        return given
    path = (folder or var_folder()) / FILE_NAME
    if not path.exists():
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretOpen(
            f"Others may read {path}, under which the private signing keys are sealed. Run `chmod 600 {path}`; if somebody may have "
            "read it, revoke the active key with `qcredit signing-keys revoke`, delete the file, and make a new key."
        )
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    """Whole or not at all, and the first of two who try at once wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_made = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    try:
        path.hardlink_to(half_made)
    except FileExistsError:
        pass
    finally:
        half_made.unlink()


def _derive(secret: str, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use.encode()).derive(secret.encode())
