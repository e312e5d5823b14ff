"""The signing key of a workspace: made at first use, kept there, its public half for everybody."""

from __future__ import annotations

import hashlib
import hmac
import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from synthcraft.graph.errors import InputError, StoreError
from synthcraft.tools.artifacts import private_folder, store_error

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class PublicKey:
    """What checks a signature (Ed25519); `raw` has 32 bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """Short name of the key: the first 16 digits of its SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def signed(self, message: bytes, signature: str) -> bool:
        """Whether the signature (hexadecimal) is this key's, of this message."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return signature == signature.lower()

    def pem(self) -> str:
        """The key as text, in the form that other programs read as well."""
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = Ed25519PublicKey.from_public_bytes(self.raw)
        form = forms.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(forms.Encoding.PEM, form).decode()


def read_public_key(path: Path) -> PublicKey:
    """The public key in a file that `synthcraft audit key` wrote.

    Raises:
        InputError: it cannot be read, or holds no Ed25519 public key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    hint = "Give the file that `synthcraft audit key` wrote in the workspace of the project."
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise InputError(f"The key {path.name} cannot be read: {error.strerror}.", hint) from error
    except (ValueError, UnsupportedAlgorithm):
        key = None  # told below, without what the library says
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"The file {path.name} holds no public key of an audit log.", hint)
    return PublicKey(key.public_bytes_raw())


class Keys:
    """The keys of a workspace, in one file that only its owner can read."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "keys" / "audit.pem"

    @property
    def public(self) -> PublicKey | None:
        """The public half; none before the first signature."""
        return self.made() if self._kept else None

    def made(self) -> PublicKey:
        """The public half, of a key that is made now if there is none."""
        return PublicKey(self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        """The signature, hexadecimal."""
        return self._private.sign(message).hex()

    def secret(self, purpose: str) -> bytes:
        """32 bytes that nobody can know who has not the key; others for every purpose."""
        seed = self._private.private_bytes_raw()
        return hmac.digest(seed, f"synthcraft {purpose}".encode(), "sha256")

    @property
    def _kept(self) -> bool:
        return self.path.is_file()

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            if not self._kept:
                self._make()
            return cast(
                "Ed25519PrivateKey", load_pem_private_key(self.path.read_bytes(), password=None)
            )
        except OSError as error:
            raise store_error(error, self.path.parent) from error
        except (ValueError, TypeError):
            # without its cause: what stands in the file is told to nobody
            raise StoreError(
                f"The signing key {self.path.name} of the workspace cannot be read.",
                "Put it back from a backup. Without it move the file away: a new key is made, "
                "and older entries are checked with --key and the public key that you kept.",
            ) from None

    def _make(self) -> None:
        """Write a new key whole; of two who do so at once, the first stays."""
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        text = Ed25519PrivateKey.generate().private_bytes(
            forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
        )
        private_folder(self.path.parent)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".tmp-")  # mode 0600
        try:
            with open(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.link(name, self.path)
        except FileExistsError:
            return
        finally:
            os.unlink(name)
