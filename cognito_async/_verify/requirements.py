"""The requirements of a call for a valid token: scopes, groups, a level of authentication, a resource."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from .._core import checks
from .._core.errors import ConfigurationError
from .._core.secret import Secret
from .._core.token_errors import (
    InsufficientAuthentication,
    InvalidToken,
    MissingGroup,
    MissingScope,
    WrongAccessToken,
    WrongAudience,
    WrongNonce,
)
from .claims import AnyClaims, IdClaims


class Requirements(NamedTuple):
    """Requirements, checked when they are made.

    Attributes:
        resource: the token must be issued for this resource.
        scopes: the token must have all of these.
        groups: the user must be in one of these.
        acr: the user must have reached one of these levels of authentication.
        access_token: the ID token must have been issued together with this access token.
        nonce: the ID token must have this nonce.
    """

    resource: str | None = None
    scopes: frozenset[str] = frozenset()
    groups: frozenset[str] | None = None
    acr: frozenset[str] | None = None
    access_token: Secret[str] | None = None
    nonce: Secret[str] | None = None

    def unmet_by(self, claims: AnyClaims) -> InvalidToken | None:
        """Return the error of the first requirement that these claims do not meet."""
        if self.resource is not None and (isinstance(claims, IdClaims) or self.resource not in claims.aud):
            return WrongAudience("the token is not an access token for this resource")
        if not self.scopes.issubset(claims.scopes):
            required = tuple(sorted(self.scopes))
            return MissingScope(f"the token needs the scope {' '.join(required)}", required=required)
        if self.groups is not None and self.groups.isdisjoint(claims.groups):
            required = tuple(sorted(self.groups))
            return MissingGroup(f"the user must be in the group {' or '.join(required)}", required=required)
        if self.acr is not None and claims.acr not in self.acr:
            message = "the user must step up to a stronger authentication first"
            return InsufficientAuthentication(message, required=tuple(sorted(self.acr)))
        return self._unbound(claims)

    def _unbound(self, claims: AnyClaims) -> InvalidToken | None:
        at_hash, nonce = (claims.at_hash, claims.nonce) if isinstance(claims, IdClaims) else (None, None)
        if self.access_token is not None and not _is_equal(at_hash, _hash(self.access_token.reveal())):
            return WrongAccessToken("the ID token was not issued together with this access token")
        if self.nonce is not None and not _is_equal(nonce, self.nonce.reveal()):
            return WrongNonce("the ID token was not issued for this sign-in")
        return None


NOTHING = Requirements()


def requirements(
    *,
    resource: Any = None,
    scopes: Any = (),
    groups: Any = None,
    acr: Any = None,
    access_token: Any = None,
    nonce: Any = None,
) -> Requirements:
    """Check the arguments of a public method. `mask` has wrapped `access_token` and `nonce`.

    Raises:
        ConfigurationError: if one of them is invalid.
    """
    return Requirements(
        None if resource is None else checks.text(resource, "resource"),
        _scopes(scopes),
        None if groups is None else names(groups, "groups"),
        None if acr is None else names(acr, "acr"),
        None if access_token is None else checks.secret(access_token, "access_token"),
        None if nonce is None else checks.secret(nonce, "nonce"),
    )


def names(value: Any, what: str) -> frozenset[str]:
    """Return one name, or several of them, as a set.

    Raises:
        ConfigurationError: if it is empty, which could mean that all are allowed, or that none is.
    """
    if not isinstance(value, (str, Iterable)):
        raise ConfigurationError(f"{what} must be a str or several, not {type(value).__name__}")
    given = [value] if isinstance(value, str) else list(cast("Iterable[object]", value))
    found = frozenset(checks.text(each, f"each of {what}") for each in given)
    if not found:
        raise ConfigurationError(f"{what} must have at least one name, or be None to allow all")
    return found


def is_empty(value: object) -> bool:
    """Return whether this is an empty list, which requires nothing: frameworks pass one for routes without scopes."""
    return isinstance(value, (tuple, frozenset, list, set)) and not value


def _scopes(value: Any) -> frozenset[str]:
    if is_empty(value):
        return frozenset()
    scopes = names(value.split() if isinstance(value, str) and value.strip() else value, "scopes")
    if any(len(each.split()) != 1 for each in scopes):
        raise ConfigurationError("each of scopes must be one scope, without spaces")
    return scopes


def _hash(access_token: str) -> str:
    """Return the hash of an access token that `at_hash` has (OpenID Connect Core 1.0, section 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _is_equal(claimed: str | None, expected: str) -> bool:
    return claimed is not None and hmac.compare_digest(claimed.encode(), expected.encode())
