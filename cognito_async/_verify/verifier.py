"""`TokenVerifier`: checks tokens of user pools without a request for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, Literal, NoReturn, TypeVar, Unpack, cast, overload

import anyio

from .._aws.settings.location import LocationOptions
from .._aws.settings.service_location import ServiceLocation
from .._core import checks
from .._core.clock import Clock
from .._core.errors import CognitoError, ConfigurationError, KeysUnavailable
from .._core.redact import mask
from .._core.secret import Secret
from .._core.signatures import show_options
from .._http.connections import HttpConnections
from .._http.http_client import check_http_client
from .._http.options import HttpOptions
from .._http.origin import Url
from .claims import AccessClaims, AnyClaims, ClientClaims, IdClaims
from .examination import Candidate, Examiner
from .key_source import KeySource, KeySources
from .options import DEFAULTS, CheckedOptions, Names, VerifierOptions
from .public_keys import public_keys
from .requirements import NOTHING, Requirements, is_empty, requirements
from .rules import PoolRules
from .strict_json import read_object

ClaimsT_co = TypeVar("ClaimsT_co", covariant=True)
FoundT = TypeVar("FoundT")


class TokenVerifier(Generic[ClaimsT_co]):
    """Use this in a service to check the tokens that its clients send, such as bearer tokens, without asking Cognito.

    Make one at import time, and share it: it fetches the public keys of the user pool when it first needs them, and
    again when they are old or a key is missing. All event loops and threads of the process share the keys. If you have
    a `UserPool`, `pool.verifier()` takes most arguments from it.

    It does not notice that a session was ended: a token stays valid until it expires. So choose short lifetimes in the
    settings of the app client.

    Args:
        user_pool_id: the user pool's id.
        client_id: the app client, or several, whose tokens to accept; `None` for all of the pool.
        token_use: `"access"` or `"id"`; `None` for both. An API should accept access tokens only.
        regions: further regions to which the pool is replicated.
        issuer: the accepted `iss`, one or several, for an emulator. By default, both forms that Cognito uses for this
            pool.
        jwks_url: the address of the public keys, for an emulator; by default `/.well-known/jwks.json` of the issuer.
        resource: the resource for which access tokens must be issued (RFC 8707); not checked by default.
        scopes: scopes that every token must have; none by default.
        groups: groups, in one of which every user must be; not checked by default.
        acr: levels of authentication, one of which every user must have reached; not checked by default.
        leeway: seconds for which a token is accepted after it has expired, for machines with wrong clocks; 0 by
            default. Only the expiry depends on the clock, because `iat` is not checked.
        check: your own check, which comes last: a function, sync or async, that takes the claims. It returns `True` to
            accept them, and `False` or `None` to refuse them.
        jwks_timeout: seconds that fetching the keys may take; 5 by default.
        jwks_ttl: seconds after which the keys are fetched again; 3,600 by default. If that fails, the old ones stay.
        http_client: an `httpx.AsyncClient` or `httpx2.AsyncClient` that fetches the keys. You own it.
        clock: the clock by which tokens expire; by default the machine's.

    Raises:
        ConfigurationError: if an argument is invalid.
    """

    @overload
    def __init__(
        self: TokenVerifier[AccessClaims | ClientClaims],
        user_pool_id: str,
        *,
        client_id: Names | None,
        token_use: Literal["access"],
        **options: Unpack[VerifierOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: TokenVerifier[IdClaims],
        user_pool_id: str,
        *,
        client_id: Names | None,
        token_use: Literal["id"],
        **options: Unpack[VerifierOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: TokenVerifier[AnyClaims],
        user_pool_id: str,
        *,
        client_id: Names | None,
        token_use: None,
        **options: Unpack[VerifierOptions],
    ) -> None: ...
    @show_options(VerifierOptions, DEFAULTS)
    def __init__(
        self,
        user_pool_id: str,
        *,
        client_id: Names | None,
        token_use: Literal["access", "id"] | None,
        **options: Unpack[VerifierOptions],
    ) -> None:
        options = cast("VerifierOptions", {**options, "jwks_url": mask(options.get("jwks_url"))})
        checked = CheckedOptions(user_pool_id, client_id, token_use, options, VerifierOptions)
        clock, client = checks.clock(options.get("clock")) or Clock(), check_http_client(options.get("http_client"))
        urls = checked.key_urls()
        # The location only says which certificates to trust. An emulator's pool id need not begin with a region of AWS.
        keys = next(iter(urls.values())).origin
        options_of_location = LocationOptions(user_pool_id.partition("_")[0], f"{keys.scheme}://{keys.authority}")
        location = ServiceLocation("cognito-idp", options_of_location)
        connections = HttpConnections(HttpOptions(clock, client, ca_bundle=location.ca_bundle))
        self._examiner = Examiner([rules_of(checked, KeySources(connections, clock), clock.now, urls)])

    @staticmethod
    def any_of(*verifiers: TokenVerifier[FoundT]) -> TokenVerifier[FoundT]:
        """Return a verifier for several user pools: it passes each token to one of these verifiers, by its issuer.

        Raises:
            ConfigurationError: if an argument is not a verifier, if two of them have the same issuer, or if none is
                passed.
        """
        if not all(isinstance(each, TokenVerifier) for each in verifiers):
            raise ConfigurationError("any_of needs verifiers: any_of(first_pool.verifier(), second_pool.verifier())")
        rules = [rules for verifier in verifiers for rules in TokenVerifier._rules_of(verifier)]
        issuers = [issuer for each in rules for issuer in each.sources]
        if not rules or len(set(issuers)) < len(issuers):
            raise ConfigurationError(
                "any_of needs verifiers of different user pools. For several app clients of one pool, make one "
                "verifier with a list of client_id; for both kinds of tokens, one with token_use=None"
            )
        return VerifierOfRules(rules)

    @staticmethod
    def _rules_of(verifier: TokenVerifier[Any]) -> tuple[PoolRules, ...]:
        return verifier._examiner.rules

    async def verify(
        self,
        token: str,
        *,
        resource: str | None = None,
        scopes: Names = (),
        groups: Names | None = None,
        acr: Names | None = None,
        access_token: str | None = None,
        nonce: str | None = None,
    ) -> ClaimsT_co:
        """Verify a token and return its claims. This waits only if keys must be fetched, or for your own `check`.

        Args:
            token: the token, without the word `Bearer`.
            resource, scopes, groups, acr: additional requirements of this call.
            access_token: the access token that was issued together with this ID token.
            nonce: the nonce of the sign-in that this ID token was issued for.

        Raises:
            InvalidToken: if the token must not be trusted; the subclass says why. Answer 401, and 403 for a
                `MissingPermission`.
            KeysUnavailable: if the keys cannot be fetched, so that nothing is known about the token. Answer 503.
            ConfigurationError: if an argument is invalid.

        Source: RFC 7519 section 7.2, and "Verifying JSON web tokens" of the Cognito developer guide.
        """
        token, access_token, nonce = mask(token), mask(access_token), mask(nonce)
        call = _call(resource, scopes, groups, acr, access_token, nonce)
        # A variable for the outcome would form a reference cycle with an error, which refers to this frame.
        return cast("ClaimsT_co", _claims_of(await self._examiner.verify(Secret.of(token), call)))

    def verify_nowait(
        self,
        token: str,
        *,
        resource: str | None = None,
        scopes: Names = (),
        groups: Names | None = None,
        acr: Names | None = None,
        access_token: str | None = None,
        nonce: str | None = None,
    ) -> ClaimsT_co:
        """Verify a token with the keys that are there, such as in a program without an event loop.

        Call `preload` or `add_keys` first. If this raises `KeysUnavailable`, the pool has perhaps replaced its keys:
        call `await verifier.verify(token)`, for example by `anyio.run(verifier.verify, token)`, which fetches them.
        Otherwise this does the same as `verify`, but `check` must not be async. Keys that are there do not get old.

        Raises:
            InvalidToken, ConfigurationError: as `verify`.
            KeysUnavailable: if the key of the token is not there, and could be fetched.
        """
        token, access_token, nonce = mask(token), mask(access_token), mask(nonce)
        call = _call(resource, scopes, groups, acr, access_token, nonce)
        return cast("ClaimsT_co", _claims_of(self._examiner.verify_nowait(Secret.of(token), call)))

    async def preload(self) -> None:
        """Fetch the keys now, such as when a service starts, so that the first request need not wait for them.

        A pool has several issuers, and the keys of one of them are enough.

        Raises:
            KeysUnavailable: if a pool has no keys, and they cannot be fetched.
        """
        for rules in self._examiner.rules:
            failures: list[KeysUnavailable] = []
            sources = set(rules.sources.values())
            async with anyio.create_task_group() as tasks:
                for source in sources:
                    tasks.start_soon(_preload, source, failures)
            if len(failures) == len(sources):
                raise failures[0]

    def add_keys(self, jwks: Mapping[str, Any] | str | bytes) -> None:
        """Add public keys that you have, such as from a file, so that they need not be fetched. They do not get old.

        Args:
            jwks: a JSON Web Key Set, as a dictionary or as JSON, such as the content of the pool's `jwks.json`.

        Raises:
            ConfigurationError: if there is no usable key in it, or if this verifier is for several pools.
        """
        if len(self._examiner.rules) > 1:
            raise ConfigurationError("add the keys to the verifiers that were given to any_of")
        if isinstance(jwks, (str, bytes)):
            jwks = cast("Mapping[str, Any]", read_object(_encoded(jwks)))
        keys = public_keys(jwks) if isinstance(jwks, Mapping) else None
        if not keys:
            raise ConfigurationError("jwks must be the content of a JSON Web Key Set that has an RSA key for RS256")
        for rules in self._examiner.rules:
            for source in rules.sources.values():
                source.add(keys)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a TokenVerifier cannot be pickled, because it holds connections: make one in each process")

    def __repr__(self) -> str:
        if not hasattr(self, "_examiner"):
            return "TokenVerifier(<refused arguments>)"  # in a traceback of the constructor
        return f"TokenVerifier({', '.join(self._examiner.by_issuer)})"


class VerifierOfRules(TokenVerifier[Any]):
    """A verifier with rules that are made already."""

    def __init__(self, rules: Iterable[PoolRules]) -> None:
        self._examiner = Examiner(rules)


def rules_of(
    checked: CheckedOptions, sources: KeySources, now: Callable[[], datetime], urls: Mapping[str, Url]
) -> PoolRules:
    """Return the rules of a pool. `urls`: the address of the keys of each issuer."""
    return PoolRules(
        {issuer: sources.get(url, ttl=checked.ttl, timeout=checked.timeout) for issuer, url in urls.items()},
        checked.clients,
        checked.token_use,
        checked.leeway,
        checked.requirements,
        checked.check,
        now,
    )


def _call(resource: Any, scopes: Any, groups: Any, acr: Any, access_token: Any, nonce: Any) -> Requirements:
    if is_empty(scopes) and resource is groups is acr is access_token is nonce is None:
        return NOTHING
    return requirements(
        resource=resource, scopes=scopes, groups=groups, acr=acr, access_token=access_token, nonce=nonce
    )


def _encoded(jwks: str | bytes) -> bytes:
    # Half of a surrogate pair becomes bytes that are not UTF-8, and are refused as such.
    return jwks.encode("utf-8", "surrogatepass") if isinstance(jwks, str) else jwks


def _claims_of(found: Candidate | CognitoError) -> Any:
    """Return the claims of a verified token, or raise the error."""
    if isinstance(found, Candidate):
        return found.claims.reveal()
    try:
        raise found
    finally:
        del found  # as above


async def _preload(source: KeySource, failures: list[KeysUnavailable]) -> None:
    try:
        await source.preload()
    except KeysUnavailable as error:
        failures.append(error.with_traceback(None))
