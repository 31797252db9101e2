"""The service's side of SRP-6a as Cognito has it; a client's side is written apart, so the two can judge each other.

All exponentiations are generators of slices, to be run by `run_sliced`.
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
    """Never with a zero byte in front: clients disagree on how to hash such a salt."""
    return bytes([1 + secrets.randbelow(255)]) + secrets.token_bytes(SALT_BYTES - 1)


def verifier(pool_name: str, user_id: str, password: str, salt: bytes) -> Steps[int]:
    """`g^x`, which is all that is kept of a password."""
    identity = _sha256(f"{pool_name}{user_id}:{password}".encode())
    x = int.from_bytes(_sha256(pad(int.from_bytes(salt, "big")) + identity), "big")
    return (yield from power_of_g(x))


def challenge(known_verifier: int) -> Steps[tuple[int, int]]:
    """The secret `b` of one sign-in, and the `B` that goes to the client."""
    b = secrets.randbits(256) | 1 << 255
    return b, (K * known_verifier + (yield from power_of_g(b))) % N


def shared_key(known_verifier: int, a_public: int, b: int, b_public: int) -> Steps[bytes]:
    """The 16 bytes that only someone who knows the password shares with the pool."""
    u = int.from_bytes(_sha256(pad(a_public) + pad(b_public)), "big")
    shared = yield from power(a_public * (yield from power(known_verifier, u)) % N, b)
    pseudo_random_key = _hmac(pad(u), pad(shared))
    return _hmac(pseudo_random_key, b"Caldera Derived Key\x01")[:16]


def claim_signature(key: bytes, pool_name: str, user_id: str, secret_block: bytes, timestamp: str) -> bytes:
    return _hmac(key, pool_name.encode() + user_id.encode() + secret_block + timestamp.encode())


def pretended_verifier(seed: bytes) -> int:
    """For someone who does not exist: the same number each time, and no more work than a known one."""
    return max(G, int.from_bytes(hashlib.shake_256(seed).digest(384), "big") % N)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()
