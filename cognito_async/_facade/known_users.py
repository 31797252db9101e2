"""Users and devices from data that your program has: a name, tokens, or a state. Nothing is sent to the service."""

from __future__ import annotations

from typing import Any

from .._core import checks
from .._core.errors import ConfigurationError
from .._core.redact import mask
from .._core.secret import Secret
from .._tokens.device import DeviceSecret
from .._verify import claims
from . import results
from .calls import PoolCalls
from .user.user import CognitoUser


class KnownUserCalls(PoolCalls):
    """The calls of `UserPool` that create a user or a device secret without a request to the service."""

    def user(self, username: str) -> CognitoUser:
        """Return a user by name, not signed in. The service is not asked whether the user exists.

        Raises:
            ConfigurationError: if the name is empty or not a string.
        """
        return self._users.named(checks.text(username, "username"))

    def user_from_tokens(self, tokens: results.Tokens) -> CognitoUser:
        """Return a signed-in user from tokens that you have saved.

        The tokens are not verified. You can trust the username in them only if you received them from the service.

        Raises:
            ConfigurationError: if the access token is not a JWT with a username.
        """
        from .._tokens.tokens import Tokens  # noqa: PLC0415 - a caller with tokens has imported it

        if not isinstance(tokens, Tokens):
            raise ConfigurationError("tokens must be Tokens(access_token, …)")
        username = tokens.unverified_access_claims.get("username")
        if not isinstance(username, str) or not username:
            raise ConfigurationError("the access token must have a username claim")
        return self._users.of(self._users.sessions.signed_in(username, tokens))

    def user_from_access_token(self, token: str, *, verified: claims.AccessClaims | None = None) -> CognitoUser:
        """Return a signed-in user from an access token alone, such as the bearer token of a request.

        The session cannot be refreshed. The token is not verified here: only a token verifier or a reply from the
        service shows that it is genuine.

        Args:
            token: the access token.
            verified: what a verifier has returned for this token. Then you can trust the name and the `sub` of the
                user.

        Raises:
            ConfigurationError: if the token is not a JWT with a username, or `verified` belongs to another token or
                another user pool.
        """
        token, verified = mask(token), mask(verified)
        from .._tokens.tokens import Tokens  # noqa: PLC0415 - imports pydantic; importing the package must not

        tokens = Tokens(token)
        found = Secret(tokens.unverified_access_claims)
        if verified is not None and not self._has_verified(Secret.of(verified), found):
            raise ConfigurationError("verified must be the claims that a verifier has returned for this access token")
        return self.user_from_tokens(tokens)

    def _has_verified(self, verified: Secret[Any], unverified: Secret[dict[str, Any]]) -> bool:
        """Return whether these are the claims of a token of this user pool, whose claims the second argument has."""
        found = claims.typed_claims(unverified.reveal())
        is_same = isinstance(found, claims.AccessClaims) and bool(found == verified.reveal())
        return is_same and verified.reveal().iss.endswith(f"/{self._client.app_client.user_pool_id}")

    def user_from_state(self, state: str, key: str | bytes | None = None) -> CognitoUser:
        """Return a signed-in user from the string that `user.to_state(key)` returned.

        Raises:
            ConfigurationError: if the state is damaged, or was made with another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return self._users.of(self._users.sessions.restored(Secret.of(state), Secret.maybe(key)))

    def device_from_state(self, state: str, key: str | bytes | None = None) -> DeviceSecret:
        """Return a device secret from the string that `user.device_secret.to_state(key)` returned.

        Pass it to `sign_in` as `device`.

        Raises:
            ConfigurationError: if the state is damaged, or was made with another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return DeviceSecret.from_state(state, self._client.app_client.binding, key)
