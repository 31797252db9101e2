"""Encrypted strings with state of the pool. A client sends them back, but cannot read or change them."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_TAG = 16
# The first bytes of the service's `Session` strings, which begin with AYABe.
_SESSION_PREFIX = b"\x01\x80\x01\x78"
_REFRESH_HEADER = base64.urlsafe_b64encode(b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}').rstrip(b"=").decode()


class OpaqueTokens:
    """The encryption of these strings. Each service has its own key, so it refuses the strings of other services.

    The strings are as long as Cognito's, so that a client whose storage is too small for them fails in its tests.
    """

    def __init__(self) -> None:
        self._aead = AESGCM(secrets.token_bytes(32))

    def secret_block(self, state: dict[str, Any]) -> str:
        return base64.b64encode(self._close(state, b"SECRET_BLOCK", 1320)).decode()

    def open_secret_block(self, text: str) -> dict[str, Any] | None:
        return self._open(_base64(text), b"SECRET_BLOCK")

    def session(self, state: dict[str, Any]) -> str:
        return base64.b64encode(_SESSION_PREFIX + self._close(state, b"Session", 1150)).decode()

    def open_session(self, text: str) -> dict[str, Any] | None:
        blob = _base64(text)
        return self._open(blob[4:], b"Session") if blob.startswith(_SESSION_PREFIX) else None

    def page(self, state: dict[str, Any], listing: str) -> str:
        """Return a token for the place where a page ended. It is valid for the same listing only."""
        return base64.b64encode(self._close(state, f"PaginationToken {listing}".encode(), 200)).decode()

    def open_page(self, text: str, listing: str) -> dict[str, Any] | None:
        return self._open(_base64(text), f"PaginationToken {listing}".encode())

    def refresh_token(self, state: dict[str, Any]) -> str:
        """Return a token of five parts, like a JWE. The second part, where a JWE has its encrypted key, is random."""
        head = f"{_REFRESH_HEADER}.{_base64url(secrets.token_bytes(256))}"
        blob = self._close(state, head.encode(), 900)
        parts = (blob[:_NONCE], blob[_NONCE:-_TAG], blob[-_TAG:])
        return ".".join([head, *map(_base64url, parts)])

    def open_refresh_token(self, text: str) -> dict[str, Any] | None:
        parts = text.split(".")
        if len(parts) != 5:
            return None
        blob = b"".join(
            _base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)) for part in parts[2:]
        )
        return self._open(blob, ".".join(parts[:2]).encode())

    def _close(self, state: dict[str, Any], purpose: bytes, size: int) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._aead.encrypt(nonce, json.dumps(state, separators=(",", ":")).encode().ljust(size), purpose)

    def _open(self, blob: bytes, purpose: bytes) -> dict[str, Any] | None:
        if len(blob) < _NONCE + _TAG:
            return None
        try:
            state: dict[str, Any] = json.loads(self._aead.decrypt(blob[:_NONCE], blob[_NONCE:], purpose))
        except InvalidTag:
            return None
        return state


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
