"""Every public class whose instances hold secrets: no encoder, copy, dump or state of one contains a secret."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import json
import logging
import pickle
import pprint
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import attr
import pydantic_core
import pytest
import rich.pretty
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, TypeAdapter

import cognito_async
from cognito_async import FileStore, MemoryStore, Record, SignUpResult, Tokens, UserPool, challenges, lowlevel
from cognito_async._core.model import Model
from cognito_async._core.secret import MaskedStr, Secret
from cognito_async._tokens.states import ChallengeState, pack
from cognito_async.credentials import Credentials
from cognito_async.integrations.httpx import BearerAuth
from cognito_async.lowlevel import Pages, PasswordClaim, SrpClient
from tests.leaks.markers import KEY, SECRET, SESSION, TOTP_SECRET, marker
from tests.support import BINDING, DEVICE_KEY, jwt, scripted
from tests.test_public_api import public_modules

MARK = marker("value in a dump")
NOW = datetime(2026, 1, 2, tzinfo=timezone.utc)
TOKENS = Tokens(MARK, MARK, MARK, NOW)
ACCESS_TOKEN = jwt(username="alice", mark=MARK)
EXPONENT = 2**200 + 12345
SECRETS = (MARK, KEY, SECRET, SESSION, TOTP_SECRET, ACCESS_TOKEN[40:], str(EXPONENT), f"{EXPONENT:x}")


def _challenge(name: str) -> Any:
    state = ChallengeState(name=name, username="alice", session=Secret(SESSION), parameters={"A": MARK}, available=())
    pool, _ = scripted()
    return pool.resume(pack(state, BINDING, None).reveal())


def _signed_in() -> Any:
    pool, _ = scripted(client_secret=SECRET)
    return pool.user_from_tokens(Tokens(ACCESS_TOKEN, MARK, MARK))


def _auth() -> Any:
    """Return an `Auth` whose store holds the tokens of the current user."""

    async def sign_in() -> Any:
        reply = {"AuthenticationResult": {"AccessToken": ACCESS_TOKEN, "RefreshToken": MARK}}
        pool, _ = scripted(reply, client_secret=SECRET, credentials=Credentials("AKID", MARK, MARK))
        auth = pool.auth()
        await auth.sign_in("alice", MARK, flow="USER_PASSWORD_AUTH")
        return auth

    return anyio.run(sign_in)


def _memory_store() -> MemoryStore:
    store = MemoryStore()
    anyio.run(store.save, "key", MARK)
    return store


def _result() -> Any:
    user = cognito_async.CognitoUser("alice", "sub")
    return SignUpResult(user=user, user_confirmed=False, user_sub="sub").carry(Secret(SESSION), BINDING)


async def _list_users(**arguments: Any) -> None:
    """Stand for a method that returns pages."""


def _device() -> Any:
    return cognito_async.DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", MARK)


# One instance of each public class that holds a secret. Each challenge and each model is made below.
WITH_SECRETS: dict[str, Callable[[], Any]] = {
    "Auth": _auth,
    "BearerAuth": lambda: BearerAuth(_signed_in()),
    "CognitoUser": _signed_in,
    "Credentials": lambda: Credentials("AKID", MARK, MARK, NOW),
    "DeviceSecret": _device,
    "FileStore": lambda: FileStore(Path("tokens.json"), key=KEY),
    "MemoryStore": _memory_store,
    "MfaTotpSetup": lambda: challenges.MfaTotpSetup(_challenge("MFA_SETUP"), Secret(TOTP_SECRET)),
    "Pages": lambda: Pages(_list_users, {"access_token": MARK}),
    "PasswordClaim": lambda: PasswordClaim(MARK, "now", MARK),
    "Record": lambda: Record(MARK, 1),
    "SignInResult": lambda: cognito_async.SignInResult(user=_signed_in(), challenge=_challenge("SMS_MFA")),
    "SignUpResult": _result,
    "ConfirmSignUpResult": lambda: cognito_async.ConfirmSignUpResult(user=_signed_in()).carry(Secret(SESSION), BINDING),
    "SrpClient": lambda: SrpClient("pool", a=EXPONENT),
    "Tokens": lambda: TOKENS,
    "TotpSetup": lambda: cognito_async.TotpSetup(_signed_in(), Secret(TOTP_SECRET)),
    "UserPool": lambda: UserPool(*BINDING, client_secret=SECRET, credentials=Credentials("AKID", MARK, MARK)),
}
# Public classes whose instances hold no secret, or only pass on what the program itself made, such as an error.
WITHOUT_SECRETS = {
    *("AccessClaims", "ClientClaims", "CognitoBearer", "IdClaims", "TokenVerifier"),  # claims do not hold their token
    # Its test holds the pool. `LocalUserPool` is not searched, because it holds the secrets of tests.
    "CognitoTestMixin",
    *("AdminUser", "AuthEvent", "AuthFactors", "Bulk", "BulkFailure", "BulkProgress", "Clock", "CodeDelivery"),
    *("CognitoIdentity", "CognitoIdentityProvider", "Device", "EventStream", "Group", "Hooks", "KeyringKey", "Meta"),
    *("MfaPreference", "Operation", "PooledTransport", "RateLimits", "RedisStore", "ReplyEvent", "RequestEvent"),
    *("RetryEvent", "RetryPolicy", "SignOutResult", "UserContext", "UserPoolAdmin", "VerifiedContacts"),
}


def _public_classes() -> Iterator[type]:
    """Yield the public classes, without those of the local pool, which holds the secrets of tests.

    Also without the events of triggers: a Lambda function has to return what it got. tests/triggers watches their repr.
    """
    others = {"cognito_async.local", "cognito_async.triggers"}
    for module in (importlib.import_module(name) for name in public_modules() if name not in others):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, type) and not issubclass(value, BaseException):
                yield value


def _families() -> list[ModuleType]:
    return [each for each in vars(lowlevel).values() if isinstance(each, ModuleType) and hasattr(each, "__all__")]


def test_every_public_class_is_searched_or_known_to_hold_no_secret() -> None:
    names = {
        each.__name__
        for each in _public_classes()
        if not issubclass(each, challenges.Challenge) and not getattr(each, "_is_protocol", False)
    }
    assert names == WITH_SECRETS.keys() | WITHOUT_SECRETS


def _state(value: Any) -> Any:
    """Return what an encoder sees that follows the states of objects."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_state(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _state(each) for name, each in value.items()}
    own = type(value).__module__.startswith("cognito_async") and not isinstance(value, (type, MaskedStr))
    if not own or inspect.ismodule(value):
        return repr(value)
    try:
        return _state(value.__getstate__())
    except TypeError as refused:
        return str(refused)


def _log(value: Any) -> str:
    return logging.Formatter().format(logging.LogRecord("x", 10, "x", 1, "%s %r", (value, value), None))


LOOKS: dict[str, Callable[[Any], Any]] = {
    "repr": lambda value: (repr(value), str(value), f"{value}", f"{value!r:>9}", pprint.pformat(value), _log(value)),
    "rich": rich.pretty.pretty_repr,
    "vars": vars,
    "__dict__": lambda value: value.__dict__,
    "dict": dict,
    "list": list,
    "asdict": dataclasses.asdict,
    "astuple": dataclasses.astuple,
    "replace": dataclasses.replace,
    "attrs": attr.asdict,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "vars of a copy": lambda value: vars(copy.deepcopy(value)),
    "pickle": lambda value: [pickle.dumps(value, protocol) for protocol in range(6)],
    "__getstate__": lambda value: value.__getstate__(),
    "__reduce_ex__": lambda value: value.__reduce_ex__(4),
    "states": _state,
    "json": json.dumps,
    "json, by str": lambda value: json.dumps(value, default=str),
    "json, by vars": lambda value: json.dumps(value, default=vars),
    "json of vars": lambda value: json.dumps(vars(value), default=str),
    "json of dict": lambda value: json.dumps(dict(value)),
    "json of list": lambda value: json.dumps(list(value)),
    "fastapi": jsonable_encoder,
    "fastapi, of vars": lambda value: jsonable_encoder(vars(value)),
    "pydantic": lambda value: TypeAdapter(Any).dump_python(value, mode="json"),
    "pydantic, by type": lambda value: TypeAdapter(type(value)).dump_python(value),
    "pydantic, as JSON": lambda value: TypeAdapter(type(value)).dump_json(value),
    "pydantic_core": pydantic_core.to_jsonable_python,
    "model_dump": lambda value: (value.model_dump(), value.model_dump(mode="json"), value.model_dump_json()),
    "model_dump, serialized as any": lambda value: value.model_dump(serialize_as_any=True, by_alias=True),
    "model_copy": lambda value: [vars(value.model_copy(deep=deep)) for deep in (False, True)],
    "model_copy, changed": lambda value: vars(value.model_copy(update=dict.fromkeys(type(value).sensitive, MARK))),
    "model_construct": lambda value: vars(type(value).model_construct(**dict.fromkeys(type(value).sensitive, MARK))),
    "pydantic's state": lambda value: [
        getattr(value, name) for name in dir(BaseModel) if name in ("__pydantic_extra__", "__pydantic_private__")
    ],
}


def shown_by(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of each look at the value, and everything that it shows, its error included."""
    for name, look in LOOKS.items():
        try:
            result = look(value)
        except Exception as refused:  # noqa: BLE001 - each encoder refuses in its own way
            result = refused
        yield name, f"{result!r}{result!s}"
        with suppress(TypeError, ValueError):
            yield f"json of {name}", json.dumps(result, default=repr)


def check(value: Any) -> None:
    for name, text in shown_by(value):
        for secret in SECRETS:
            assert secret[:12] not in text, f"{name} of {type(value).__name__} shows a secret"


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_value_with_secrets_shows_none(name: str) -> None:
    check(WITH_SECRETS[name]())


def test_challenges_show_no_secret() -> None:
    names = [name for name in challenges.__all__ if name not in ("AnyChallenge", "Challenge", "MfaTotpSetup")]
    for name in names:
        made = _challenge("".join(f"_{each}" if each.isupper() else each.upper() for each in name)[1:])
        assert type(made).__name__ == name or name == "UnknownChallenge"
        assert made.session == SESSION
        check(made)


@pytest.mark.parametrize("family", _families(), ids=lambda family: family.__name__.rpartition(".")[2])
def test_models_show_no_sensitive_member(family: ModuleType) -> None:
    models = [each for each in vars(family).values() if isinstance(each, type) and issubclass(each, Model)]
    assert models
    for model in models:
        value: Any = model.model_construct(None, **dict.fromkeys({*model.sensitive, "Unknown"}, MARK))
        assert value.Unknown == MARK and all(getattr(value, name) == MARK for name in model.sensitive)
        check(value)


def test_reading_an_attribute_and_reveal_are_the_ways_to_a_secret() -> None:
    keys, record = Credentials("AKID", MARK, None, NOW), Record(MARK, 1)
    assert TOKENS.access_token == TOKENS.reveal()["refresh_token"] == MARK and type(TOKENS.access_token) is str
    assert keys.reveal() == {
        "access_key_id": "AKID",
        "secret_access_key": MARK,
        "session_token": None,
        "expires_at": NOW,
    }
    assert record.text == record.reveal()["text"] == MARK
