"""Time-based one-time passwords, as authenticator apps make them."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from .._ground.errors import ConfigurationError
from .._ground.redact import mask

_DIGITS = 6
_STEP = 30


def totp_code(secret: str, at: datetime) -> str:
    """Use this to answer for an authenticator app whose secret your program keeps.

    Args:
        secret: the base32 text that the service gave; spaces, small letters and missing padding are taken too.
        at: the service's time, aware.

    Raises:
        ConfigurationError: when the secret is not base32, or `at` is naive.

    Source: RFC 6238 with SHA-1, 6 digits and steps of 30 seconds.
    """
    secret = mask(secret)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ConfigurationError("totp_code: `at` is a datetime with a time zone; pass datetime.now(timezone.utc)")
    # The service's secrets are not limited to lengths, so neither is this.
    generator = TOTP(_key(secret), _DIGITS, SHA1(), _STEP, enforce_key_length=False)  # noqa: S303 - as all apps do
    return generator.generate(int(at.timestamp())).decode()


def otpauth_uri(secret: str, issuer: str, account_name: str) -> str:
    """The text in the QR code that an authenticator app reads.

    Source: the Key URI format of Google Authenticator.
    """
    secret = mask(secret)
    label = f"{quote(issuer, safe='')}:{quote(account_name, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def _key(secret: str) -> bytes:
    if isinstance(secret, str) and secret.isascii():
        text = "".join(secret.split()).rstrip("=").upper()
        try:
            key = base64.b32decode(text + "=" * (-len(text) % 8))
        except binascii.Error:
            key = b""
        if key:
            return key
    raise ConfigurationError("a TOTP secret is a base32 text, as the service gives it")
