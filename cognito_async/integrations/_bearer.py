"""Bearer tokens of HTTP requests: the rules for accepting one, and the answers of RFC 6750. No framework is needed."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from .._core.errors import ConfigurationError, KeysUnavailable
from .._core.secret import Secret, as_member
from .._core.token_errors import (
    InsufficientAuthentication,
    InvalidToken,
    MissingGroup,
    MissingPermission,
    MissingScope,
    TokenExpired,
)
from .._facade.pool import UserPool
from .._verify.claims import AnyClaims
from .._verify.requirements import Requirements
from .._verify.verifier import TokenVerifier

_log = logging.getLogger("cognito_async.bearer")

# A token of RFC 9110 section 5.6.2, such as the name of a scheme or of a subprotocol.
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_UNPRINTABLE = re.compile(r"[^ -~]")


def bearer_token(authorization: str) -> Secret[str] | None:
    """Return what follows the word `Bearer`, which the verifier checks; `None` if there is another scheme."""
    text = authorization.strip(" \t")
    if text[:7].lower() == "bearer ":  # one or more spaces separate the credentials (RFC 9110 section 11.4)
        return Secret(text[7:].lstrip(" "))
    scheme = _TOKEN.match(text)
    # Another separator is a mistake of the client, and not another scheme.
    return Secret("") if scheme is not None and scheme[0].lower() == "bearer" else None


class Refusal(NamedTuple):
    """The answer to a request that is refused."""

    status: int
    detail: str
    headers: Mapping[str, str]


class BearerRules(NamedTuple):
    """The rules for accepting a request.

    Attributes:
        verifier: verifies the tokens.
        auto_error: whether a request without a token is refused.
        realm: the name of the protected area.
        websocket_protocol: the subprotocol after which the token of a WebSocket stands.
        scopes: the scopes that a token must have, all of them.
        groups: of each of these sets, the user must be in one group.
        acr: the levels of authentication, one of which the user must have reached.
    """

    verifier: TokenVerifier[Any]
    auto_error: bool
    realm: str | None
    websocket_protocol: str
    scopes: frozenset[str] = frozenset()
    groups: tuple[frozenset[str], ...] = ()
    acr: frozenset[str] | None = None

    def with_added(self, added: Requirements) -> BearerRules:
        """Return rules that also require the scopes, groups and levels of `added`.

        Raises:
            ConfigurationError: if no token could meet all of them.
        """
        levels = added.acr if self.acr is None else self.acr if added.acr is None else self.acr & added.acr
        if levels is not None and not levels:
            raise ConfigurationError("no token can have two levels of authentication: require a common one")
        groups = self.groups if added.groups is None else (*self.groups, added.groups)
        return self._replace(scopes=self.scopes | added.scopes, groups=groups, acr=levels)

    async def outcome(self, tokens: tuple[Secret[str], ...], scopes: frozenset[str]) -> AnyClaims | Refusal | None:
        """Return the claims of the token that was sent, or the answer that refuses it; `None` if none need be sent.

        Args:
            tokens: the tokens that were sent. More than one is a mistake of the client.
            scopes: scopes that this request requires, besides those of the rules.
        """
        if len(tokens) != 1:
            return self._without_token(is_ambiguous=bool(tokens))
        scopes = self.scopes | scopes if scopes else self.scopes
        groups = self.groups[0] if self.groups else None
        try:
            claims: AnyClaims = await self.verifier.verify(
                as_member(tokens[0]), scopes=scopes, groups=groups, acr=self.acr
            )
        except InvalidToken as error:
            return self._refusal_of(error)
        except KeysUnavailable as error:
            _log.debug("%s", error.message)  # each failed fetch has caused a warning
            seconds = math.ceil(error.retry_after or 1)
            return Refusal(503, "The token cannot be verified at the moment", {"Retry-After": str(seconds)})
        if len(self.groups) > 1 and any(each.isdisjoint(claims.groups) for each in self.groups):
            return self._refusal_of(MissingGroup())
        return claims

    def _without_token(self, *, is_ambiguous: bool) -> Refusal | None:
        if is_ambiguous:
            _log.debug("more than one token was sent")
            return self._refusal(400, "More than one token was sent", error="invalid_request")
        _log.debug("there is no token: no Authorization header, or another scheme than Bearer")
        return self._refusal(401, "Not authenticated") if self.auto_error else None

    def _refusal_of(self, error: InvalidToken) -> Refusal:
        _log.debug("a token is refused: %s", error.reason)  # the answer does not say why
        if isinstance(error, MissingPermission):
            needed = " ".join(error.required or ()) if isinstance(error, MissingScope) else ""
            return self._refusal(403, "Permission denied", error="insufficient_scope", scope=needed)
        if isinstance(error, InsufficientAuthentication):
            detail, levels = "A stronger authentication is required", " ".join(error.required or ())
            return self._refusal(401, detail, error="insufficient_user_authentication", acr_values=levels)
        if isinstance(error, TokenExpired):
            detail = "The token has expired"
            return self._refusal(401, detail, error="invalid_token", error_description=detail)
        return self._refusal(401, "Invalid token", error="invalid_token")

    def _refusal(self, status: int, detail: str, **parameters: str) -> Refusal:
        told = {"realm": self.realm, **parameters}
        quoted = ", ".join(f"{name}={_quoted(value)}" for name, value in told.items() if value)
        return Refusal(status, detail, {"WWW-Authenticate": f"Bearer {quoted}".rstrip()})


def rules_of(source: Any, auto_error: object, realm: Any, websocket_protocol: object) -> BearerRules:
    """Check the arguments of a `CognitoBearer`, and return its rules.

    Raises:
        ConfigurationError: if an argument is invalid.
    """
    if not isinstance(source, (UserPool, TokenVerifier)):
        given = f"the class {source.__name__}" if isinstance(source, type) else type(source).__name__
        raise ConfigurationError(f"a CognitoBearer needs a UserPool or a TokenVerifier, not {given}")
    if not isinstance(auto_error, bool):
        raise ConfigurationError("auto_error must be True or False")
    if not isinstance(websocket_protocol, str) or not _TOKEN.fullmatch(websocket_protocol):
        raise ConfigurationError("websocket_protocol must be one word, such as 'bearer'")
    if realm is not None and (not isinstance(realm, str) or _UNPRINTABLE.search(realm)):
        raise ConfigurationError("realm must be a str of printable ASCII characters")
    verifier = cast("TokenVerifier[Any]", source.verifier() if isinstance(source, UserPool) else source)
    return BearerRules(verifier, auto_error, realm, websocket_protocol)


def _quoted(text: str) -> str:
    """Return a text as a quoted string (RFC 9110 section 5.6.4)."""
    return '"' + _UNPRINTABLE.sub("?", text).replace("\\", "\\\\").replace('"', '\\"') + '"'
