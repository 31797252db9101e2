"""`UserPool`: checks of arguments, users by name and tokens, credentials, timeouts, and views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cognito_async import (
    Auth,
    CognitoIdentity,
    CognitoIdentityProvider,
    RetryPolicy,
    Tokens,
    UserContext,
    UserPool,
    errors,
)
from cognito_async._aws._generated.admin_users import (
    ADMIN_GET_USER,
    AdminGetUserRequest,
)
from cognito_async._core.secret import Secret
from cognito_async.credentials import Credentials
from cognito_async.local import LocalUserPool, MovableClock, PoolSettings
from cognito_async.lowlevel import Clock, invoke
from tests.support import POOL_ID, jwt, make_user, recording, refusal, scripted, serving

pytestmark = pytest.mark.anyio

KEYS = Credentials("AKIDEXAMPLE", "secret-access-key")


class NaiveClock(Clock):
    def now(self) -> datetime:
        return datetime(2026, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"user_pool_id": ""}, "user_pool_id must not be empty"),
        ({"user_pool_id": None}, "user_pool_id must be a str, not NoneType"),
        ({"user_pool_id": "eu-central-1"}, "must look like eu-central-1_AbCdEfGhI"),
        ({"user_pool_id": "eu-central-1_Ab/../x"}, "must look like"),
        ({"user_pool_id": "eu-central-1_" + "A" * 60}, "at most 55"),
        ({"user_pool_id": "eu-central-1_A\n"}, "must look like"),
        ({"client_id": ""}, "client_id must not be empty"),
        ({"client_id": "a b"}, "client_id must be 1 to 128 letters"),
        ({"client_secret": ""}, "client_secret must not be empty"),
        ({"region": "evil.example/"}, "region"),
        ({"region": 5}, "region must be a str, not int"),
        ({"endpoint": 5}, "endpoint must be a str, not int"),
        ({"clock": 5}, "clock must be a lowlevel.Clock"),
        ({"clock": Clock}, "clock must be a lowlevel.Clock"),
        ({"clock": NaiveClock()}, "whose now() has a time zone"),
        ({"http_client": "x"}, "http_client must be"),
        ({"max_connections": 0}, "max_connections must be a whole number from 1 to 10,000"),
        ({"max_connections": 10_001}, "max_connections must be"),
        ({"max_connections": True}, "max_connections must be"),
        ({"max_connections": 5.0}, "max_connections must be"),
        ({"max_connections": None}, "max_connections must be"),
        ({"endpoint": "ftp://x"}, "endpoint"),
        ({"endpoint": "https://user:pw@host"}, "endpoint"),
        ({"timeout": 0}, "timeout must be a positive number of seconds"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": "5"}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"retry": 3}, "retry must be a RetryPolicy"),
        ({"refresh_flow": "x"}, "refresh_flow"),
        ({"rate_limits": {"UserRead": 5}}, "rate_limits must be RateLimits(…)"),
    ],
)
def test_invalid_constructor_arguments_are_refused_by_name(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        UserPool(**{"user_pool_id": POOL_ID, "client_id": "client", **arguments})
    assert words in caught.value.message
    assert "pw" not in caught.value.message


COLOUR: Any = {"colour": "red"}
REGION: Any = {"region": "eu-central-1"}
REFRESH_FLOW: Any = {"refresh_flow": "REFRESH_TOKEN_AUTH"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: UserPool(POOL_ID, "client", **COLOUR),
        lambda: Auth(POOL_ID, "client", **COLOUR),
        lambda: UserPool(POOL_ID, "client").with_options(**COLOUR),
        lambda: UserPool(POOL_ID, "client").with_options(**REGION),
        lambda: CognitoIdentity(region="eu-central-1", **COLOUR),
        lambda: CognitoIdentityProvider(region="eu-central-1", **REFRESH_FLOW),
    ],
)
def test_unknown_option_is_a_type_error(make: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument '(colour|region|refresh_flow)'"):
        make()


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"max_attempts": 0}, "at least 1"),
        ({"max_attempts": "3"}, "at least 1"),
        ({"max_attempts": 2.5}, "at least 1"),
        ({"base_delay": -1}, "base_delay"),
        ({"base_delay": "3"}, "base_delay"),
        ({"max_delay": 0.1}, "base_delay"),
    ],
)
def test_invalid_retry_policy_is_refused(policy: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=words):
        RetryPolicy(**policy)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda pool: pool.sign_up("", "p"), "username must not be empty"),
        (lambda pool: pool.sign_up(None, "p"), "username must be a str, not NoneType"),
        (lambda pool: pool.sign_up("a", ""), "password must not be empty"),
        (lambda pool: pool.sign_up("a", b"p"), "password must be a str, not bytes"),
        (lambda pool: pool.sign_up("a\udc80", "p"), "username contains a character"),
        (lambda pool: pool.sign_up("a", "p", attributes={"age": 5}), r"attributes\['age'\] must be a str, not int"),
        (lambda pool: pool.sign_up("a", "p", attributes={"a": "\udc80"}), "attributes"),
        (lambda pool: pool.sign_up("a", "p", attributes={"": "x"}), "a name in attributes must not be empty"),
        (lambda pool: pool.sign_up("a", "p", attributes=[("email", "x")]), "attributes must be a mapping"),
        (lambda pool: pool.sign_up("a", "p", validation_data={"a": None}), "validation_data"),
        (lambda pool: pool.sign_up("a", "p", client_metadata={"a": 1}), "client_metadata"),
        (lambda pool: pool.sign_up("a", "p", user_context={"ip": "x"}), "user_context must be a UserContext"),
        (lambda pool: pool.sign_up("a", "p", timeout=0), "timeout"),
        (lambda pool: pool.confirm_sign_up("a", ""), "code must not be empty"),
        (lambda pool: pool.confirm_sign_up("a", 123456), "code must be a str, not int"),
        (lambda pool: pool.confirm_sign_up("", "1"), "username"),
        (lambda pool: pool.resend_sign_up(""), "username"),
        (lambda pool: pool.sign_in("", "p"), "username"),
        (lambda pool: pool.sign_in("a", ""), "password"),
        (lambda pool: pool.sign_in("a", "p", flow="OTHER"), "flow must be"),
        (lambda pool: pool.sign_in("a", "p", flow=[]), "flow must be a str"),
    ],
)
@pytest.mark.parametrize("face", ["UserPool", "Auth"])
@pytest.mark.table
async def test_invalid_arguments_are_refused_before_sending(face: str, call: Any, words: str) -> None:
    pool, recorder = scripted()
    with pytest.raises(errors.ConfigurationError, match=words):
        await call(pool if face == "UserPool" else pool.auth())
    assert not recorder.calls


async def test_user_from_tokens_has_their_names() -> None:
    pool, _ = scripted()
    user = pool.user_from_tokens(Tokens(jwt(username="alice", sub="sub-1"), "id", "refresh"))
    assert (user.username, user.sub, user.signed_in) == ("alice", "sub-1", True)
    assert pool.user_from_access_token(jwt(username="bob")).username == "bob"
    named = pool.user("carol")
    assert (named.username, named.sub, named.signed_in) == ("carol", None, False)
    assert repr(named) == "CognitoUser(username='carol', sub=None, signed_in=False)"


@pytest.mark.parametrize("token", ["no token", jwt(sub="x"), jwt(username=5), jwt(username="")])
def test_token_without_a_username_is_refused(token: str) -> None:
    pool, _ = scripted()
    with pytest.raises(errors.ConfigurationError):
        pool.user_from_access_token(token)


def test_users_are_made_only_from_tokens_and_names() -> None:
    pool, _ = scripted()
    with pytest.raises(errors.ConfigurationError, match="must be Tokens"):
        pool.user_from_tokens("token")  # type: ignore[arg-type]
    with pytest.raises(errors.ConfigurationError, match="username"):
        pool.user("")
    with pytest.raises(errors.ConfigurationError):
        pool.user_from_access_token(None)  # type: ignore[arg-type]


async def test_only_signed_calls_ask_for_credentials() -> None:
    local = LocalUserPool()
    await make_user(local)
    asked = 0

    async def credentials() -> Any:
        nonlocal asked
        asked += 1
        return local.credentials

    with recording(local, credentials=credentials) as (pool, _):
        await pool.sign_in("alice", "Passw0rd!")
        assert asked == 0
        request = AdminGetUserRequest(user_pool_id=pool.user_pool_id, username="alice")
        reply = await invoke(pool, ADMIN_GET_USER, request)
        assert asked == 1 and reply.user_status == "CONFIRMED"
        assert isinstance(reply.user_create_date, datetime) and reply.user_create_date.tzinfo is not None
    with recording(local, credentials=None) as (pool, recorder):
        with pytest.raises(errors.CredentialsError):
            await invoke(pool, ADMIN_GET_USER, request)
        assert not recorder.calls


@pytest.mark.parametrize("reply", [{}, {"UserSub": ""}, {"UserConfirmed": True}])
async def test_sign_up_reply_without_a_sub_is_refused(reply: dict[str, Any]) -> None:
    pool, _ = scripted(reply)
    with pytest.raises(errors.InvalidReply, match="UserSub"):
        await pool.sign_up("alice", "p")


async def test_sessions_for_auto_sign_in_are_hidden() -> None:
    pool, _ = scripted({"UserSub": "s", "Session": "x" * 30}, {"Session": "y" * 30}, {})
    signed_up = await pool.sign_up("alice", "p")
    confirmed = await pool.confirm_sign_up("alice", "1")
    assert signed_up.carried == Secret("x" * 30) and confirmed.carried == Secret("y" * 30)
    assert signed_up.code_delivery is None and not signed_up.user_confirmed
    shown = repr(signed_up) + repr(confirmed) + signed_up.model_dump_json() + repr(vars(signed_up))
    assert "xxx" not in shown and "yyy" not in shown
    import copy
    import pickle

    unpickled = pickle.loads(pickle.dumps(signed_up))
    assert unpickled.carried is None
    with pytest.raises(errors.ConfigurationError, match="a copy without a client"):
        unpickled.to_state()
    assert copy.deepcopy(signed_up).user_sub == "s" == signed_up.model_copy(deep=True).user_sub
    delivery = await pool.resend_sign_up("alice")
    assert (delivery.destination, delivery.medium, delivery.attribute) == (None, None, None)


async def test_timeout_raises_outcome_unknown_only_if_the_call_has_an_effect() -> None:
    import anyio

    clock = MovableClock(datetime(2026, 1, 1, tzinfo=UTC))

    async def never(operation: str, body: dict[str, Any]) -> Any:
        clock.advance(31)
        await anyio.sleep_forever()

    pool, _ = serving(never, clock=clock)
    with pytest.raises(errors.CallTimeout):
        await pool.sign_in("alice", "p")
    with pytest.raises(errors.OutcomeUnknown):
        await pool.sign_up("alice", "p")


async def test_views_share_connections_and_do_not_change_the_pool() -> None:
    throttled = refusal("TooManyRequestsException", "Rate exceeded")
    pool, recorder = serving(lambda operation, body: throttled)
    once = pool.with_options(retry=RetryPolicy(max_attempts=1), user_context=UserContext(ip_address="192.0.2.1"))
    with pytest.raises(errors.TooManyRequestsException):
        await once.resend_sign_up("alice")
    assert len(recorder.calls) == 1 and recorder.calls[0][1]["UserContextData"] == {"IpAddress": "192.0.2.1"}
    with pytest.raises(errors.TooManyRequestsException):
        await pool.resend_sign_up("alice")
    assert len(recorder.calls) == 1 + RetryPolicy().max_attempts
    assert (once.user_pool_id, once.client_id) == (pool.user_pool_id, pool.client_id)


async def test_injected_client_is_never_closed() -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(200, json={})))
    async with UserPool(POOL_ID, "client", http_client=client, clock=MovableClock()) as pool:
        await pool.resend_sign_up("alice")
    assert not client.is_closed
    await client.aclose()


async def test_empty_metadata_of_a_call_overrides_the_view() -> None:
    pool, recorder = serving(lambda operation, body: {})
    view = pool.with_options(client_metadata={"tenant": "t"})
    await view.resend_sign_up("alice", client_metadata={})
    await view.resend_sign_up("alice")
    assert [body.get("ClientMetadata") for _, body in recorder.calls] == [None, {"tenant": "t"}]


@pytest.mark.parametrize("kind", ["closed", "sync"])
async def test_unusable_http_client_is_not_retried(kind: str) -> None:
    client: Any = httpx.Client() if kind == "sync" else httpx.AsyncClient()
    if kind == "closed":
        await client.aclose()
    pool = UserPool(POOL_ID, "client", http_client=client, endpoint="http://127.0.0.1:1")
    with pytest.raises(errors.ConfigurationError, match="http_client= cannot be used"):
        await pool.resend_sign_up("alice")
    if kind == "sync":
        client.close()


async def test_password_like_an_error_code_does_not_change_the_error() -> None:
    pool, _ = scripted(refusal("UsernameExistsException", "User already exists"))
    with pytest.raises(errors.UsernameExistsException):
        await pool.sign_up("alice", "Exception")


async def test_local_pool_may_have_any_region() -> None:
    local = LocalUserPool(PoolSettings(id="local_abc"))
    await make_user(local)
    assert (await local.user_pool().sign_in("alice", "Passw0rd!")).signed_in


async def test_subclass_method_does_not_replace_an_internal_one() -> None:
    class Named(UserPool):
        async def invoke(self, *arguments: Any, **options: Any) -> Any:
            raise AssertionError("the wrong method was called")

    _, recorder = scripted({"Username": "alice"})
    pool = Named(POOL_ID, "client", http_client=httpx.AsyncClient(transport=recorder), credentials=KEYS)
    assert (await invoke(pool, ADMIN_GET_USER, AdminGetUserRequest(user_pool_id=POOL_ID, username="alice"))).username
    assert type(pool.with_options(timeout=3)) is Named
