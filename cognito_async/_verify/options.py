"""The options of verifiers: this module names them, checks them, and collects them in one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypedDict, cast

from .._core import checks
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.outside import is_number
from .._core.secret import Text
from .._http.http_client import HttpClient
from .._http.origin import Url
from .issuers import issuers_at, issuers_of, key_url_at, key_urls
from .requirements import NOTHING, Requirements, is_empty, names, requirements

Names: TypeAlias = str | Iterable[str]
Check: TypeAlias = Callable[[Any], object]

TIMEOUT, TTL = 5.0, 3600.0
# Cognito's tokens have no `nbf`, and `iat` is not checked. So only the expiry depends on the clock, and clients refresh
# their tokens a minute before it. A leeway would only extend the life of stolen tokens.
LEEWAY = 0.0
_LONGEST_LEEWAY = 3600.0
DEFAULTS: Mapping[str, Any] = {"leeway": LEEWAY, "jwks_timeout": TIMEOUT, "jwks_ttl": TTL, "scopes": ()}


class RuleOptions(TypedDict, total=False):
    """The options of every verifier; `TokenVerifier` documents them."""

    regions: Names
    issuer: Names | None
    jwks_url: str | None
    resource: str | None
    scopes: Names
    groups: Names | None
    acr: Names | None
    leeway: float
    check: Check | None
    jwks_timeout: float
    jwks_ttl: float


class VerifierOptions(RuleOptions, total=False):
    """The options of a verifier that does not belong to a `UserPool`."""

    http_client: HttpClient | None
    clock: Clock | None


class CheckedOptions:
    """The options of a verifier, checked.

    Attributes:
        issuers: the accepted issuers; empty for the default.
        jwks_url: the address of the keys; `None` for the default.
        regions: further regions of the pool.
        clients, token_use, leeway, requirements, check: as in `PoolRules`.
        timeout: seconds that fetching the keys may take.
        ttl: seconds after which the keys are fetched again.

    Raises:
        ConfigurationError: if an option is invalid.
        TypeError: if an option is unknown.
    """

    def __init__(
        self, user_pool_id: str, client_id: object, token_use: object, options: RuleOptions, known: type = RuleOptions
    ) -> None:
        given = cast("dict[str, Any]", options)
        if unknown := given.keys() - known.__annotations__.keys():
            raise TypeError(f"got an unexpected keyword argument {min(unknown)!r}")
        if token_use not in ("access", "id", None):
            raise ConfigurationError('token_use must be "access", "id", or None for both')
        self.token_use = token_use
        self.clients = None if client_id is None else names(client_id, "client_id")
        regions = given.get("regions", ())
        self.regions = frozenset[str]() if is_empty(regions) else names(regions, "regions")
        self.issuers = [] if given.get("issuer") is None else sorted(names(given["issuer"], "issuer"))
        jwks_url = given.get("jwks_url")  # masked, because it may hold a password
        self.jwks_url: Text | None = None if jwks_url is None else checks.secret(jwks_url, "jwks_url")
        self.requirements = _requirements(given, self.token_use)
        self.leeway = _number(given, "leeway", LEEWAY, 0, _LONGEST_LEEWAY)
        self.timeout = _number(given, "jwks_timeout", TIMEOUT, 0.001)
        self.ttl = _number(given, "jwks_ttl", TTL, 0.001)
        self.check = cast("Check | None", given.get("check"))
        if self.check is not None and not callable(self.check):
            raise ConfigurationError(
                "check must be a function that takes the claims and returns whether to accept them"
            )
        self.user_pool_id = checks.user_pool_id(user_pool_id)

    def key_urls(self, region: str | None = None, emulator: str | None = None) -> Mapping[str, Url]:
        """Return the accepted issuers, with the address of each one's keys.

        Args:
            region: a further region of the pool.
            emulator: the URL of a server other than Cognito's, which has the keys. It does not end with a slash.

        Raises:
            ConfigurationError: if an issuer, a region or an address is invalid.
        """
        jwks_url = self.jwks_url
        if emulator is None:
            regions = sorted(self.regions.union(() if region is None else (region,)))
            return key_urls(self.issuers or issuers_of(self.user_pool_id, regions), jwks_url)
        issuers = self.issuers or issuers_at(emulator, self.user_pool_id)
        return key_urls(issuers, key_url_at(emulator, self.user_pool_id) if jwks_url is None else jwks_url)


def _requirements(given: Mapping[str, Any], token_use: str | None) -> Requirements:
    found = requirements(**{name: given[name] for name in ("resource", "scopes", "groups", "acr") if name in given})
    if token_use == "id" and (found.scopes or found.resource is not None):  # noqa: S105 - the kind of a token
        raise ConfigurationError("an ID token has no scopes and no resource: verify access tokens instead")
    return NOTHING if found == NOTHING else found


def _number(given: Mapping[str, Any], name: str, default: float, least: float, most: float = 1e9) -> float:
    value = given.get(name, default)
    if not is_number(value, least, most):
        raise ConfigurationError(f"{name} must be a number of seconds from {least:g} to {most:g}")
    return float(value)
