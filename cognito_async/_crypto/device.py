"""What makes a new device: a password of its own, and the verifier that the service keeps of it."""

from __future__ import annotations

import base64
import hashlib
import secrets

from .._core.secret import Secret
from .encoding import pad
from .power import Steps, power_of_g


def new_device_password() -> Secret[str]:
    """As AWS's own clients make it: 40 random bytes, as base64 text."""
    return Secret(base64.b64encode(secrets.token_bytes(40)).decode())


def verifier_steps(
    group_key: str, device_key: str, password: Secret[str], salt: bytes | None = None
) -> Steps[tuple[bytes, Secret[bytes]]]:
    """The salt and the verifier `g^x` as ConfirmDevice takes them, padded, yielding between slices.

    The salt never begins with a zero byte, because clients disagree on how to hash such a one.
    """
    padded = pad(int.from_bytes(salt or bytes([1 + secrets.randbelow(255)]) + secrets.token_bytes(15), "big"))
    identity = hashlib.sha256(f"{group_key}{device_key}:{password.reveal()}".encode()).digest()
    x = int.from_bytes(hashlib.sha256(padded + identity).digest(), "big")
    return padded, Secret(pad((yield from power_of_g(x))))
