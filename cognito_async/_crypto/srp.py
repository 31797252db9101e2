"""The client's side of Cognito's SRP-6a, from `SRP_A` to the signature that proves the password.

The server may be hostile: the size and form of SRP_B, SALT and SECRET_BLOCK are checked before use, and an invalid
value raises `SrpError`. `start_steps` and `prove_steps` are generators that yield between slices of the arithmetic.
`srp_a` and `prove` run these generators without a break.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import NoReturn, cast

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._core.errors import ConfigurationError, SrpError
from .._core.redact import mask
from .._core.secret import Secret, SecretValue, opened
from .encoding import pad, timestamp
from .groups import K, N
from .power import Steps, complete, power, power_of_g

# 256 random bits are enough: a longer `a` would not be harder to find in this group, whose order is prime. With 1024
# bits, the exponent `a + u * x` would be twice as long.
_A_BITS = 256
_INFO = b"Caldera Derived Key"
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
# The most characters to accept. SRP_B has up to 768 hexadecimal digits, as N has, perhaps after a sign byte. Salts have
# 32 digits, and secret blocks about 1,600 characters.
_LONGEST_B = 770
_LONGEST_SALT = 512
_LONGEST_BLOCK = 16_384


class PasswordClaim(SecretValue):
    """The proof that answers PASSWORD_VERIFIER. Send its values unchanged, with USER_ID_FOR_SRP as USERNAME."""

    __slots__ = ()
    __match_args__ = ("signature", "timestamp", "secret_block")
    shown = frozenset({"timestamp"})

    def __init__(self, signature: str, timestamp: str, secret_block: str) -> None:
        super().__init__(signature, timestamp, secret_block)

    @property
    def signature(self) -> str:
        """PASSWORD_CLAIM_SIGNATURE: the proof, in base64."""
        return cast("str", self._value("signature"))

    @property
    def timestamp(self) -> str:
        """TIMESTAMP: the time that the signature contains."""
        return cast("str", self._value("timestamp"))

    @property
    def secret_block(self) -> str:
        """PASSWORD_CLAIM_SECRET_BLOCK: the service's SECRET_BLOCK, unchanged."""
        return cast("str", self._value("secret_block"))


class SrpClient:
    """The client's arithmetic in SRP, for programs that send SRP requests themselves. All others need only `sign_in`.

    One object is one handshake. Make a new object, with a new random `a`, for each attempt.

    Args:
        context: the part of the user pool id after `_`; for a device, the device group key.
        a: the client's secret exponent, an integer or a hexadecimal string; random by default. Set it in tests only.

    Raises:
        ConfigurationError: if `a` is not a number from 1 to N - 1.

    Source: RFC 5054 sections 2.5 and 2.6 with Cognito's group, HKDF and claim signature.
    """

    def __init__(self, context: str, *, a: int | str | None = None) -> None:
        self.context = context
        _utf8(context, "the context")
        self._a = Secret(_exponent(a) if a is not None else secrets.randbits(_A_BITS - 1) | 1 << (_A_BITS - 1))
        self._public: int | None = None

    def __repr__(self) -> str:
        return f"SrpClient({self.context!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an SRP handshake cannot be pickled: start a new one")

    @property
    def srp_a(self) -> str:
        """Return SRP_A for the first request, in lower-case hexadecimal without padding."""
        return complete(self.start_steps())

    def start_steps(self) -> Steps[str]:
        """Compute `srp_a`, yielding between slices of about a millisecond."""
        return f"{(yield from self._public_steps()):x}"

    def prove(
        self, user_id: str, password: str, *, srp_b: str, salt: str, secret_block: str, at: datetime
    ) -> PasswordClaim:
        """Compute the answer to PASSWORD_VERIFIER from its `ChallengeParameters`.

        Args:
            user_id: USER_ID_FOR_SRP, unchanged; for a device, the device key.
            password: the password; for a device, its secret.
            srp_b, salt: SRP_B and SALT, hexadecimal.
            secret_block: SECRET_BLOCK, base64.
            at: the service's time, with a time zone; it becomes the signed timestamp.

        Raises:
            SrpError: if a value from the server is malformed or unsafe.
            ConfigurationError: if `at` has no time zone, or UTF-8 cannot express a string.
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
        """Compute `prove`, yielding between slices of about a millisecond."""
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise ConfigurationError("prove: `at` must be a datetime with a time zone; pass datetime.now(timezone.utc)")
        public_b = _number(srp_b, "SRP_B", _LONGEST_B)
        if public_b % N == 0:
            raise SrpError("SRP_B is a multiple of N, so this server is not the service; no proof was sent")
        salt_number = _number(salt, "SALT", _LONGEST_SALT)
        block = _decode_block(secret_block)
        public_a = yield from self._public_steps()
        u = _hash_number(pad(public_a) + pad(public_b))
        if u == 0:
            raise SrpError("the scrambling parameter u is zero; no proof was sent")
        identity = _hash(self.context.encode() + _utf8(user_id, "the user name") + b":" + _utf8(password))
        x = _hash_number(pad(salt_number) + identity)
        verifier = yield from power_of_g(x)
        shared = yield from power((public_b - K * verifier) % N, self._a.reveal() + u * x)
        key = HKDF(SHA256(), 16, pad(u), _INFO).derive(pad(shared))
        when = timestamp(at)
        message = self.context.encode() + user_id.encode() + block + when.encode()
        signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        return PasswordClaim(signature, when, secret_block.reveal())

    def _public_steps(self) -> Steps[int]:
        if self._public is None:
            self._public = yield from power_of_g(self._a.reveal())
        return self._public


def _exponent(a: int | str) -> int:
    try:
        number = int(a, 16) if isinstance(a, str) else a
    except ValueError:
        number = 0
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < N:
        raise ConfigurationError("SrpClient: `a` must be a number from 1 to N - 1 (an int, or a hexadecimal str)")
    return number


def _number(text: Secret[str], name: str, longest: int) -> int:
    """Parse a number from the server. It is a `Secret`, because a hostile server may echo a secret of the request."""
    if not _is_number(text.reveal(), longest):
        raise SrpError(f"{name} must be a hexadecimal number of at most {longest} digits; no proof was sent")
    return int(text.reveal(), 16)


def _is_number(text: object, longest: int) -> bool:
    return isinstance(text, str) and len(text) <= longest and _HEX.match(text) is not None


def _decode_block(text: Secret[str]) -> bytes:
    block = _block(text.reveal())
    if block is None:
        raise SrpError(f"SECRET_BLOCK must be base64 of at most {_LONGEST_BLOCK} characters; no proof was sent")
    return block


def _block(text: object) -> bytes | None:
    if isinstance(text, str) and 0 < len(text) <= _LONGEST_BLOCK:
        # Amplify also accepts the URL-safe alphabet and missing padding, so a server may send them.
        standard = text.replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    return None


def _utf8(text: str | Secret[str], name: str = "the password") -> bytes:
    """Encode a string. Errors are raised in this frame, where a traceback shows only a `Secret`."""
    if not isinstance(opened(text), str):
        raise ConfigurationError(f"{name} must be a str, not {type(opened(text)).__name__}")
    data = _encoded(opened(text))
    if data is None:
        raise ConfigurationError(f"{name} contains a character that UTF-8 cannot express (a lone surrogate)")
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
