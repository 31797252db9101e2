"""Symmetric KMS keys, with which pools wrap the data keys of the codes for custom senders."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_NAME = 32


class KmsKey:
    """A key of 256 bits that never leaves this object. What it encrypts begins with the hash of its ARN."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.region = arn.split(":")[3]
        self.name = hashlib.sha256(arn.encode()).digest()
        # KMS gives each version of a key such an id. A local key has one version.
        self.material_id = secrets.token_hex(32)
        self._cipher = AESGCM(AESGCM.generate_key(256))

    def __repr__(self) -> str:
        return f"KmsKey({self.arn!r})"

    def encrypt(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Encrypt up to 4,096 bytes. `decrypt` needs the same context."""
        nonce = secrets.token_bytes(_NONCE)
        return self.name + nonce + self._cipher.encrypt(nonce, plaintext, self._bound_to(context))

    def decrypt(self, blob: bytes, context: Mapping[str, str]) -> bytes | None:
        """Return the plain text; `None` if the blob was altered, or encrypted in another context."""
        nonce, sealed = blob[_NAME : _NAME + _NONCE], blob[_NAME + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, sealed, self._bound_to(context))
        except (InvalidTag, ValueError):
            return None

    def _bound_to(self, context: Mapping[str, str]) -> bytes:
        return self.name + json.dumps(context, sort_keys=True).encode()


class KmsKeys:
    """The keys of one service."""

    def __init__(self) -> None:
        self._by_arn: dict[str, KmsKey] = {}

    def of(self, arn: str) -> KmsKey:
        """Return the key with this ARN. Make it, if it is new."""
        return self._by_arn.setdefault(arn, KmsKey(arn))

    def find(self, key_id: str, region: str | None) -> KmsKey | None:
        """Return a key of a region, or of any region, by its ARN or by the last part of its ARN."""
        return next((each for each in self._in(region) if key_id in (each.arn, each.arn.partition(":key/")[2])), None)

    def of_blob(self, blob: bytes, region: str | None) -> KmsKey | None:
        """Return the key that has encrypted a blob, if it is one of a region, or of any region."""
        return next((each for each in self._in(region) if blob[:_NAME] == each.name), None)

    def _in(self, region: str | None) -> list[KmsKey]:
        return [each for each in self._by_arn.values() if region in (None, each.region)]
