"""The claims of a token, decoded but not verified."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .._core.errors import ConfigurationError
from .._core.outside import parse_object, time_of
from .._core.secret import Secret
from .bearer import access_token

if TYPE_CHECKING:
    from .tokens import Tokens

# Longer tokens are not decoded. A real access token has about 1,100 characters.
_LONGEST_CLAIMS = 65_536


def text_claim(tokens: Tokens, name: str) -> str | None:
    """Return a claim of the access token; `None` unless it is a non-empty string that can be decoded."""
    try:
        value = read_claims(access_token(tokens)).get(name)
    except ConfigurationError:
        return None
    return value if isinstance(value, str) and value else None


def issue_time(token: Secret[str]) -> datetime | None:
    """Return the claim `iat` of a token; `None` unless it is a time and can be decoded."""
    try:
        return time_of(read_claims(token).get("iat"))
    except ConfigurationError:
        return None


def sign_in_of(tokens: Tokens) -> str | None:
    """Return an id that all access tokens of one sign-in share, even after their refresh token has been rotated."""
    return text_claim(tokens, "origin_jti")


def read_claims(token: Secret[str]) -> dict[str, Any]:
    """Return the claims of a token, decoded but not verified.

    Raises:
        ConfigurationError: if it is not a JWT.
    """
    claims = _claims(token.reveal())
    if claims is None:
        raise ConfigurationError("this token is not a JWT, so it has no claims to read")
    return claims


def _claims(token: str) -> dict[str, Any] | None:
    """Return the claims, or `None`. Never raise, because a traceback can show the token among the locals."""
    if token.count(".") == 2 and len(token) <= _LONGEST_CLAIMS:
        payload = token.split(".")[1]
        with suppress(ValueError):
            return parse_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return None
