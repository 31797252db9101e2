"""The client's side of Cognito's SRP-6a, from `SRP_A` to the signature that proves the password.

Everything that comes from the server is hostile until checked: B, SALT and SECRET_BLOCK are bounded,
parsed and refused with `SrpError` before any of them is used. The arithmetic comes as generators
(`start_steps`, `prove_steps`) that yield between slices; the plain properties run them in one go.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._core.errors import ConfigurationError, SrpError
from .._core.redact import mask
from .._core.secret import Secret, opened
from .encoding import pad, timestamp
from .groups import K, N
from .power import Steps, complete, power, power_of_g

# 256 random bits: as strong as the group (its order is prime, so no bit is lost), and half the
# length of the exponent that a 1024-bit `a` would give.
_A_BITS = 256
_INFO = b"Caldera Derived Key"
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
# N has 768 hex digits; a sign byte may stand before them. Salts are 32 digits, blocks about 1,600 characters.
_LONGEST_B = 770
_LONGEST_SALT = 512
_LONGEST_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class PasswordClaim:
    """What answers PASSWORD_VERIFIER: send these three as they are, with the same user name."""

    signature: str = field(repr=False)
    timestamp: str
    secret_block: str = field(repr=False)


class SrpClient:
    """Use this when you speak Cognito's SRP yourself and need only the arithmetic; `sign_in` does it all for you.

    One object is one handshake: make a new one, with a new random `a`, for every attempt.

    Args:
        context: the pool name (the user pool id after `_`), or the device group key for a device.
        a: the client's secret exponent, an integer or its hexadecimal text; random unless a test gives it.

    Raises:
        ConfigurationError: when `a` is not a number from 1 to N - 1.

    Source: RFC 5054 sections 2.5 and 2.6 with Cognito's group, HKDF and claim signature.
    """

    def __init__(self, context: str, *, a: int | str | None = None) -> None:
        _utf8(context, "the context")
        self.context = context
        self._a = _exponent(a) if a is not None else secrets.randbits(_A_BITS - 1) | 1 << (_A_BITS - 1)
        self._public: int | None = None

    def __repr__(self) -> str:
        return f"SrpClient({self.context!r})"

    def __reduce__(self) -> str:
        raise TypeError("an SRP handshake is not pickled: start a new one")

    @property
    def srp_a(self) -> str:
        """`SRP_A` for the first request, in lower-case hexadecimal without padding."""
        return complete(self.start_steps())

    def start_steps(self) -> Steps[str]:
        """Compute `srp_a`, yielding between slices of about a millisecond."""
        return f"{(yield from self._public_steps()):x}"

    def prove(
        self, user_id: str, password: str, *, srp_b: str, salt: str, secret_block: str, at: datetime
    ) -> PasswordClaim:
        """Make the answer to PASSWORD_VERIFIER from its `ChallengeParameters`.

        Args:
            user_id: USER_ID_FOR_SRP as the service gave it, or the device key for a device.
            password: the password, or the device's secret.
            srp_b, salt: SRP_B and SALT, hexadecimal.
            secret_block: SECRET_BLOCK, base64.
            at: the service's time, aware; it becomes the signed timestamp.

        Raises:
            SrpError: when a value of the server is malformed or unsafe.
            ConfigurationError: when `at` is naive, or a text cannot be written as UTF-8.
        """
        password, srp_b, salt, secret_block = mask(password), mask(srp_b), mask(salt), mask(secret_block)
        steps = self.prove_steps(
            user_id,
            Secret.of(password),
            srp_b=Secret.of(srp_b),
            salt=Secret.of(salt),
            secret_block=Secret.of(secret_block),
            at=at,
        )
        return complete(steps)

    def prove_steps(
        self,
        user_id: str,
        password: Secret[str],
        *,
        srp_b: Secret[str],
        salt: Secret[str],
        secret_block: Secret[str],
        at: datetime,
    ) -> Steps[PasswordClaim]:
        """`prove`, yielding between slices of about a millisecond."""
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise ConfigurationError("prove: `at` is a datetime with a time zone; pass datetime.now(timezone.utc)")
        public_b = _number(srp_b, "SRP_B", _LONGEST_B)
        if public_b % N == 0:
            raise SrpError("SRP_B is a multiple of N: this server is not the service, and no proof was made")
        salt_number = _number(salt, "SALT", _LONGEST_SALT)
        block = _decode_block(secret_block)
        public_a = yield from self._public_steps()
        u = _hash_number(pad(public_a) + pad(public_b))
        if u == 0:
            raise SrpError("the scrambling parameter u is zero: no proof was made")
        identity = _hash(self.context.encode() + _utf8(user_id, "the user name") + b":" + _utf8(password))
        x = _hash_number(pad(salt_number) + identity)
        verifier = yield from power_of_g(x)
        shared = yield from power((public_b - K * verifier) % N, self._a + u * x)
        key = HKDF(SHA256(), 16, pad(u), _INFO).derive(pad(shared))
        when = timestamp(at)
        message = self.context.encode() + user_id.encode() + block + when.encode()
        signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        return PasswordClaim(signature, when, secret_block.reveal())

    def _public_steps(self) -> Steps[int]:
        if self._public is None:
            self._public = yield from power_of_g(self._a)
        return self._public


def _exponent(a: int | str) -> int:
    try:
        number = int(a, 16) if isinstance(a, str) else a
    except ValueError:
        number = 0
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < N:
        raise ConfigurationError("SrpClient: `a` is a number from 1 to N - 1 (an integer or hexadecimal text)")
    return number


def _number(text: Secret[str], name: str, longest: int) -> int:
    """The number in a server's text, which it may have taken from a request of ours."""
    if not _is_number(text.reveal(), longest):
        raise SrpError(f"{name} is not a hexadecimal number of at most {longest} digits: no proof was made")
    return int(text.reveal(), 16)


def _is_number(text: object, longest: int) -> bool:
    return isinstance(text, str) and len(text) <= longest and _HEX.match(text) is not None


def _decode_block(text: Secret[str]) -> bytes:
    block = _block(text.reveal())
    if block is None:
        raise SrpError(f"SECRET_BLOCK is not base64 of at most {_LONGEST_BLOCK} characters: no proof was made")
    return block


def _block(text: object) -> bytes | None:
    if isinstance(text, str) and 0 < len(text) <= _LONGEST_BLOCK:
        # Amplify also takes the URL-safe alphabet and a missing padding, so a server may send them.
        standard = text.replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    return None


def _utf8(text: str | Secret[str], name: str = "the password") -> bytes:
    """The bytes of a text; the frame that raises has none that is a secret."""
    if not isinstance(opened(text), str):
        raise ConfigurationError(f"{name} must be a str, not {type(opened(text)).__name__}")
    data = _encoded(opened(text))
    if data is None:
        raise ConfigurationError(f"{name} holds a character that UTF-8 cannot express (a lone surrogate)")
    return data


def _encoded(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _hash_number(data: bytes) -> int:
    return int.from_bytes(_hash(data), "big")
