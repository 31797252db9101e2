"""The base of all challenges: their name and parameters, their state, and their `repr`, dumps and copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from ..._client.call_options import CallOptions
from ..._core import checks
from ..._core.outside import parse_json
from ..._core.redact import mask
from ..._core.secret import Secret, Text
from ..._flows import answers
from ..._flows.context import PendingChallenge, SignIn
from ..._flows.protocol import Flow, Outcome
from ..._tokens import states

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from .context import SignInContext
    from .results import SignInResult

# A longer parameter is not parsed, because this would block the event loop.
_LONGEST_JSON = 65_536


class Challenge:
    """Base of the challenges. After a wrong answer you can answer again, as often as the service allows."""

    __slots__ = ("_context", "_pending")

    def __init__(self, context: SignInContext, pending: PendingChallenge) -> None:
        self._context = context
        self._pending = pending

    @property
    def name(self) -> str:
        """The service's name for the challenge, such as `"SMS_MFA"`."""
        return self._pending.name

    @property
    def username(self) -> str:
        """The name that the service uses for the user in this sign-in."""
        return self._pending.username

    @property
    def parameters(self) -> Mapping[str, str]:
        """The `ChallengeParameters` that the service sent."""
        return MappingProxyType(dict(self._pending.parameters))

    @property
    def session(self) -> str | None:
        """The service's `Session`, an opaque secret that the answer sends back; `None` if the service sent none."""
        return None if self._pending.session is None else self._pending.session.reveal()

    def to_state(self, key: str | bytes | None = None) -> str:
        """Return the challenge as a string. Another request or process continues it with `pool.resume(state, key)`.

        Args:
            key: at least 32 random characters or bytes, with which the string is encrypted. Then others, such as a
                browser, may store it. Without a key, the string is not encrypted.

        Raises:
            ConfigurationError: if the key is too short.
        """
        key = mask(key)
        pending = self._pending
        state = states.ChallengeState(
            name=pending.name,
            username=pending.username,
            session=pending.session,
            parameters=dict(pending.parameters),
            available=pending.available,
            typed=self._context.typed,
            refused=tuple(sorted(self._context.refused)),
        )
        return states.pack(state, self._context.client.app_client.binding, Secret.maybe(key)).reveal()

    async def _respond(
        self, flow: Callable[[SignIn, PendingChallenge], Flow[Outcome]], call: CallOptions
    ) -> SignInResult:
        """Answer, and return the next state of the sign-in."""
        pending = self._pending
        return await self._context.run(self.username, lambda sign_in: answers.in_session(flow(sign_in, pending)), call)

    async def _send(self, text: Text, name: str, call: CallOptions) -> SignInResult:
        """Answer with the one string that the challenge asks for. `name` is the argument's name in error messages."""
        given = checks.secret(text, name)
        return await self._respond(lambda sign_in, pending: answers.with_text(sign_in, pending, given), call)

    def _json(self, parameter: str) -> Any:
        """Return a parameter that contains JSON, parsed; `None` if it is missing, invalid or too long."""
        text = self._pending.parameters.get(parameter, "null")
        return parse_json(text) if len(text) <= _LONGEST_JSON else None

    def _json_list(self, *parameters: str) -> tuple[str, ...]:
        """Return the strings in the first of these parameters that contains a JSON list."""
        for parameter in parameters:
            listed = self._json(parameter)
            whole: Any = listed  # keeps `Any`: the checks would narrow the type
            if isinstance(listed, list):
                return tuple(each for each in whole if isinstance(each, str))
        return ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, parameters={sorted(self._pending.parameters)})"

    def __copy__(self) -> Challenge:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Challenge:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("challenges cannot be pickled: use challenge.to_state(key)")

    __getstate__ = __reduce__  # because other encoders than pickle call it

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415 - pydantic calls this, so it is imported already

        name_alone = core_schema.typed_dict_schema({"name": core_schema.typed_dict_field(core_schema.str_schema())})
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(_not_from_json, name_alone),
            python_schema=core_schema.is_instance_schema(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda challenge: {"name": challenge.name}, return_schema=name_alone
            ),
        )


def _not_from_json(value: Any) -> Any:
    raise ValueError("a challenge cannot be read from JSON: use pool.resume(challenge.to_state(key), key)")
