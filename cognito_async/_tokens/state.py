"""The one way in which a session or a pending challenge leaves the process: a versioned, bound text.

    ca1.p.<base64url of JSON>                      without a key: readable, so keep it where tokens may be kept
    ca1.e.<base64url of nonce + AES-256-GCM text>  with a key: fit for a cookie

What is inside is bound to the user pool and the app client: in the clear as two members, under a key as
authenticated data too.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .._ground.errors import ConfigurationError
from .tokens import Tokens

ShapeT = TypeVar("ShapeT", bound=BaseModel)

_PLAIN = "ca1.p."
_ENCRYPTED = "ca1.e."
_SHORTEST_KEY = 32
_NONCE = 12
_LONGEST = 262_144


class _State(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class UserState(_State):
    """A signed-in user."""

    username: str = Field(min_length=1)
    sub: str | None
    tokens: Tokens


class ChallengeState(_State):
    """A challenge that waits for its answer."""

    name: str = Field(min_length=1)
    username: str = Field(min_length=1)
    session: str | None = Field(repr=False)
    parameters: dict[str, str] = Field(repr=False)
    available: tuple[str, ...]


def pack(kind: str, binding: tuple[str, str], content: dict[str, Any], key: str | bytes | None) -> str:
    """Write `content` as a state of that kind, bound to (user pool id, client id)."""
    pool, client = binding
    text = json.dumps({"kind": kind, "pool": pool, "client": client, **content}, separators=(",", ":")).encode()
    if key is None:
        return _PLAIN + _encode(text)
    nonce = secrets.token_bytes(_NONCE)
    return _ENCRYPTED + _encode(nonce + _cipher(key).encrypt(nonce, text, _bound(binding)))


def unpack(state: str, kind: str, binding: tuple[str, str], key: str | bytes | None, shape: type[ShapeT]) -> ShapeT:
    """Read a state back; raises `ConfigurationError` unless it is whole, of that kind and bound to this pool and client."""
    if not isinstance(state, str) or len(state) > _LONGEST:
        raise _refusal("it is not a text that to_state() makes")
    if state.startswith(_PLAIN) and key is not None:
        raise _refusal("a key was given, but the state is not encrypted")
    if state.startswith(_ENCRYPTED) and key is None:
        raise _refusal("it is encrypted: pass the key that to_state(key) was given")
    if not state.startswith((_PLAIN, _ENCRYPTED)):
        raise _refusal("it was not made by to_state(), or by a version that this one does not know")
    try:
        data = base64.b64decode(state[len(_PLAIN) :].encode("ascii"), altchars=b"-_", validate=True)
        if key is not None:
            data = _cipher(key).decrypt(data[:_NONCE], data[_NONCE:], _bound(binding))
        content = json.loads(data)
    except InvalidTag:
        raise _refusal("it was altered, made with another key, or for another user pool or app client") from None
    except (ValueError, RecursionError):
        raise _refusal("it is damaged") from None
    if not isinstance(content, dict) or content.get("kind") != kind:
        raise _refusal(f"it does not hold a {kind}")
    if (content.get("pool"), content.get("client")) != binding:
        raise _refusal("it was made for another user pool or app client")
    try:
        return shape.model_validate(content)
    except (ValidationError, ConfigurationError):
        raise _refusal("it is damaged") from None


def _cipher(key: str | bytes) -> AESGCM:
    material = key.encode() if isinstance(key, str) else key
    if not isinstance(material, bytes) or len(material) < _SHORTEST_KEY:
        raise ConfigurationError(f"the key of a state is random text or bytes, at least {_SHORTEST_KEY} of them")
    return AESGCM(HKDF(SHA256(), 32, None, b"cognito_async state 1").derive(material))


def _bound(binding: tuple[str, str]) -> bytes:
    return "\n".join(binding).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _refusal(reason: str) -> ConfigurationError:
    return ConfigurationError(f"this state cannot be used: {reason}")
