"""Encryption of bytes before they are stored: only the holder of the key can read or change them."""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._core.errors import ConfigurationError
from .._core.secret import Secret

SHORTEST_KEY = 32
_NONCE = 12


class Seal:
    """AES-256-GCM (NIST SP 800-38D), with a key that HKDF (RFC 5869) derives from the caller's key for one purpose.

    Args:
        key: the caller's key, a string or bytes, of at least 32 bytes.
        purpose: the kind of data, such as "store". Data that was encrypted for one purpose cannot be decrypted for
            another.

    Raises:
        ConfigurationError: if the key is too short, or not a string or bytes.
    """

    __slots__ = ("_cipher",)

    def __init__(self, key: Secret[Any], purpose: str) -> None:
        material = _material(key.reveal())
        if material is None:
            raise ConfigurationError(f"the {purpose} key contains a character that UTF-8 cannot express")
        if len(material.reveal()) < SHORTEST_KEY:
            raise ConfigurationError(f"the {purpose} key must have at least {SHORTEST_KEY} random characters or bytes")
        derivation = HKDF(SHA256(), 32, None, f"cognito_async {purpose} 1".encode())
        self._cipher = AESGCM(derivation.derive(material.reveal()))

    def __repr__(self) -> str:
        return "Seal(<key>)"

    def encrypt(self, text: Secret[bytes], bound_to: bytes) -> bytes:
        """Encrypt bytes. `bound_to` is associated data: it is not stored, and `decrypt` needs the same value."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.reveal(), bound_to)

    def decrypt(self, sealed: bytes, bound_to: bytes) -> Secret[bytes] | None:
        """Return the decrypted bytes; `None` if `sealed` was altered, or if key, purpose or `bound_to` differ."""
        try:
            return Secret(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to))
        except (InvalidTag, ValueError):
            return None


def _material(key: Any) -> Secret[bytes] | None:
    """Return a key's bytes: `b""` if it is neither a string nor bytes, `None` if UTF-8 cannot express it."""
    try:
        return Secret(key.encode() if isinstance(key, str) else key if isinstance(key, bytes) else b"")
    except UnicodeEncodeError:
        return None
