"""Every flow, at DEBUG and in failure, with marked secrets: nothing of them may show anywhere."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import logging
import pickle
import re
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

import cognito_async
from cognito_async import (
    DeviceSecret,
    FileStore,
    Hooks,
    MemoryStore,
    ReplyEvent,
    RequestEvent,
    RetryEvent,
    Tokens,
    UserContext,
    challenges,
    errors,
)
from cognito_async._aws._generated.admin_users import ADMIN_CREATE_USER, AdminCreateUserRequest
from cognito_async._stores.store import record_key
from cognito_async._tokens.states import ChallengeState, pack
from cognito_async.credentials import Credentials
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from cognito_async.lowlevel import invoke, secret_hash, totp_code
from tests.support import BINDING, CLIENT_ID, DEVICE_KEY, Answer, jwt, recording, refusal, serving, tokens_reply

pytestmark = pytest.mark.anyio

PACKAGE = str(Path(cognito_async.__file__).parent)
PASSWORD = "Mark3r-Passw0rd!"
WEAK = "mark3r-weak"
SURROGATE = "Mark3r-Surr0gate\udc80!"
SECRET = "Mark3rClientSecretMark3rClient"
KEY = "Mark3r-state-key-" + "k" * 32
TOTP_SECRET = "MARK3RMARK3RMAR7"
MARKERS = [PASSWORD, "Mark3r-Surr0gate", SECRET, KEY, "Mark3r-metadata", "Mark3r-device"]


class Watch:
    """Collects everything that a program could show, and every secret that must not be in it."""

    def __init__(self) -> None:
        self.secrets = set(MARKERS)
        self.shown: list[tuple[str, str]] = []
        self.hooked: list[str] = []  # the operations that hooks were told of

    def see(self, where: str, thing: Any) -> None:
        """Everything that can be made of a value without asking for its secrets by name."""
        self.shown.append((f"repr of {where}", repr(thing) + str(thing)))
        if hasattr(thing, "__dict__") and not isinstance(thing, Tokens):
            self.shown.append((f"vars of {where}", repr(vars(thing))))
        if isinstance(thing, BaseModel):
            self.shown.append((f"dump of {where}", repr(thing.model_dump()) + thing.model_dump_json()))
            self.shown.append((f"copy of {where}", repr(copy.deepcopy(thing)) + repr(thing.model_copy(deep=True))))
        try:
            self.shown.append((f"pickle of {where}", pickle.dumps(thing).decode("latin-1")))
        except TypeError as refused:
            self.shown.append((f"refused pickle of {where}", str(refused)))

    def see_error(self, where: str, error: BaseException) -> None:
        """An error with its chain, its attributes, and the package's frames with their locals."""
        self.see(where, error)
        seen: set[int] = set()
        waiting: list[BaseException | None] = [error]
        while waiting:
            link = waiting.pop()
            if link is None or id(link) in seen:
                continue
            seen.add(id(link))
            waiting += [link.__cause__, link.__context__]
            self.shown.append((f"chain of {where}", repr(link) + repr(vars(link)) + str(link)))
            frames = traceback.TracebackException.from_exception(link, capture_locals=True)
            self.shown.append((f"traceback of {where}", "".join(traceback.format_exception(link))))
            for frame in frames.stack:
                if frame.filename.startswith(PACKAGE):
                    self.shown.append((f"locals of {frame.name} in {where}", repr(frame.locals)))

    def see_event(self, event: RequestEvent | ReplyEvent | RetryEvent) -> None:
        """What hooks are given, at the moment when they are."""
        where = type(event).__name__
        self.see(where, event)
        self.shown.append((f"fields of {where}", repr(dataclasses.asdict(event))))
        self.shown.append((f"slots of {where}", repr([getattr(event, name, None) for name in dir(event)])))
        if isinstance(event, RequestEvent):
            self.hooked.append(event.operation)
            self.shown.append((f"body of {where}", json.dumps(event.body) + repr(event.body)))
        elif event.error is not None:
            self.see_error(f"the error of {where}", event.error)

    @property
    def hooks(self) -> Hooks:
        """Hooks that look at all they are given."""
        return Hooks(self.see_event, self.see_event, self.see_event)

    def check(self) -> None:
        for where, text in self.shown:
            for secret in self.secrets:
                assert secret not in text, f"{where} shows {secret[:12]}…"


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    yield watch
    assert len(watch.shown) > 3
    assert "the hook on_" not in caplog.text, "none failed at looking"
    watch.shown.append(("the log", caplog.text + "".join(repr(vars(record)) for record in caplog.records)))
    watch.check()


def tokens_of(tokens: Tokens) -> set[str]:
    return {text for name, text in tokens.reveal().items() if name.endswith("_token") and text}


async def test_every_flow_that_succeeds(watch: Watch, tmp_path: Path) -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    store = FileStore(tmp_path / "tokens.json")
    with recording(local) as (plain, recorder):
        pool = plain.with_options(client_metadata={"k": "Mark3r-metadata"}, hooks=watch.hooks)
        auth = pool.auth(store=store)
        watch.see("sign_up", await auth.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"}))
        watch.see("resend", await auth.resend_sign_up("alice", user_context=UserContext(encoded_data="Mark3r-device")))
        code = local.outbox[-1].code
        watch.see("confirm", await auth.confirm_sign_up("alice", code))
        for flow in ("USER_SRP_AUTH", "USER_PASSWORD_AUTH"):
            result = await auth.sign_in("alice", PASSWORD, flow=flow)
            watch.secrets |= tokens_of(result.tokens)
            watch.see("sign_in", result)
            watch.see("user", result.user)
            watch.see("tokens", result.tokens)
        watch.see("refreshed", await result.user.refresh())
        watch.secrets |= tokens_of(result.tokens)
        watch.see("attributes", await result.user.attributes())
        watch.see("state", result.user.to_state(KEY))
        watch.see("user from a state", pool.user_from_state(result.user.to_state(KEY), KEY))
        for thing in (pool, auth, store, pool._client, pool._client.app_client, pool._client.config, auth._registry):
            watch.shown.append((f"repr of {type(thing).__name__}", repr(thing)))
        watch.see("sign_out", await auth.sign_out(global_=True))
        watch.see("outbox", list(map(repr, local.outbox)))
        assert watch.hooked == recorder.operations
        assert any(PASSWORD in json.dumps(body) for _, body in recorder.calls), "the marker was really used"
    watch.secrets.add(code)


OPEN = {"USERNAME", "DEVICE_KEY", "TIMESTAMP", "Salt"}
SECRET_MEMBERS = {
    *("AccessToken", "RefreshToken", "Token", "Session", "SecretHash", "ClientSecret"),
    *("Password", "PreviousPassword", "ProposedPassword"),
}


def sent_in_secret(body: Any) -> set[str]:
    """Every text of a request that only the service may see, but codes: six digits are found by chance too."""
    found = {value for name, value in body.items() if name in SECRET_MEMBERS}
    for group in ("AuthParameters", "ChallengeResponses", "DeviceSecretVerifierConfig"):
        items = body.get(group, {}).items()
        found |= {text for name, text in items if name not in OPEN and len(text) > 6}
    return found


async def test_what_hooks_are_given_of_flows_that_go_through(watch: Watch) -> None:
    settings = PoolSettings(mfa="OPTIONAL", device_tracking="ALWAYS", fixed_code="864209")
    local = LocalUserPool(settings, AppClientSettings(secret=SECRET))
    with recording(local, hooks=watch.hooks) as (pool, recorder):
        auth = pool.auth()
        await auth.sign_up("alice", PASSWORD, attributes={"email": "mark3r@example.com"})
        await auth.confirm_sign_up("alice", "864209")
        await auth.sign_in("alice", PASSWORD)
        user = (await auth.sign_in("alice", PASSWORD)).user
        device, setup = user.device_secret, await user.setup_totp()
        assert device is not None
        await setup.verify(totp_code(setup.secret, local.clock.now()))
        await user.set_mfa_preference(totp="PREFERRED")
        local.clock.advance(30)
        asked = (await pool.sign_in("alice", PASSWORD)).challenge
        assert isinstance(asked, challenges.SoftwareTokenMfa)
        await asked.answer_from_secret(setup.secret)
        await user.update_attributes({"email": "mark3r@example.org"})
        await user.confirm_attribute("email", "864209")
        await user.change_password(PASSWORD, f"{PASSWORD}-2")
        await user.refresh()
        await pool.forgot_password("alice")
        await pool.confirm_forgot_password("alice", "864209", PASSWORD)
        watch.secrets |= tokens_of(user.tokens)
        await user.sign_out()
    assert watch.hooked == recorder.operations
    answered = {body.get("ChallengeName") for _, body in recorder.calls}
    assert answered >= {"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"}
    watch.secrets |= {device.password, setup.secret, "mark3r@example"}
    watch.secrets |= set().union(*(sent_in_secret(body) for _, body in recorder.calls))
    assert len(watch.secrets) > 30


async def test_a_challenge_and_its_session(watch: Watch) -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    pool = local.user_pool(hooks=watch.hooks)
    await invoke(
        pool,
        ADMIN_CREATE_USER,
        AdminCreateUserRequest(
            user_pool_id=pool.user_pool_id, username="alice", temporary_password=PASSWORD, message_action="SUPPRESS"
        ),
    )
    result = await pool.sign_in("alice", PASSWORD)
    challenge = result.challenge
    assert challenge is not None and challenge.session is not None
    watch.secrets.add(challenge.session)
    watch.see("result", result)
    watch.see("challenge", challenge)
    watch.see("encrypted state", challenge.to_state(KEY))
    resumed = pool.resume(challenge.to_state(KEY), KEY)
    watch.see("resumed", resumed)
    assert isinstance(resumed, challenges.NewPasswordRequired)
    with pytest.raises(errors.CognitoError) as caught:
        await resumed.answer(WEAK)
    watch.secrets.add(WEAK)
    watch.see_error("a weak new password", caught.value)


Failing = Callable[[Any], Awaitable[Any]]
MARKED = Tokens(jwt(username="alice", mark="Mark3r", exp=4_000_000_000), "Mark3r-id-token", "Mark3r-refresh-token")
EXPIRED = Tokens(jwt(username="alice", mark="Mark3r", exp=1), "Mark3r-id-token", "Mark3r-refresh-token")

DEVICE = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "Mark3r-device-password")


def user(pool: Any) -> Any:
    return pool.user_from_tokens(MARKED)


def expired(pool: Any) -> Any:
    return pool.user_from_tokens(EXPIRED)


def asked(pool: Any, name: str) -> Any:
    """A challenge that waits for its answer, with a `Session` and a device that are secrets."""
    state = ChallengeState(name=name, username="alice", session="Mark3r-session-of-twenty", parameters={}, available=())
    return pool.resume(pack(state, BINDING, KEY), KEY, device=DEVICE)


# A server that talks nonsense may be believed here: the reply says nothing that is needed.
SILENT: dict[str, Failing] = {
    "admin.create_user": lambda pool: pool.admin.create_user("alice", temporary_password=PASSWORD),
    "admin.invite_user": lambda pool: pool.admin.invite_user("alice", temporary_password=PASSWORD),
    "admin.set_password": lambda pool: pool.admin.set_password("alice", PASSWORD),
    "confirm_sign_up": lambda pool: pool.confirm_sign_up("alice", "Mark3r-code"),
    "auth.confirm_sign_up": lambda pool: pool.auth().confirm_sign_up("alice", "Mark3r-code"),
    "forgot_password": lambda pool: pool.forgot_password("alice"),
    "confirm_forgot_password": lambda pool: pool.confirm_forgot_password("alice", "Mark3r-code", PASSWORD),
    "attributes": lambda pool: user(pool).attributes(),
    "auth_factors": lambda pool: user(pool).auth_factors(),
    "change_password": lambda pool: user(pool).change_password(WEAK, PASSWORD),
    "update_attributes": lambda pool: user(pool).update_attributes({"nickname": "Al"}),
    "delete_attributes": lambda pool: user(pool).delete_attributes(["nickname"]),
    "send_attribute_code": lambda pool: user(pool).send_attribute_code("email"),
    "confirm_attribute": lambda pool: user(pool).confirm_attribute("email", "Mark3r-code"),
    "set_mfa_preference": lambda pool: user(pool).set_mfa_preference(totp="PREFERRED"),
    "devices": lambda pool: user(pool).devices(),
    "remember_device": lambda pool: user(pool).remember_device(DEVICE_KEY),
    "forget_device": lambda pool: user(pool).forget_device(DEVICE_KEY),
    "delete": lambda pool: user(pool).delete(),
}
CALLS: dict[str, Failing] = {
    "sign_up": lambda pool: pool.sign_up("alice", PASSWORD, attributes={"email": "a@example.com"}),
    "sign_in": lambda pool: pool.sign_in("alice", PASSWORD),
    "sign_in with the password": lambda pool: pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH"),
    "auth.sign_in": lambda pool: pool.auth().sign_in("alice", PASSWORD),
    "auth.sign_up": lambda pool: pool.auth().sign_up("alice", PASSWORD),
    "sign_in on a device": lambda pool: pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH", device=DEVICE),
    "sign_in by choice": lambda pool: pool.sign_in("alice", flow="USER_AUTH"),
    "sign_in by triggers": lambda pool: pool.sign_in("alice", PASSWORD, flow="CUSTOM_AUTH"),
    "step_up": lambda pool: user(pool).step_up(["high"], password=PASSWORD),
    "refresh": lambda pool: user(pool).refresh(),
    "session": lambda pool: expired(pool).session(),
    "a call that renews first": lambda pool: expired(pool).attributes(),
    "setup_totp": lambda pool: user(pool).setup_totp(),
    "verify_totp": lambda pool: user(pool).verify_totp("Mark3r-code"),
    "device": lambda pool: user(pool).device(DEVICE_KEY),
    "SMS_MFA": lambda pool: asked(pool, "SMS_MFA").answer("Mark3r-code"),
    "EMAIL_OTP": lambda pool: asked(pool, "EMAIL_OTP").answer("Mark3r-code"),
    "SMS_OTP": lambda pool: asked(pool, "SMS_OTP").answer("Mark3r-code"),
    "SOFTWARE_TOKEN_MFA": lambda pool: asked(pool, "SOFTWARE_TOKEN_MFA").answer_from_secret(TOTP_SECRET),
    "SELECT_MFA_TYPE": lambda pool: asked(pool, "SELECT_MFA_TYPE").choose("SMS_MFA"),
    "MFA_SETUP": lambda pool: asked(pool, "MFA_SETUP").associate(),
    "MFA_SETUP verified": lambda pool: asked(pool, "MFA_SETUP").verify("Mark3r-code"),
    "MFA_SETUP by e-mail": lambda pool: asked(pool, "MFA_SETUP").set_up_email("a@example.com"),
    "NEW_PASSWORD_REQUIRED": lambda pool: asked(pool, "NEW_PASSWORD_REQUIRED").answer(PASSWORD, {"nickname": "Al"}),
    "CUSTOM_CHALLENGE": lambda pool: asked(pool, "CUSTOM_CHALLENGE").answer("Mark3r-code"),
    "SELECT_CHALLENGE": lambda pool: asked(pool, "SELECT_CHALLENGE").choose_password(PASSWORD),
    "PASSWORD": lambda pool: asked(pool, "PASSWORD").answer(PASSWORD),
    "PASSWORD_SRP": lambda pool: asked(pool, "PASSWORD_SRP").answer(PASSWORD),
    "admin.sign_in": lambda pool: pool.admin.sign_in("alice", PASSWORD),
    "admin.sign_in by password": lambda pool: pool.admin.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH"),
    "another challenge": lambda pool: asked(pool, "NEW_ONE").answer({"CREDENTIAL": "Mark3r-code"}),
}


def _echo(operation: str, body: dict[str, Any]) -> Answer:
    """A server that repeats everything it was told."""
    return refusal("InvalidParameterException", json.dumps(body))


def _dies(operation: str, body: dict[str, Any]) -> Answer:
    return httpx.ReadError(json.dumps(body), request=httpx.Request("POST", "http://x", json=body))


def _unreachable(operation: str, body: dict[str, Any]) -> Answer:
    return httpx.ConnectError(json.dumps(body))


def _nonsense(operation: str, body: dict[str, Any]) -> Answer:
    return {"Session": body, "AuthenticationResult": body, "UserSub": body, "Username": body, "UserConfirmed": body}


def _breaks(operation: str, body: dict[str, Any]) -> Answer:
    return RuntimeError(json.dumps(body))


def _asks_for_proofs(operation: str, body: dict[str, Any]) -> Answer:
    """A server that wants proofs which nothing has begun, and repeats what it was told."""
    name = "DEVICE_SRP_AUTH" if operation == "InitiateAuth" else "DEVICE_PASSWORD_VERIFIER"
    return {"ChallengeName": name, "Session": json.dumps(body), "ChallengeParameters": {"SRP_B": json.dumps(body)}}


SERVERS = [_echo, _dies, _unreachable, _nonsense, _breaks, _asks_for_proofs]


@pytest.mark.parametrize("call", [*CALLS, *SILENT])
@pytest.mark.parametrize("server", SERVERS)
async def test_every_call_that_fails(watch: Watch, server: Any, call: str) -> None:
    watch.secrets |= (
        tokens_of(MARKED)
        | tokens_of(EXPIRED)
        | {"Mark3r-code", "Mark3r-session-of-twenty", DEVICE.password, TOTP_SECRET, WEAK}
    )
    credentials = Credentials("AKIDEXAMPLE", "Mark3r-secret-access-key", "Mark3r-session-token")
    watch.secrets |= {"Mark3r-secret-access-key", "Mark3r-session-token", secret_hash("alice", CLIENT_ID, SECRET)}
    pool, recorder = serving(server, client_secret=SECRET, hooks=watch.hooks, credentials=credentials)
    try:
        watch.see("what came of it", await {**CALLS, **SILENT}[call](pool))
        assert call in SILENT and server in (_nonsense, _asks_for_proofs)
    except errors.CognitoError as error:
        watch.see_error(f"{call} at a server that {server.__name__}", error)
    watch.see("pool", pool)
    assert recorder.calls and watch.hooked == recorder.operations


@pytest.mark.parametrize("auth", [False, True], ids=["UserPool", "Auth"])
@pytest.mark.parametrize("call", ["sign_up", "sign_in"])
async def test_a_password_that_cannot_be_written_down(watch: Watch, call: str, auth: bool) -> None:
    pool, recorder = serving(_echo)
    with pytest.raises(errors.ConfigurationError, match="lone surrogate") as caught:
        await getattr(pool.auth() if auth else pool, call)("alice", SURROGATE)
    watch.see_error(call, caught.value)
    assert not recorder.calls


@pytest.mark.parametrize(
    ("what", "use"),
    [
        ("a damaged state", lambda pool: pool.user_from_state("ca1.e.TWFyazNy", KEY)),
        ("a short key", lambda pool: pool.user_from_tokens(MARKED).to_state(KEY[:20])),
        ("a token that is none", lambda pool: pool.user_from_access_token(PASSWORD)),
        ("tokens that are none", lambda pool: Tokens(SURROGATE)),
        ("a secret that is none", lambda pool: cognito_async.UserPool("eu-central-1_X", "c", client_secret=SURROGATE)),
    ],
)
def test_arguments_that_are_refused(watch: Watch, what: str, use: Callable[[Any], Any]) -> None:
    pool, _ = serving(_echo)
    with pytest.raises(errors.ConfigurationError) as caught:
        use(pool)
    watch.secrets |= {"Mark3r"} | tokens_of(MARKED)
    watch.see_error(what, caught.value)


def _full(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("made_with", "opened_with", "full"),
    [(None, KEY, False), (KEY, None, False), (KEY, KEY[::-1], False), (None, None, True), (KEY, KEY, True)],
)
async def test_a_file_store_that_cannot_be_used(
    watch: Watch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made_with: str | None,
    opened_with: str | None,
    full: bool,
) -> None:
    watch.secrets |= {"Mark3r", KEY[::-1]}
    await FileStore(tmp_path / "tokens.json", key=made_with).save("a", "Mark3r-token")
    store = FileStore(tmp_path / "tokens.json", key=opened_with)
    if full:
        monkeypatch.setattr("os.fsync", _full)
    for attempt in (store.save("a", "Mark3r-newer"), store.save("b", "Mark3r \udc80"), store.delete("a")):
        with pytest.raises((errors.ConfigurationError, errors.StoreError)) as caught:
            await attempt
        watch.see_error("a store", caught.value)
    watch.see("the store", store)


@pytest.mark.parametrize(
    "content", ["Mark3r", '{"cognito_async": 1, "plain": {"newest": 1, "records": {"a": ["Mark3r"]}}}']
)
async def test_a_damaged_file_store(watch: Watch, tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokens.json"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(errors.ConfigurationError) as caught:
        await FileStore(path).load("a")
    watch.secrets.add("Mark3r")
    watch.see_error("a damaged store", caught.value)
    watch.see("the store", FileStore(path))


class Burning(MemoryStore):
    """Notes what it is given, and fails at what it is told with a third party's error."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.failing: set[str] = set()

    def _pass(self, method: str, key: str) -> None:
        if method in self.failing:
            raise OSError(f"{method} of {key.partition('/')[0]} failed")

    async def load(self, key: str) -> Any:
        self._pass("load", key)
        return await super().load(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        assert type(text) is str, "a store may write it down as it likes, and pickle it"
        self.texts |= {text} if text.startswith("ca1.") else set()
        self._pass("save", key)
        return await super().save(key, text, expected=expected)

    async def delete(self, key: str) -> None:
        self._pass("delete", key)
        await super().delete(key)

    def lock(self, key: str) -> Any:
        self._pass("lock", key)
        return super().lock(key)


STORE_CALLS: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
    "sign_in": lambda auth, user: auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH"),
    "session": lambda auth, user: user.session(),
    "refresh": lambda auth, user: user.refresh(),
    "sign_out": lambda auth, user: user.sign_out(),
    "current_session": lambda auth, user: auth.current_session(),
    "current_user elsewhere": lambda auth, user: auth.pool.auth(store=auth._registry.view.store).current_user(),
    "users": lambda auth, user: auth.users(),
    "switch_user": lambda auth, user: auth.switch_user("alice"),
}


@pytest.mark.parametrize("call", STORE_CALLS)
@pytest.mark.parametrize("method", ["load", "save", "delete", "lock"])
async def test_every_call_with_a_store_that_fails(watch: Watch, method: str, call: str) -> None:
    pool, _ = serving(
        lambda operation, body: tokens_reply(refresh_token="Mark3r-refresh-token", mark="Mark3r", exp=1),
        client_secret=SECRET,
        hooks=watch.hooks,
    )
    store = Burning()
    auth = pool.auth(store=store)
    auth.on_event(lambda event: watch.see(f"the event {event.name}", event))
    user = (await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user
    watch.secrets |= tokens_of(user.tokens)
    store.failing.add(method)
    try:
        watch.see("what came of it", await STORE_CALLS[call](auth, user))
    except (OSError, errors.CognitoError) as error:
        watch.see_error(f"{call} with a store that fails to {method}", error)
    assert store.texts
    watch.secrets |= {text[6:] for text in store.texts}


@pytest.mark.parametrize("kind", ["session", "users"])
async def test_a_record_that_cannot_be_read_is_not_shown(watch: Watch, kind: str) -> None:
    pool, _ = serving(lambda operation, body: tokens_reply(refresh_token="Mark3r-refresh-token", mark="Mark3r"))
    store = MemoryStore()
    auth = pool.auth(store=store)
    user = (await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user
    name = "alice" if kind == "session" else ""
    await store.save(record_key(kind, BINDING, name), "ca1.p.Mark3r-record")  # type: ignore[arg-type]
    watch.secrets |= tokens_of(user.tokens) | {"Mark3r-record"}
    again = pool.auth(store=store)
    for call in (user.refresh, again.users, again.current_user, lambda: again.switch_user("alice")):
        if kind == "users" and call == user.refresh:
            continue
        with pytest.raises(errors.ConfigurationError) as caught:
            await call()
        watch.see_error(f"{call} with a damaged record", caught.value)


async def test_the_state_without_a_key_is_the_only_text_that_holds_tokens(watch: Watch) -> None:
    pool, _ = serving(_echo)
    user = pool.user_from_tokens(MARKED)
    watch.secrets |= tokens_of(MARKED)
    inside = base64.urlsafe_b64decode(user.to_state().rpartition(".")[2]).decode()
    assert "Mark3r-refresh-token" in inside
    watch.see("the encrypted state", user.to_state(KEY))
    store = MemoryStore()
    await store.save("key", user.to_state())
    watch.see("the store", repr(store))


def test_the_demonstration_shows_no_secret() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cognito_async", "demo"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "eyJ" not in run.stdout + run.stderr, "no token begins anywhere"
    assert not re.search(r"\b\d{6}\b", run.stdout + run.stderr), "no code stands anywhere"
