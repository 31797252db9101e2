"""The registration of a new device: a random password, and its SRP verifier, which the service stores."""

from __future__ import annotations

import base64
import hashlib
import secrets

from .._core.secret import Secret
from .encoding import pad
from .power import Steps, power_of_g


def new_device_password() -> Secret[str]:
    """Return 40 random bytes in base64, as AWS's own clients do."""
    return Secret(base64.b64encode(secrets.token_bytes(40)).decode())


def verifier_steps(
    group_key: str, device_key: str, password: Secret[str], salt: bytes | None = None
) -> Steps[tuple[bytes, Secret[bytes]]]:
    """Compute the salt and the verifier `g^x` for ConfirmDevice, as bytes of `pad`, yielding between slices.

    Without a `salt`, a random one is used. Its first byte is never zero, because clients differ in how they hash such a
    salt.
    """
    padded = pad(int.from_bytes(salt or bytes([1 + secrets.randbelow(255)]) + secrets.token_bytes(15), "big"))
    identity = hashlib.sha256(f"{group_key}{device_key}:{password.reveal()}".encode()).digest()
    x = int.from_bytes(hashlib.sha256(padded + identity).digest(), "big")
    return padded, Secret(pad((yield from power_of_g(x))))
