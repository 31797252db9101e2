"""Time-based one-time passwords, as authenticator apps make them."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from urllib.parse import quote, urlencode

from .._core.errors import ConfigurationError
from .._core.redact import mask
from .._core.secret import Secret

_DIGITS = 6
_STEP = 30


def totp_code(secret: str, at: datetime) -> str:
    """Use this to answer for an authenticator app whose secret your program keeps.

    Args:
        secret: the base32 text that the service gave; spaces, small letters and missing padding are taken too.
        at: the service's time, aware.

    Raises:
        ConfigurationError: when the secret is not base32, or `at` is naive or before 1970.

    Source: RFC 6238 with SHA-1, 6 digits and steps of 30 seconds.
    """
    secret = mask(secret)
    return code_from(Secret.of(secret), at).reveal()


def code_from(secret: Secret[str], at: datetime) -> Secret[str]:
    """`totp_code`, without anything that shows."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415 - most programs never come here
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415

    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ConfigurationError("totp_code: `at` is a datetime with a time zone; pass datetime.now(timezone.utc)")
    moment = int(at.timestamp())
    if moment < 0:
        raise ConfigurationError("totp_code: there are no codes for a time before 1970; `at` is the service's time now")
    # The service's secrets are not limited to lengths, so neither is this.
    generator = TOTP(_key(secret).reveal(), _DIGITS, SHA1(), _STEP, enforce_key_length=False)  # noqa: S303 - as all do
    return Secret(generator.generate(moment).decode())


def otpauth_uri(secret: Secret[str], issuer: str, account_name: str) -> str:
    """The text in the QR code that an authenticator app reads.

    Raises:
        ConfigurationError: when the issuer has a colon, at which apps part it from the account name.

    Source: the Key URI format of Google Authenticator, which wants the secret without padding.
    """
    if ":" in issuer:
        raise ConfigurationError("an issuer has no colon: authenticator apps part it from the account name there")
    label = f"{quote(issuer, safe='')}:{quote(account_name, safe='')}"
    query = urlencode({"issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?secret={quote(secret.reveal().rstrip('='), safe='')}&{query}"


def _key(secret: Secret[str]) -> Secret[bytes]:
    if key := _decoded(secret.reveal()):
        return key
    raise ConfigurationError("a TOTP secret is a base32 text, as the service gives it")


def _decoded(secret: object) -> Secret[bytes] | None:
    if isinstance(secret, str) and secret.isascii():
        text = "".join(secret.split()).rstrip("=").upper()
        try:
            return Secret(base64.b32decode(text + "=" * (-len(text) % 8)))
        except binascii.Error:
            pass
    return None
