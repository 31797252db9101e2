"""Compares our verdict of a token with that of another verifier."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from cognito_async import TokenVerifier, errors

from .making import pool_keys, verifier
from .mutations import Made, Use
from .strictness import PYTHON, Reading, strictness_of

Claims = Mapping[str, Any]


def _has_unused_member(read: Reading) -> bool:
    unused = {"typ", "cty", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"}
    return isinstance(read.header, dict) and not unused.isdisjoint(read.header)


def _has_scope_in_id_token(read: Reading) -> bool:
    return read.claim("token_use") == "id" and read.has("scope")


# Tokens that others refuse and we accept. RFC 7515 section 4: header members that are not understood must be ignored.
LENIENCY: dict[str, Callable[[Reading], bool]] = {
    # It checks the types of header members that say nothing about a token of Cognito.
    "joserfc": _has_unused_member,
    # It checks the type of `scope`, which no ID token has. For us, it is a claim like any unknown one.
    "aws-jwt-verify": _has_scope_in_id_token,
}


@functools.cache
def _verifier(use: Use) -> TokenVerifier[Any]:
    return verifier(pool_keys(), use)


def by_us(token: str, use: Use) -> Any:
    """Return our claims of a token, or `None` if we refuse it."""
    try:
        return _verifier(use).verify_nowait(token)
    except errors.InvalidToken:
        return None
    except errors.KeysUnavailable:  # the key is unknown, and could be fetched
        return None


def disagreement(made: Made, judge: str, theirs: Claims | None) -> str | None:
    """Return how our verdict differs from that of a judge, unless this is on purpose.

    `theirs`: the claims that the judge has read, or `None` if it refuses the token.
    """
    ours = by_us(made.token, made.use)
    if ours is None:
        is_explained = theirs is None or strictness_of(made.token, judge)
        return None if is_explained else f"{judge} accepts {made}"
    if theirs is None:
        is_known = judge in LENIENCY and LENIENCY[judge](Reading.of(made.token))
        return None if is_known else f"{judge} refuses {made}"
    read = {"sub": ours.sub, "iss": ours.iss, "exp": ours.exp, "token_use": ours.token_use}
    if judge in PYTHON:  # JavaScript has other numbers, and aws-jwt-verify removes some names
        read |= ours.extra
    return (
        None if all(theirs[name] == value for name, value in read.items()) else f"{judge} reads other claims in {made}"
    )
