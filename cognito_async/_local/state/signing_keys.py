"""The two keys with which a pool signs its tokens."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..._core.concurrency.per_loop import PerLoop


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One RSA key, and the id by which a token names it."""

    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningKey:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(base64.b64encode(secrets.token_bytes(32)).decode(), private)

    def sign(self, claims: dict[str, Any]) -> str:
        head = {"kid": self.kid, "alg": "RS256"}
        signed = f"{_base64url(_json(head))}.{_base64url(_json(claims))}"
        return f"{signed}.{_base64url(self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def has_signed(self, token: str) -> bool:
        signed, _, signature = token.rpartition(".")
        try:
            self.private.public_key().verify(
                _from_base64url(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        modulus, exponent = (
            _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e)
        )
        return {"alg": "RS256", "e": exponent, "kid": self.kid, "kty": "RSA", "n": modulus, "use": "sig"}


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key for ID tokens and the key for access tokens. Several pools may share a pair, which makes tests faster."""

    id: SigningKey
    access: SigningKey

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        return {"keys": [self.id.jwk(), self.access.jwk()]}

    @classmethod
    def generate(cls) -> SigningKeys:
        """Generate a pair. This takes up to half a second, so call it in a worker thread."""
        return cls(SigningKey.generate(), SigningKey.generate())


class KeyRing:
    """A pool's keys, generated in a worker thread when first needed; concurrent callers share one generation."""

    def __init__(self, keys: SigningKeys | None) -> None:
        self._keys = keys
        self._lock = PerLoop(anyio.Lock)

    def get_nowait(self) -> SigningKeys:
        """Return the keys. Generating them blocks the event loop for up to half a second."""
        if self._keys is None:
            made = SigningKeys.generate()
            self._keys = self._keys or made  # another thread may have set them already
        return self._keys

    async def get(self) -> SigningKeys:
        async with self._lock.get():
            if self._keys is None:
                made = await anyio.to_thread.run_sync(SigningKeys.generate)
                self._keys = self._keys or made  # another loop may have set them already
            return self._keys


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
