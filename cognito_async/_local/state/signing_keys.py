"""The two keys with which a pool signs its tokens."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..._core.concurrency.guard import BlockingLock
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
    """A pool's keys, generated in a worker thread when first needed; concurrent callers share one generation.

    Args:
        keys: the keys, or a function that generates them; by default, new ones are generated.
    """

    def __init__(self, keys: SigningKeys | Callable[[], SigningKeys] | None) -> None:
        # The newest pair signs. The tokens that older pairs have signed are still accepted.
        self._pairs = (keys,) if isinstance(keys, SigningKeys) else ()
        self._generate = keys if callable(keys) else lambda: SigningKeys.generate()  # noqa: PLW0108 - tests replace it
        self._lock = PerLoop(anyio.Lock)
        self._rotations = 0

    def get_nowait(self) -> SigningKeys:
        """Return the keys that sign. Generating them blocks the event loop for up to half a second."""
        if not self._pairs:
            made = self._generate()
            self._pairs = self._pairs or (made,)  # another thread may have set them already
        return self._pairs[0]

    async def get(self) -> SigningKeys:
        """Return the keys that sign. Callers get them in turn, so that many calls leave time for other tasks."""
        async with self._lock.get():
            if not self._pairs:
                made = await anyio.to_thread.run_sync(self._generate)
                self._pairs = self._pairs or (made,)  # another loop may have set them already
            return self._pairs[0]

    async def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        await self.get()
        return self.jwks_nowait()

    def jwks_nowait(self) -> dict[str, Any]:
        """Return the same. Generating the keys blocks the event loop."""
        self.get_nowait()
        return {"keys": [key for pair in self._pairs for key in pair.jwks()["keys"]]}

    async def have_signed_access_token(self, token: str) -> bool:
        await self.get()
        return any(pair.access.has_signed(token) for pair in self._pairs)

    def rotate(self, *, forget: bool) -> None:
        """Sign with other keys from now on. With `forget`, accept no token that the old keys have signed.

        Generating keys blocks.
        """
        self.get_nowait()
        self._rotations += 1
        made = shared_keys(self._rotations)
        self._pairs = (made,) if forget else (made, *self._pairs)


_generating = BlockingLock()
_shared_pairs: list[SigningKeys] = []
_foreign: list[SigningKey] = []


def shared_keys(number: int = 0) -> SigningKeys:
    """Return a pair that all pools of the process share: the first, or the one that replaces it, and so on.

    The tests of a program make many pools. Generating keys for each would take longer than the rest of its test.
    """
    with _generating:
        if not _shared_pairs:
            _shared_pairs.append(SigningKeys.generate())
        while len(_shared_pairs) <= number:  # not by `SigningKeys.generate`: our tests let it return one pair
            _shared_pairs.append(SigningKeys(SigningKey.generate(), SigningKey.generate()))
        return _shared_pairs[number]


def foreign_key() -> SigningKey:
    """Return a key that no pool has, always the same."""
    with _generating:
        if not _foreign:
            _foreign.append(SigningKey.generate())
        return _foreign[0]


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
