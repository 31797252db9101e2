"""Sealing: bytes that only the holder of a key can read or change, bound to what they are for."""

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
    """AES-256-GCM (NIST SP 800-38D) under a key made by HKDF (RFC 5869) for one purpose alone.

    Raises:
        ConfigurationError: when the key is too short, or no text or bytes.
    """

    __slots__ = ("_cipher",)

    def __init__(self, key: Secret[Any], purpose: str) -> None:
        material = _material(key.reveal())
        if material is None:
            raise ConfigurationError(f"the key of a {purpose} holds a character that UTF-8 cannot express")
        if len(material.reveal()) < SHORTEST_KEY:
            raise ConfigurationError(f"the key of a {purpose} is random text or bytes, at least {SHORTEST_KEY} of them")
        derivation = HKDF(SHA256(), 32, None, f"cognito_async {purpose} 1".encode())
        self._cipher = AESGCM(derivation.derive(material.reveal()))

    def __repr__(self) -> str:
        return "Seal(<key>)"

    def close(self, text: Secret[bytes], bound_to: bytes) -> bytes:
        """Seal a text; `bound_to` is not inside, and must be the same when it is opened."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.reveal(), bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> Secret[bytes] | None:
        """The text; `None` if it was sealed with another key or for something else, or was altered."""
        try:
            return Secret(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to))
        except (InvalidTag, ValueError):
            return None


def _material(key: Any) -> Secret[bytes] | None:
    """The bytes of a key, none for what is no key, and `None` for a text that has no bytes."""
    try:
        return Secret(key.encode() if isinstance(key, str) else key if isinstance(key, bytes) else b"")
    except UnicodeEncodeError:
        return None
