"""Challenges as values: what the service asks for, and the method that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .._flows import challenges, sign_in
from .._flows.context import PendingChallenge, SignIn
from .._flows.protocol import Done, Flow, Outcome
from .._flows.sign_in import SignInFlow
from .._ground.config import UserContext
from .._ground.errors import ConfigurationError, NotSignedIn
from .._ground.redact import Masked, mask
from .._tokens.state import ChallengeState, pack, unpack
from .._tokens.tokens import Tokens
from . import checks, users
from .checks import NOT_GIVEN, NotGiven
from .engine import CallOptions, Engine
from .keeper import Keeper
from .user import CognitoUser


class Challenge:
    """Base of the challenges. A wrong answer leaves the value usable: answer again, as often as the service allows."""

    __slots__ = ("_engine", "_keeper", "_pending")

    def __init__(self, engine: Engine, pending: PendingChallenge, keeper: Keeper | None = None) -> None:
        self._engine = engine
        self._pending = pending
        self._keeper = keeper

    @property
    def name(self) -> str:
        """The service's name of the challenge, such as `"SMS_MFA"`."""
        return self._pending.name

    @property
    def username(self) -> str:
        """The name that the service knows the user by in this sign-in."""
        return self._pending.username

    @property
    def parameters(self) -> Mapping[str, str]:
        """`ChallengeParameters` as the service sent them."""
        return MappingProxyType(dict(self._pending.parameters))

    @property
    def session(self) -> str | None:
        """The service's opaque `Session` for the answer: a secret."""
        return None if self._pending.session is None else str(self._pending.session)

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write the challenge as a text, to answer it in another request or process by `pool.resume(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may hold it.

        Raises:
            ConfigurationError: when the key is too short.
        """
        key = mask(key)
        pending = self._pending
        state = ChallengeState(
            name=pending.name,
            username=pending.username,
            session=pending.session,
            parameters=dict(pending.parameters),
            available=pending.available,
        )
        return pack(state, self._engine.client.binding, key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, parameters={sorted(self._pending.parameters)})"

    def __copy__(self) -> Challenge:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Challenge:
        return self

    def __reduce__(self) -> str:
        raise TypeError("challenges are not pickled: use challenge.to_state(key)")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        name_alone = core_schema.typed_dict_schema({"name": core_schema.typed_dict_field(core_schema.str_schema())})
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(_not_from_json, name_alone),
            python_schema=core_schema.is_instance_schema(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda challenge: {"name": challenge.name}, return_schema=name_alone
            ),
        )


def _not_from_json(value: Any) -> Any:
    raise ValueError("a challenge is not read from JSON: use pool.resume(challenge.to_state(key), key)")


class UnknownChallenge(Challenge):
    """A challenge that this version has no typed value for: everything the service said, and a way to answer it."""

    __slots__ = ()

    async def answer(
        self,
        responses: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> SignInResult:
        """Answer the challenge.

        Args:
            responses: `ChallengeResponses` by the service's names, such as `{"SMS_MFA_CODE": "123456"}`;
                USERNAME, SECRET_HASH and `Session` are added.

        Raises:
            CodeMismatchException: a wrong code; answer again.
            NotAuthorizedException: the `Session` is over; sign in again.

        Source: RespondToAuthChallenge.
        """
        responses = mask(responses)
        given = checks.texts(responses, "responses")
        call = CallOptions(client_metadata, user_context, timeout)
        state = _sign_in(self._engine, self._pending.username, call)
        return await _finish(self._engine, challenges.answer(state, self._pending, given), call, self._keeper)


AnyChallenge: TypeAlias = UnknownChallenge


class SignInResult(BaseModel):
    """What `sign_in` and the answers to challenges return: either signed in, or one step further.

    Attributes:
        user: the user; signed in if no challenge is open.
        challenge: what the service asks for next, or `None`.
    """

    model_config = ConfigDict(frozen=True)

    user: CognitoUser
    challenge: AnyChallenge | None = None

    @property
    def signed_in(self) -> bool:
        """Whether the sign-in is complete."""
        return self.challenge is None

    @property
    def tokens(self) -> Tokens:
        """The tokens of the sign-in.

        Raises:
            NotSignedIn: while a challenge is open.
        """
        if self.challenge is not None:
            raise NotSignedIn(f"the sign-in is not complete: answer the challenge {self.challenge.name} first")
        return self.user.tokens

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        yield "user", self.user
        yield "challenge", self.challenge


async def begin(
    engine: Engine, username: str, password: str, flow: SignInFlow, call: CallOptions, keeper: Keeper | None = None
) -> SignInResult:
    """Sign in by one of the flows that begin with a password."""
    password = mask(password)
    flows = {"USER_SRP_AUTH": sign_in.with_srp, "USER_PASSWORD_AUTH": sign_in.with_password}
    start = flows.get(checks.text(flow, "flow"))
    if start is None:
        raise ConfigurationError('flow is "USER_SRP_AUTH" or "USER_PASSWORD_AUTH"')
    state = _sign_in(engine, checks.text(username, "username"), call)
    secret = Masked(checks.text(password, "password"))
    return await _finish(engine, start(state, secret), call, keeper)


def resumed(engine: Engine, state: str, key: str | bytes | None, keeper: Keeper | None = None) -> AnyChallenge:
    """A challenge from its state."""
    state, key = mask(state), mask(key)
    kept = unpack(state, ChallengeState, engine.client.binding, key)
    pending = PendingChallenge(
        name=kept.name,
        username=kept.username,
        session=Masked(kept.session) if kept.session is not None else None,
        parameters=kept.parameters,
        available=kept.available,
    )
    return UnknownChallenge(engine, pending, keeper)


def _sign_in(engine: Engine, username: str, call: CallOptions) -> SignIn:
    caller = engine.caller(call.client_metadata, call.user_context)
    return SignIn(engine.client, username, engine.shared.pipeline.service_time.now, caller)


async def _finish(engine: Engine, flow: Flow[Outcome], call: CallOptions, keeper: Keeper | None) -> SignInResult:
    """Run a sign-in, or the rest of one, and say where it stands."""
    outcome = await engine.run(flow, engine.deadline(call.timeout))
    if isinstance(outcome, Done):
        user = users.signed_in(engine, outcome.username, outcome.tokens, keeper)
        if keeper is not None:
            try:
                await keeper.signed_in(user)
            except Exception:
                user._keeper = None
                await user.sign_out()  # a session that cannot be kept is not left open at the service
                raise
        return SignInResult(user=user)
    pending = outcome.challenge
    return SignInResult(user=users.named(engine, pending.username), challenge=UnknownChallenge(engine, pending, keeper))
