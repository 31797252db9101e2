"""The client's side of SRP, written independently of the package."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from tests.powers import power


def _pi_times_2_to(bits: int) -> int:
    """Return pi * 2**bits, computed by Machin's formula, so that N is not copied from the package."""
    guard = bits + 64

    def arctan_of_one_over(x: int) -> int:
        total, term, divisor = 0, (1 << guard) // x, 1
        while term:
            total += term // divisor if divisor % 4 == 1 else -(term // divisor)
            term //= x * x
            divisor += 2
        return total

    return 4 * (4 * arctan_of_one_over(5) - arctan_of_one_over(239)) >> 64


N = 2**3072 - 2**3008 - 1 + 2**64 * (_pi_times_2_to(2942) + 1690314)


def _signed_bytes(number: int) -> bytes:
    text = f"{number:x}"
    text = text.zfill(len(text) + len(text) % 2)
    return bytes.fromhex("00" + text if text[0] in "89abcdef" else text)


def _h(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


class SrpClient:
    """The client's side of SRP, as a textbook writes it."""

    def __init__(self, pool_id: str) -> None:
        self.pool_name = pool_id.split("_")[1]
        self.a = secrets.randbits(256)
        self.big_a = power(2, self.a, N)
        self.srp_a = f"{self.big_a:x}"

    def answer(self, parameters: dict[str, str], password: str, at: datetime | str) -> dict[str, str]:
        user_id, block = parameters["USER_ID_FOR_SRP"], base64.b64decode(parameters["SECRET_BLOCK"])
        salt, big_b = int(parameters["SALT"], 16), int(parameters["SRP_B"], 16)
        identity = hashlib.sha256(f"{self.pool_name}{user_id}:{password}".encode()).digest()
        x = _h(_signed_bytes(salt), identity)
        u = _h(_signed_bytes(self.big_a), _signed_bytes(big_b))
        k = _h(_signed_bytes(N), _signed_bytes(2))
        shared = power((big_b - k * power(2, x, N)) % N, self.a + u * x, N)
        prk = hmac.new(_signed_bytes(u), _signed_bytes(shared), hashlib.sha256).digest()
        key = hmac.new(prk, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        stamp = at if isinstance(at, str) else f"{at:%a %b} {at.day} {at:%H:%M:%S} UTC {at.year}"
        message = (self.pool_name + user_id).encode() + block + stamp.encode()
        return {
            "USERNAME": parameters["USERNAME"],
            "TIMESTAMP": stamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode(),
        }
