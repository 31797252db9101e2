"""Users that are known already: by name, by tokens, by a state. The service is not asked."""

from __future__ import annotations

from .._core import checks
from .._core.errors import ConfigurationError
from .._core.redact import mask
from .._core.secret import Secret
from .._tokens.device import DeviceSecret
from . import results
from .calls import PoolCalls
from .user.user import CognitoUser


class KnownUserCalls(PoolCalls):
    """The calls of `UserPool` that make a user without asking the service."""

    def user(self, username: str) -> CognitoUser:
        """A user by name, without asking the service and not signed in.

        Raises:
            ConfigurationError: when the name is empty or no text.
        """
        return self._users.named(checks.text(username, "username"))

    def user_from_tokens(self, tokens: results.Tokens) -> CognitoUser:
        """A signed-in user from tokens that you kept.

        The tokens are not verified: the names in them are true only if you got them from the service.

        Raises:
            ConfigurationError: when the access token is not a JWT that names a user.
        """
        from .._tokens.tokens import Tokens  # noqa: PLC0415 - a caller that has tokens has imported it

        if not isinstance(tokens, Tokens):
            raise ConfigurationError("user_from_tokens takes Tokens(access_token, …)")
        username = tokens.unverified_access_claims.get("username")
        if not isinstance(username, str) or not username:
            raise ConfigurationError("this access token names no user")
        return self._users.of(self._users.sessions.signed_in(username, tokens))

    def user_from_access_token(self, token: str) -> CognitoUser:
        """A signed-in user from an access token alone, such as a request brings; it cannot be renewed.

        The token is not verified: let a verifier or the service decide whether it is true.

        Raises:
            ConfigurationError: when it is not a JWT that names a user.
        """
        token = mask(token)
        from .._tokens.tokens import Tokens  # noqa: PLC0415 - on pydantic, which the import of the package does without

        return self.user_from_tokens(Tokens(token))

    def user_from_state(self, state: str, key: str | bytes | None = None) -> CognitoUser:
        """A signed-in user from `user.to_state(key)`.

        Raises:
            ConfigurationError: when the state is damaged, or belongs to another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return self._users.of(self._users.sessions.restored(Secret.of(state), Secret.maybe(key)))

    def device_from_state(self, state: str, key: str | bytes | None = None) -> DeviceSecret:
        """A device secret from `user.device_secret.to_state(key)`, for `sign_in(…, device=…)`.

        Raises:
            ConfigurationError: when the state is damaged, or belongs to another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return DeviceSecret.from_state(state, self._client.app_client.binding, key)
