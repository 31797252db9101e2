"""States: versioned strings, the only form in which a session or a pending challenge leaves the process.

    ca1.p.<base64url of JSON>                            without a key: readable, so protect it like a token
    ca1.e.<base64url of nonce + AES-256-GCM ciphertext>  with a key: others may store it

A state is bound to its user pool and app client. Their ids are members of the JSON. With a key, they are also the
associated data of the encryption.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .._core.errors import ConfigurationError
from .._core.secret import OPENED, Secret
from .._crypto.sealing import Seal
from .tokens import Tokens

_PLAIN = "ca1.p."
_ENCRYPTED = "ca1.e."
_MOST_BYTES = 196_000
_DAMAGED = "it is damaged"
_LONGEST = 262_144  # base64 turns three bytes into four characters


class State(BaseModel):
    """The content of a state. Its `repr` hides secrets, `plain()` shows them."""

    model_config = ConfigDict(hide_input_in_errors=True)
    kind: ClassVar[str]

    def plain(self) -> dict[str, Any]:
        """Return the members for JSON, with secrets in plain text."""
        return self.model_dump(mode="json", context=OPENED)


class UserState(State):
    """A signed-in user."""

    kind = "user"

    username: str = Field(min_length=1)
    sub: str | None
    tokens: Tokens

    @field_validator("tokens", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        """Ignore members of `tokens` that a later version has added."""
        members: Any = value  # a second name, so that `isinstance` does not narrow its type
        if not isinstance(value, dict):
            return value
        return {name: members[name] for name in Tokens.model_fields if name in members}

    def plain(self) -> dict[str, Any]:
        expires_at = self.tokens.expires_at
        time = None if expires_at is None else expires_at.isoformat()
        return {**super().plain(), "tokens": {**self.tokens.reveal(), "expires_at": time}}


class ChallengeState(State):
    """A challenge that has not been answered.

    `typed`: the name that the user typed. `refused`: the keys of devices that the service does not know.
    """

    kind = "challenge"

    name: str = Field(min_length=1)
    username: str = Field(min_length=1)
    session: Secret[str] | None = Field(repr=False)
    parameters: dict[str, str] = Field(repr=False)
    available: tuple[str, ...]
    typed: str | None = None
    refused: tuple[str, ...] = ()


class SignUpState(State):
    """A new account, whose sign-up may still have to be confirmed."""

    kind = "sign-up"

    username: str = Field(min_length=1)
    sub: str = Field(min_length=1)
    confirmed: bool
    session: Secret[str] | None = Field(repr=False)


class DeviceState(State):
    """The secret of a device that the user pool remembers."""

    kind = "device"

    username: str = Field(min_length=1)
    key: str = Field(min_length=1)
    group_key: str = Field(min_length=1)
    password: Secret[Annotated[str, Field(min_length=1)]] = Field(repr=False)
    user_confirmation_necessary: bool = False
    aliases: tuple[str, ...] = ()


class _Label(BaseModel):
    kind: str
    pool: str
    client: str


StateT = TypeVar("StateT", bound=State)
ModelT = TypeVar("ModelT", bound=BaseModel)


def pack(state: State, binding: tuple[str, str], key: Secret[Any] | None) -> Secret[str]:
    """Return the state as a string, bound to (user pool id, client id), and encrypted if there is a key.

    Raises:
        ConfigurationError: if the key is too short, or the state too large.
    """
    seal = None if key is None else Seal(key, "state")
    text = _serialize(state, binding)
    if len(text.reveal()) > _MOST_BYTES:
        raise ConfigurationError(f"the service sent more data than a state can hold ({_MOST_BYTES} bytes)")
    if seal is None:
        return Secret(_PLAIN + _encode(text.reveal()))
    return Secret(_ENCRYPTED + _encode(seal.encrypt(text, _associated_data(binding))))


def unpack(state: Secret[str], shape: type[StateT], binding: tuple[str, str], key: Secret[Any] | None) -> StateT:
    """Parse a state that `pack` returned.

    Raises:
        ConfigurationError: if the state is damaged, of another kind, made with another key, or bound to another user
            pool or app client.
    """
    problem = _find_problem(state.reveal(), has_key=key is not None)
    if problem is not None:
        raise _refusal(problem)
    data = _decode(state.reveal())
    if data is None:
        raise _refusal(_DAMAGED)
    if key is not None:
        data = Seal(key, "state").decrypt(data.reveal(), _associated_data(binding))
        if data is None:
            raise _refusal("it was altered, made with another key, or for another user pool or app client")
    label = _parse(_Label, data)
    if label.kind != shape.kind:
        raise _refusal(f"it does not hold a {shape.kind}")
    if (label.pool, label.client) != binding:
        raise _refusal("it was made for another user pool or app client")
    return _parse(shape, data)


def _serialize(state: State, binding: tuple[str, str]) -> Secret[bytes]:
    label = _Label(kind=state.kind, pool=binding[0], client=binding[1])
    return Secret(json.dumps({**label.model_dump(), **state.plain()}, separators=(",", ":")).encode())


def _find_problem(state: object, *, has_key: bool) -> str | None:
    """Return why this state cannot be read, or `None`.

    This never raises, because a traceback can show the state among the locals.
    """
    if not isinstance(state, str) or len(state) > _LONGEST:
        return "it is not a str that to_state() returned"
    if state.startswith(_PLAIN):
        return "a key was given, but the state is not encrypted" if has_key else None
    if state.startswith(_ENCRYPTED):
        return None if has_key else "it is encrypted: pass the key that you passed to to_state(key)"
    return "it was not made by to_state(), or by a version of cognito_async that this one does not support"


def _parse(shape: type[ModelT], data: Secret[bytes]) -> ModelT:
    with suppress(ValidationError, ConfigurationError, TypeError):
        return shape.model_validate_json(data.reveal())
    raise _refusal(_DAMAGED)


def _associated_data(binding: tuple[str, str]) -> bytes:
    return "\n".join(binding).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _decode(state: str) -> Secret[bytes] | None:
    with suppress(ValueError):
        return Secret(base64.b64decode(state[len(_PLAIN) :].encode("ascii"), altchars=b"-_", validate=True))
    return None


def _refusal(reason: str) -> ConfigurationError:
    return ConfigurationError(f"this state cannot be used: {reason}")
