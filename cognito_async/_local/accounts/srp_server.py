"""The server's side of SRP-6a, as Cognito uses it.

The client's side shares only constants, encodings and the exponentiation with it, so that each tests the other.
Functions with an exponentiation are generators: `run_sliced` runs them in slices, to let other tasks run in between.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from ..._crypto.encoding import pad
from ..._crypto.groups import G, K, N
from ..._crypto.power import Steps, power, power_of_g

SALT_BYTES = 16


def new_salt() -> bytes:
    """Return a salt that begins with a nonzero byte, because clients hash leading zeros in different ways."""
    return bytes([1 + secrets.randbelow(255)]) + secrets.token_bytes(SALT_BYTES - 1)


def verifier(pool_name: str, user_id: str, password: str, salt: bytes) -> Steps[int]:
    """Return `g^x`: the pool stores this instead of the password."""
    identity = _sha256(f"{pool_name}{user_id}:{password}".encode())
    x = int.from_bytes(_sha256(pad(int.from_bytes(salt, "big")) + identity), "big")
    return (yield from power_of_g(x))


def challenge(known_verifier: int) -> Steps[tuple[int, int]]:
    """Return the secret `b` of one sign-in, and the public `B` for the client."""
    b = secrets.randbits(256) | 1 << 255
    return b, (K * known_verifier + (yield from power_of_g(b))) % N


def shared_key(known_verifier: int, a_public: int, b: int, b_public: int) -> Steps[bytes]:
    """Return a key of 16 bytes. Only a client that knows the password computes the same key."""
    u = int.from_bytes(_sha256(pad(a_public) + pad(b_public)), "big")
    shared = yield from power(a_public * (yield from power(known_verifier, u)) % N, b)
    pseudo_random_key = _hmac(pad(u), pad(shared))
    return _hmac(pseudo_random_key, b"Caldera Derived Key\x01")[:16]


def claim_signature(key: bytes, pool_name: str, user_id: str, secret_block: bytes, timestamp: str) -> bytes:
    return _hmac(key, pool_name.encode() + user_id.encode() + secret_block + timestamp.encode())


def fake_verifier(seed: bytes) -> int:
    """Return a fake verifier, always the same for a seed.

    It is only a hash, because an exponentiation would reveal by its time that the user is unknown.
    """
    return max(G, int.from_bytes(hashlib.shake_256(seed).digest(384), "big") % N)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()
