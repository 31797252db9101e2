"""One person: a name, and while signed in what that person may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..._client.call_options import CallOptions
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.options import UserContext
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._session.user_session import UserSession
from .devices import DeviceCalls
from .mfa import MfaCalls
from .profile import ProfileCalls

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from ..sign_in.results import SignInResult
    from ..sign_in.running import OnChallenge
    from ..users import Users


class StepUpRequest(NamedTuple):
    """What a step-up asks of a signed-in user."""

    target_acr_values: Sequence[str]
    max_age: int | None
    preferred_challenge: str | None
    password: Secret[str] | None


class StepUp(Protocol):
    """Begins a step-up. The pool injects it, because a sign-in is built on users."""

    async def __call__(
        self,
        users: Users,
        session: UserSession,
        wanted: StepUpRequest,
        call: CallOptions,
        on_challenge: OnChallenge | None,
    ) -> SignInResult: ...


class CognitoUser(ProfileCalls, MfaCalls, DeviceCalls):
    """Get one from a sign-in, `pool.user(name)` or `pool.user_from_tokens(tokens)`, and call what the user may do.

    As a field of a result it validates, dumps, copies and pickles as `{username, sub}` alone: a copy is a
    name without a client, a secret or a token. Whether `username` and `sub` are true is known only from the
    service's reply or a token verifier, not from this object.

    Args:
        username: the user's name; after a sign-in the canonical one, from the access token.
        sub: the user's unchanging id, where it is known.
    """

    __slots__ = ()

    async def step_up(
        self,
        target_acr_values: Sequence[str],
        *,
        max_age: int | None = None,
        preferred_challenge: str | None = None,
        password: str | None = None,
        on_challenge: OnChallenge | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> SignInResult:
        """Ask this signed-in user for more before something important; the result is a sign-in of its own.

        Args:
            target_acr_values: the levels of authentication to reach, the best first.
            max_age: how many seconds ago the user may have signed in for that to count; whole seconds.
            preferred_challenge, password, on_challenge: as for `sign_in` with USER_AUTH.

        Raises:
            NotSignedIn, SessionExpired: sign in (again).
            FeatureUnavailableInTierException: the pool's plan has no step-up.

        Source: InitiateAuth with USER_AUTH, ACCESS_TOKEN, TARGET_ACR_VALUES and MAX_AGE.
        """
        password = mask(password)
        session, users = self._linked()
        wanted = StepUpRequest(
            target_acr_values,
            max_age,
            preferred_challenge,
            None if password is None else checks.secret(password, "password"),
        )
        call = CallOptions(client_metadata, user_context, timeout)
        return await users.step_up(users, session, wanted, call, on_challenge)

    def __repr__(self) -> str:
        return f"CognitoUser(username={self._username!r}, sub={self._sub!r}, signed_in={self.signed_in})"

    def __copy__(self) -> CognitoUser:
        return CognitoUser(self._username, self._sub)

    def __deepcopy__(self, memo: dict[int, Any]) -> CognitoUser:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return CognitoUser, (self._username, self._sub)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415 - pydantic asks, so it is there

        def detached(value: dict[str, Any]) -> CognitoUser:
            return cls(value["username"], value.get("sub"))

        fields = core_schema.typed_dict_schema(
            {
                "username": core_schema.typed_dict_field(core_schema.str_schema(min_length=1)),
                "sub": core_schema.typed_dict_field(
                    core_schema.nullable_schema(core_schema.str_schema()), required=False
                ),
            },
            config={"title": "CognitoUser"},
        )
        parsed = core_schema.no_info_after_validator_function(detached, fields)
        return core_schema.json_or_python_schema(
            json_schema=parsed,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), parsed]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda user: {"username": user.username, "sub": user.sub}, return_schema=fields
            ),
        )
