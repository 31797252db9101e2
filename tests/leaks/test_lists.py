"""Secrets in lists and dictionaries, where a string is expected: in arguments, replies and files of others."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cognito_async import FileStore, MemoryStore, Tokens, UserPool, errors
from cognito_async._stores.store import record_key
from cognito_async.credentials import (
    Credentials,
    from_container,
    from_instance,
    from_profile,
    from_web_identity,
)
from cognito_async.lowlevel import SrpClient, secret_hash, totp_code
from tests.aws.credentials.services import Service
from tests.leaks.markers import ACCESS_KEY, JTI, PASSWORD, REFRESH_TOKEN, SESSION, SESSION_TOKEN
from tests.leaks.test_failing_calls import CALLS, NEED_NO_REPLY, pending, user
from tests.leaks.watch import Watch
from tests.sizes import FULL
from tests.support import BINDING, jwt, serving, tokens_reply

pytestmark = [pytest.mark.anyio, pytest.mark.table]

# Each wraps a secret in a value of another type.
WRAPPERS: dict[str, Callable[[str], Any]] = {
    "a list": lambda text: [text],
    "a dictionary": lambda text: {"of": text},
    "nested": lambda text: {"of": [{"more": (text,)}]},
    "bytes": lambda text: text.encode(),
}
ARGUMENTS: dict[str, Callable[[Any, Any], Any]] = {
    "sign_up": lambda pool, value: pool.sign_up("alice", value),
    "sign_in": lambda pool, value: pool.sign_in("alice", value),
    "auth.sign_in": lambda pool, value: pool.auth().sign_in("alice", value),
    "confirm_sign_up": lambda pool, value: pool.confirm_sign_up("alice", value),
    "confirm_forgot_password": lambda pool, value: pool.confirm_forgot_password("alice", value, value),
    "change_password": lambda pool, value: user(pool).change_password(value, value),
    "verify_totp": lambda pool, value: user(pool).verify_totp(value),
    "to_state": lambda pool, value: user(pool).to_state(value),
    "user_from_state": lambda pool, value: pool.user_from_state(value, value),
    "user_from_access_token": lambda pool, value: pool.user_from_access_token(value),
    "device_from_state": lambda pool, value: pool.device_from_state(value, value),
    "answer": lambda pool, value: pending(pool, "SMS_MFA").answer(value),
    "answer_from_secret": lambda pool, value: pending(pool, "SOFTWARE_TOKEN_MFA").answer_from_secret(value),
    "new password": lambda pool, value: pending(pool, "NEW_PASSWORD_REQUIRED").answer(value),
    "responses": lambda pool, value: pending(pool, "NEW_ONE").answer({"CREDENTIAL": value}),
    "admin.set_password": lambda pool, value: pool.admin.set_password("alice", value),
    "api": lambda pool, value: pool.api.sign_up(username="alice", password=value, validation_data=[value]),
    "api, parameters": lambda pool, value: pool.api.initiate_auth(auth_flow="X", auth_parameters={"PASSWORD": value}),
    "api, headers": lambda pool, value: pool.api.sign_up(username="a", extra_headers={"authorization": value}),
    "client_secret": lambda pool, value: UserPool(*BINDING, client_secret=value),
    "Tokens": lambda pool, value: Tokens(value, value, value),
    "Credentials": lambda pool, value: Credentials("AKID", value, value),
    "access key id": lambda pool, value: Credentials(value, "key"),
    "FileStore": lambda pool, value: FileStore("tokens.json", key=value),
    "secret_hash": lambda pool, value: secret_hash("alice", "client", value),
    "totp_code": lambda pool, value: totp_code(value, pool.clock),
    "SrpClient": lambda pool, value: SrpClient("p").prove(
        "alice", value, srp_b=value, salt=value, secret_block=value, at=pool.clock
    ),
}


@pytest.mark.parametrize("argument", ARGUMENTS)
async def test_arguments_of_another_type_are_not_shown(watch: Watch, argument: str) -> None:
    watch.secrets |= {SESSION}
    for wrap in WRAPPERS.values() if FULL else (WRAPPERS["a list"], WRAPPERS["nested"]):
        pool, _ = serving(iter(()), hooks=watch.hooks)
        try:
            outcome = ARGUMENTS[argument](pool, wrap(PASSWORD))
            if isinstance(outcome, Awaitable):
                await outcome
        except Exception as error:  # noqa: BLE001 - any error shows up in a traceback
            watch.see_error(argument, error)
    assert watch.shown


PAIR = {"SecretAccessKey": ACCESS_KEY, "Token": SESSION_TOKEN}
GOOD = {"AccessKeyId": "ASIAEXAMPLE", **PAIR, "Expiration": "2030-01-01T00:00:00Z"}
REPLIES: dict[str, Any] = {
    "a list": [GOOD],
    "a list of strings": [ACCESS_KEY, SESSION_TOKEN],
    "a string": ACCESS_KEY,
    "an error with lists": {"Code": [ACCESS_KEY], "Message": [SESSION_TOKEN]},
    **{f"{name} is a list": {**GOOD, name: [PAIR, ACCESS_KEY]} for name in GOOD},
    **{f"{name} is a dictionary": {**GOOD, name: PAIR} for name in GOOD},
    **{f"{name} is not a text": {**GOOD, name: f"{ACCESS_KEY}\n{SESSION_TOKEN}"} for name in GOOD},
}
SOURCES: dict[str, Callable[[], Any]] = {
    "container": from_container,
    "instance": from_instance,
    "web identity": lambda: from_web_identity(role_arn="arn:aws:iam::1:role/r", token_file=__file__),
}


@pytest.mark.parametrize("reply", REPLIES)
async def test_replies_of_credentials_endpoints_are_not_shown(
    watch: Watch, reply: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.secrets |= {ACCESS_KEY, SESSION_TOKEN}
    body = json.dumps(REPLIES[reply]).encode()
    service = Service(lambda request: (200, b"word" if request.method == "PUT" else body))
    async with service.served() as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        for kind, source in SOURCES.items():
            with pytest.raises(errors.CredentialsError) as caught:
                await source()()
            watch.see_error(kind, caught.value)


@pytest.mark.parametrize(
    "section",
    [
        f"aws_access_key_id = {ACCESS_KEY} {SESSION_TOKEN}\naws_secret_access_key = {SESSION_TOKEN}",
        f"aws_access_key_id = AKID\naws_secret_access_key = {ACCESS_KEY}\n    {SESSION_TOKEN}",
        f"aws_access_key_id = AKID\naws_secret_access_key = {ACCESS_KEY}\n{SESSION_TOKEN}",
    ],
)
async def test_values_of_a_profile_are_not_shown(watch: Watch, tmp_path: Path, section: str) -> None:
    watch.secrets |= {ACCESS_KEY, SESSION_TOKEN}
    (tmp_path / "credentials").write_text(f"[default]\n{section}\n")
    source = from_profile(config_file=str(tmp_path / "none"), credentials_file=str(tmp_path / "credentials"))
    for _ in range(2):
        with pytest.raises(errors.CredentialsError) as caught:
            await source()
        watch.see_error("a profile", caught.value)


SOME = ["sign_in", "refresh", "setup_totp", "devices"]


@pytest.mark.parametrize("call", [*CALLS, *NEED_NO_REPLY] if FULL else SOME)
async def test_lists_in_replies_are_not_shown(watch: Watch, call: str) -> None:
    """In each reply, one member is wrapped in a list or a dictionary; the others are right."""
    watch.secrets |= {REFRESH_TOKEN, JTI, SESSION}
    good: dict[str, Any] = {**tokens_reply(refresh_token=REFRESH_TOKEN, mark=JTI), "Session": SESSION}
    good |= {"ChallengeName": "NEW_ONE", "SecretCode": PASSWORD, "UserSub": "s", "Devices": [], "Username": "alice"}
    watch.secrets |= {jwt(username="alice", sub="alice-sub", exp=4_000_000_000, mark=JTI)}
    for name in good:
        for value in ([good[name]], {"of": good[name]}, [{"of": [good[name]]}]):
            pool, _ = serving(lambda operation, body, reply={**good, name: value}: reply, hooks=watch.hooks)
            try:
                watch.see(f"the result of {call} with another {name}", await {**CALLS, **NEED_NO_REPLY}[call](pool))
            except errors.CognitoError as error:
                watch.see_error(f"{call} with another {name}", error)


@pytest.mark.parametrize("kind", ["session", "users", "device", "alias"])
async def test_lists_in_states_and_records_are_not_shown(watch: Watch, kind: Any) -> None:
    watch.secrets |= {REFRESH_TOKEN, SESSION, JTI}
    pool, _ = serving(lambda operation, body: tokens_reply(refresh_token=REFRESH_TOKEN, mark=JTI))
    auth = pool.auth(store=MemoryStore())
    await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")
    name = "" if kind == "users" else "alice"
    store = auth._registry.view.store
    for text in (json.dumps([SESSION]), json.dumps({"tokens": [SESSION], "kind": kind}), f"ca1.p.{SESSION}"):
        await store.save(record_key(kind, BINDING, name), text)
        again = pool.auth(store=store)
        for use in (again.users, again.current_user, again.current_session, partial(again.sign_in, "alice", PASSWORD)):
            try:
                watch.see("a result", await use())
            except errors.CognitoError as error:
                watch.see_error(f"a damaged record of kind {kind}", error)
