"""A user of a pool, and the calls that a signed-in user can make."""

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
from ..._tokens.device import DeviceSecret
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
    """The arguments of a step-up."""

    target_acr_values: Sequence[str]
    max_age: int | None
    preferred_challenge: str | None
    password: Secret[str] | None
    device: DeviceSecret | None


class StepUp(Protocol):
    """The function that starts a step-up. It is passed in to avoid a circular import: its module imports this one."""

    async def __call__(
        self,
        users: Users,
        session: UserSession,
        request: StepUpRequest,
        call: CallOptions,
        on_challenge: OnChallenge | None,
    ) -> SignInResult: ...


class CognitoUser(ProfileCalls, MfaCalls, DeviceCalls):
    """A user, signed in or not. A sign-in, `pool.user(name)` and `pool.user_from_tokens(tokens)` return one.

    Dumps, copies and pickles contain only `{username, sub}`. Such a copy has no client, secret or token, so it cannot
    make calls. This object does not prove that `username` and `sub` are true: only a reply from the service or a token
    verifier does.

    Args:
        username: the user's name. After a sign-in this is the canonical name from the access token.
        sub: the user's permanent id, if it is known.
    """

    __slots__ = ()

    async def step_up(
        self,
        target_acr_values: Sequence[str],
        *,
        max_age: int | None = None,
        preferred_challenge: str | None = None,
        password: str | None = None,
        device: DeviceSecret | None = None,
        on_challenge: OnChallenge | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> SignInResult:
        """Ask the signed-in user for stronger authentication before an important action. It starts a separate sign-in.

        Args:
            target_acr_values: the levels of authentication (ACR) to reach, the best first. The service uses the first
                one that the user can reach.
            max_age: the greatest age, in whole seconds, at which the service still accepts an earlier authentication
                of the user.
            preferred_challenge: as for `sign_in` with USER_AUTH.
            password: as for `sign_in` with USER_AUTH.
            device: as for `sign_in`; by default the device of this session.
            on_challenge: as for `sign_in`.
            client_metadata: values that the pool's Lambda triggers receive.
            user_context: the end user's IP address and device data, for the pool's threat protection.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            NotSignedIn, SessionExpired: if the user must sign in (again).
            FeatureUnavailableInTierException: if the pool's plan has no step-up.

        Source: InitiateAuth with USER_AUTH, ACCESS_TOKEN, TARGET_ACR_VALUES and MAX_AGE.
        """
        password = mask(password)
        session, users = self._linked()
        request = StepUpRequest(
            target_acr_values,
            max_age,
            preferred_challenge,
            None if password is None else checks.secret(password, "password"),
            device,
        )
        call = CallOptions(client_metadata, user_context, timeout)
        return await users.step_up(users, session, request, call, on_challenge)

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
        from pydantic_core import core_schema  # noqa: PLC0415 - pydantic calls this, so it is imported already

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
