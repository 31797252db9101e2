"""The tokens of a session as `Secret`s, for the code that sends them. In `Tokens` they are plain strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.secret import Secret

if TYPE_CHECKING:
    from .tokens import Tokens


def access_token(tokens: Tokens) -> Secret[str]:
    """Return the access token."""
    return Secret(tokens.access_token)


def id_token(tokens: Tokens) -> Secret[str] | None:
    """Return the ID token, or `None`."""
    return Secret.maybe(tokens.id_token)


def refresh_token(tokens: Tokens) -> Secret[str] | None:
    """Return the refresh token, or `None`."""
    return Secret.maybe(tokens.refresh_token)
