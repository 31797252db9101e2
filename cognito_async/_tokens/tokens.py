"""The three tokens of a sign-in: plain strings as fields, masked in every other form."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from pydantic import AwareDatetime, ConfigDict, Field, StrictStr, ValidationError

from .._core.errors import ConfigurationError
from .._core.model import SecretMembers
from .._core.outside import time_of
from .._core.redact import mask
from .._core.secret import opened
from .bearer import access_token as access_token_of
from .bearer import id_token as id_token_of
from .claims import read_claims


class Tokens(SecretMembers):
    """Use this to pass tokens that you already have to `pool.user_from_tokens`, or to read those of a sign-in.

    The fields are plain strings for your headers and cookies. `repr`, dumps, `vars` and `dict` mask them, and they
    cannot be pickled. `reveal()` returns them all. To store them, use `user.to_state(key)`.

    Args:
        access_token: authorises calls to the service and to your own APIs.
        id_token: describes the user; absent after `user_from_access_token`.
        refresh_token: is exchanged for new tokens; only the service can read it.
        expires_at: the expiry of the access token, an aware datetime; by default, the token's claim `exp`.
        token_type: always `"Bearer"` today.

    Raises:
        ConfigurationError: if a token is empty or not a `str`, or `expires_at` has no time zone.

    Source: `AuthenticationResultType` of the service's model.
    """

    sensitive = frozenset({"access_token", "id_token", "refresh_token"})
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    access_token: StrictStr = Field(min_length=1)
    id_token: StrictStr | None = Field(default=None, min_length=1)
    refresh_token: StrictStr | None = Field(default=None, min_length=1)
    expires_at: AwareDatetime | None = None
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme

    def __init__(
        self,
        access_token: str,
        id_token: str | None = None,
        refresh_token: str | None = None,
        expires_at: datetime | None = None,
        token_type: str = "Bearer",  # noqa: S107
        **unknown: object,
    ) -> None:
        access_token, id_token, refresh_token = mask(access_token), mask(id_token), mask(refresh_token)
        # pydantic calls this method too, when it validates a model. Raise only errors that it handles: `ValueError`s.
        if unknown:
            unknown = mask(unknown)
            raise ConfigurationError(f"Tokens has no field {', '.join(sorted(unknown))}")
        if expires_at is None:
            expires_at = _expiry(access_token)
        problem: str | None = None
        try:
            # Do the work of pydantic's `__init__` without calling it: its locals in a traceback would show the tokens.
            self.__pydantic_validator__.validate_python(
                {
                    "access_token": opened(access_token),
                    "id_token": opened(id_token),
                    "refresh_token": opened(refresh_token),
                    "expires_at": expires_at,
                    "token_type": token_type,
                },
                self_instance=self,
            )
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            problem = f"Tokens: {first['loc'][0]}: {first['msg']}"
        if problem is not None:
            raise ConfigurationError(problem)

    @property
    def unverified_id_claims(self) -> dict[str, Any]:
        """The claims of the ID token, decoded but not verified: trust them only if the service itself sent the token.

        Raises:
            ConfigurationError: if there is no ID token, or it is not a JWT.
        """
        token = id_token_of(self)
        if token is None:
            raise ConfigurationError("Tokens: there is no ID token")
        return read_claims(token)

    @property
    def unverified_access_claims(self) -> dict[str, Any]:
        """The claims of the access token, not verified: trust them only if the service itself sent the token.

        Raises:
            ConfigurationError: if the access token is not a JWT.
        """
        return read_claims(access_token_of(self))

    def reveal(self) -> dict[str, Any]:
        """Return all fields in plain text, to pass them to a safe place. `expires_at` is an aware datetime."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def __reduce__(self) -> NoReturn:
        raise TypeError("Tokens cannot be pickled: use user.to_state(key) to move a session")


def _expiry(access_token: Any) -> datetime | None:
    if not isinstance(opened(access_token), str):
        return None
    try:
        return time_of(read_claims(access_token).get("exp"))
    except ConfigurationError:
        return None
