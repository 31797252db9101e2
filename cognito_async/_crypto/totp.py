"""Time-based one-time passwords, as in authenticator apps."""

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
    """Return the code that an authenticator app with this secret shows at a time.

    Args:
        secret: the secret from the service, in base32; spaces, lower case and missing padding are accepted.
        at: the service's time, with a time zone.

    Raises:
        ConfigurationError: if the secret is not base32, or `at` has no time zone or is before 1970.

    Source: RFC 6238 with SHA-1, 6 digits and steps of 30 seconds.
    """
    secret = mask(secret)
    return code_from(Secret.of(secret), at).reveal()


def code_from(secret: Secret[str], at: datetime) -> Secret[str]:
    """Compute `totp_code`, with a `Secret` as argument and as result."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415 - most programs never need it
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415

    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ConfigurationError("totp_code: `at` must be a datetime with a time zone; pass datetime.now(timezone.utc)")
    moment = int(at.timestamp())
    if moment < 0:
        raise ConfigurationError("totp_code: `at` must not be before 1970; pass the service's current time")
    # The service does not limit the length of its secrets, so no length is enforced.
    generator = TOTP(_key(secret).reveal(), _DIGITS, SHA1(), _STEP, enforce_key_length=False)  # noqa: S303 - RFC 6238
    return Secret(generator.generate(moment).decode())


def otpauth_uri(secret: Secret[str], issuer: str, account_name: str) -> str:
    """Return the URI for the QR code that an authenticator app reads.

    Args:
        secret: the secret from the service, in base32.
        issuer: the name of your service, which the app shows.
        account_name: the name of the user's account, which the app shows.

    Raises:
        ConfigurationError: if the issuer contains a colon, which separates it from the account name.

    Source: the Key URI format of Google Authenticator, which requires the secret without padding.
    """
    if ":" in issuer:
        raise ConfigurationError("the issuer must not contain a colon, which separates it from the account name")
    label = f"{quote(issuer, safe='')}:{quote(account_name, safe='')}"
    query = urlencode({"issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?secret={quote(secret.reveal().rstrip('='), safe='')}&{query}"


def _key(secret: Secret[str]) -> Secret[bytes]:
    if key := _decoded(secret.reveal()):
        return key
    raise ConfigurationError("a TOTP secret must be a base32 str, as the service issues it")


def _decoded(secret: object) -> Secret[bytes] | None:
    if isinstance(secret, str) and secret.isascii():
        text = "".join(secret.split()).rstrip("=").upper()
        try:
            return Secret(base64.b32decode(text + "=" * (-len(text) % 8)))
        except binascii.Error:
            pass
    return None
