"""`pool.verifier`: a token verifier that takes from the pool what it knows."""

from __future__ import annotations

from typing import Any, Literal, Unpack, overload

from .._aws.settings.endpoint import is_of_aws
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.redact import mask
from .._http.origin import Url
from .._verify import claims, options
from .._verify import verifier as verifiers
from .calls import PoolCalls


class VerifierCalls(PoolCalls):
    """The call of `UserPool` that makes a token verifier."""

    @overload
    def verifier(
        self,
        token_use: Literal["access"] = "access",  # noqa: S107
        *,
        client_id: options.Names | NotGiven | None = NOT_GIVEN,
        **rules: Unpack[options.RuleOptions],
    ) -> verifiers.TokenVerifier[claims.AccessClaims | claims.ClientClaims]: ...
    @overload
    def verifier(
        self,
        token_use: Literal["id"],
        *,
        client_id: options.Names | NotGiven | None = NOT_GIVEN,
        **rules: Unpack[options.RuleOptions],
    ) -> verifiers.TokenVerifier[claims.IdClaims]: ...
    @overload
    def verifier(
        self,
        token_use: None,
        *,
        client_id: options.Names | NotGiven | None = NOT_GIVEN,
        **rules: Unpack[options.RuleOptions],
    ) -> verifiers.TokenVerifier[claims.AnyClaims]: ...
    def verifier(
        self,
        token_use: Literal["access", "id"] | None = "access",  # noqa: S107
        *,
        client_id: options.Names | NotGiven | None = NOT_GIVEN,
        **rules: Unpack[options.RuleOptions],
    ) -> verifiers.TokenVerifier[Any]:
        """Return a verifier of this pool's tokens, for a service that protects its routes.

        All verifiers of a pool and its views share the keys, also those of `add_keys`. They are fetched over the
        connections of the pool. If the pool calls an endpoint that is not AWS's, such as that of an emulator, the keys
        are fetched there, and this server decides which tokens are valid. So `AWS_ENDPOINT_URL` counts too.

        Args:
            token_use: `"access"` or `"id"`; `None` for both.
            client_id: the app client, or several, whose tokens to accept; the pool's own by default, `None` for all.
            rules: the other options of `TokenVerifier`, except `http_client` and `clock`.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        rules["jwks_url"] = mask(rules.get("jwks_url"))
        client, location = self._client, self._client.config.location
        clients = client.app_client.client_id if isinstance(client_id, NotGiven) else client_id
        checked = options.CheckedOptions(client.app_client.user_pool_id, clients, token_use, rules)
        urls = checked.key_urls(location.region, _of_emulator(location.expected_url))
        made = verifiers.rules_of(checked, client.state.key_sources, client.clock.now, urls)
        return verifiers.VerifierOfRules([made])


def _of_emulator(url: str | None) -> str | None:
    """Return the URL of a server that is not AWS's; `None` for one of AWS."""
    return None if url is None or is_of_aws(Url.parse(url).origin.host) else url.rstrip("/")
