"""Sealing: bytes that only the holder of a key can read or change, bound to what they are for."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._core.errors import ConfigurationError
from .._core.redact import mask

SHORTEST_KEY = 32
_NONCE = 12


class Seal:
    """AES-256-GCM (NIST SP 800-38D) under a key made by HKDF (RFC 5869) for one purpose alone.

    Raises:
        ConfigurationError: when the key is too short, or no text or bytes.
    """

    __slots__ = ("_cipher",)

    def __init__(self, key: str | bytes, purpose: str) -> None:
        key = mask(key)
        try:
            material = mask(key.encode() if isinstance(key, str) else key)
        except UnicodeEncodeError:
            raise ConfigurationError(f"the key of a {purpose} holds a character that UTF-8 cannot express") from None
        if not isinstance(material, bytes) or len(material) < SHORTEST_KEY:
            raise ConfigurationError(f"the key of a {purpose} is random text or bytes, at least {SHORTEST_KEY} of them")
        self._cipher = AESGCM(HKDF(SHA256(), 32, None, f"cognito_async {purpose} 1".encode()).derive(material))

    def __repr__(self) -> str:
        return "Seal(<key>)"

    def close(self, text: bytes, bound_to: bytes) -> bytes:
        """Seal a text; `bound_to` is not inside, and must be the same when it is opened."""
        text = mask(text)
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """The text; `None` if it was sealed with another key or for something else, or was altered."""
        try:
            return mask(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to))
        except (InvalidTag, ValueError):
            return None
