"""The public names and their modules, and how results work with copy, pickle, JSON and FastAPI."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter

import cognito_async
from cognito_async import (
    Auth,
    CodeDelivery,
    CognitoIdentity,
    CognitoUser,
    SignInResult,
    SignOutResult,
    SignUpResult,
    Tokens,
    UserPool,
    errors,
)
from cognito_async.local import AppClientSettings, LocalApp, LocalUserPool, MovableClock
from cognito_async.lowlevel import Clock
from tests.support import POOL_ID, jwt, scripted

CONTRACT = {
    "cognito_async": [
        *("UserPool", "Auth", "CognitoUser", "Tokens", "RetryPolicy", "UserContext"),
        *("TokenVerifier", "AccessClaims", "IdClaims", "ClientClaims"),
        *("SignUpResult", "ConfirmSignUpResult", "SignInResult", "SignOutResult", "CodeDelivery"),
        *("errors", "challenges"),
    ],
    "cognito_async.challenges": ["AnyChallenge", "UnknownChallenge"],
    "cognito_async.credentials": [
        *("Credentials", "CredentialsProvider", "default_chain", "from_boto", "from_container"),
        *("from_environment", "from_instance", "from_profile", "from_web_identity"),
    ],
    "cognito_async.integrations.fastapi": ["CognitoBearer"],
    "cognito_async.integrations.httpx": ["BearerAuth"],
    "cognito_async.integrations.keyring": ["KeyringKey"],
    "cognito_async.integrations.redis": ["RedisStore"],
    "cognito_async.integrations.starlette": ["CognitoBearer"],
    "cognito_async.integrations.pytest": ["AuthHeaders", "MakeUser"],
    "cognito_async.local": ["Faults", "LocalUserPool", "PoolServer", "PoolUser", "TokenSigner"],
    "cognito_async.lowlevel": ["SrpClient", "PasswordClaim"],
    "cognito_async.testing": ["STORE_CHECKS", "CognitoTestMixin", "MakeStore"],
    "cognito_async.triggers": [
        *("AnyTriggerEvent", "CreateAuthChallenge", "CustomEmailSender", "CustomMessage", "CustomSMSSender"),
        *("DefineAuthChallenge", "EventRecorder", "InboundFederation", "PostAuthentication", "PostConfirmation"),
        *("PreAuthentication", "PreSignUp", "PreTokenGeneration", "PreTokenGenerationV2", "PreTokenGenerationV3"),
        *("TriggerEvent", "UnknownTrigger", "UserMigration", "VerifyAuthChallengeResponse", "parse"),
    ],
}
TREE = {
    "CognitoError": [
        "ConfigurationError",
        "CredentialsError",
        "TransportError",
        "InvalidToken",
        "DecryptionFailed",
        "ServiceError",
        "ChallengeError",
        "SessionError",
    ],
    "TransportError": ["ConnectFailed", "CallTimeout", "InvalidReply", "OutcomeUnknown", "KeysUnavailable"],
    "InvalidToken": [
        *("MalformedToken", "WrongAlgorithm", "UnknownKey", "WrongSignature", "WrongIssuer", "WrongTokenUse"),
        *("WrongClient", "WrongAudience", "TokenExpired", "TokenNotYetValid", "MissingPermission"),
        *("InsufficientAuthentication", "WrongAccessToken", "WrongNonce", "RefusedByCheck"),
    ],
    "MissingPermission": ["MissingScope", "MissingGroup"],
    "ServiceError": ["NotAuthorizedException", "LimitExceededException", "UnknownServiceError"],
    "ChallengeError": ["UnexpectedChallenge", "SrpError"],
    "SessionError": ["NotSignedIn", "NoCurrentUser", "SessionExpired"],
}
ERRORS = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("name", CONTRACT)
def test_public_module_exports_the_names_of_the_contract(name: str) -> None:
    module = importlib.import_module(name)
    assert set(CONTRACT[name]) <= set(module.__all__)
    assert sorted(module.__all__, key=str.lower) == sorted(set(module.__all__), key=str.lower)
    for listed in module.__all__:
        assert hasattr(module, listed)


def public_modules() -> list[str]:
    """Return every module whose path has no private part."""
    found = pkgutil.walk_packages(cognito_async.__path__, "cognito_async.")
    public = [each.name for each in found if not any(part.startswith("_") for part in each.name.split(".")[1:])]
    return ["cognito_async", *public]


@pytest.mark.parametrize("name", public_modules())
def test_tab_completion_shows_public_names_only(name: str) -> None:
    module = importlib.import_module(name)
    assert dir(module) == sorted(module.__all__)


def test_tab_completion_shows_only_the_names_of_a_family() -> None:
    lowlevel = importlib.import_module("cognito_async.lowlevel")
    families = [each for each in vars(lowlevel).values() if isinstance(each, ModuleType)]
    assert len(families) > 20
    for family in families:
        assert dir(family) == sorted(family.__all__)


def test_every_public_module_is_in_the_contract() -> None:
    assert {*CONTRACT, "cognito_async.errors", "cognito_async.integrations"} == set(public_modules())


def test_public_classes_name_their_public_module() -> None:
    for name in cognito_async.__all__:
        value = getattr(cognito_async, name)
        if isinstance(value, type):
            assert value.__module__ == "cognito_async", name
    assert {error.__module__ for error in ERRORS} == {"cognito_async.errors"}


@pytest.mark.parametrize(
    "function",
    [
        member
        for name in ("UserPool", "Auth", "CognitoUser", "Tokens", "SignInResult")
        for _, member in inspect.getmembers(getattr(cognito_async, name))
        if not _.startswith(("_", "model_"))
        and (inspect.isfunction(member) or isinstance(member, property))
        and "pydantic" not in (getattr(member, "__module__", "") or "")
    ],
    ids=lambda member: getattr(member, "__qualname__", None) or member.fget.__qualname__,
)
def test_every_public_call_has_a_docstring(function: Any) -> None:
    doc = inspect.getdoc(function)
    assert doc and doc.split("\n")[0].endswith((".", ":"))


@pytest.mark.parametrize(("parent", "child"), [(parent, child) for parent, row in TREE.items() for child in row])
def test_error_tree_matches_the_docstring(parent: str, child: str) -> None:
    assert issubclass(getattr(errors, child), getattr(errors, parent))
    assert parent in (errors.__doc__ or "") and (child in (errors.__doc__ or "") or child == "LimitExceededException")


def test_errors_include_the_services_63_exceptions() -> None:
    assert issubclass(errors.ConfigurationError, ValueError)
    service = [error for error in ERRORS if issubclass(error, errors.ServiceError)]
    assert len(service) == 64 + 2, "64, and ServiceError and UnknownServiceError"


@pytest.mark.parametrize("error", ERRORS)
def test_errors_have_all_attributes_and_can_be_pickled(error: type[errors.CognitoError]) -> None:
    empty = error("text")
    for name in ("status_code", "request_id", "operation", "retry_after", "trigger", "reason_code", "required"):
        assert getattr(empty, name) is None
    assert empty.code == (error.__name__ if error.__name__.endswith("Exception") else None)
    full = error(
        "text",
        code="Code",
        status_code=400,
        request_id="id",
        operation="Op",
        retry_after=1.5,
        trigger="T",
        reason_code="R",
        reason="r",
        required=("a",),
    )
    back = pickle.loads(pickle.dumps(full))
    assert type(back) is error and vars(back) == vars(full) and back.args == full.args
    assert str(back) == "text (operation Op, request id id)"
    assert str(empty) == "text"


def test_error_without_a_message_shows_its_code() -> None:
    assert str(errors.UnknownServiceError(code="BrandNewException")) == "BrandNewException"
    assert str(errors.SrpError()) == "SrpError"


@pytest.mark.anyio
async def test_copied_user_has_only_username_and_sub() -> None:
    pool, _ = scripted(client_secret="s" * 24)
    user = pool.user_from_tokens(Tokens(jwt(username="alice", sub="sub-1")))
    result = SignUpResult(user=user, user_confirmed=True, user_sub="sub-1")
    assert result.user is user
    assert result.model_dump() == {
        "user": {"username": "alice", "sub": "sub-1"},
        "user_confirmed": True,
        "user_sub": "sub-1",
        "code_delivery": None,
    }
    for other in (
        SignUpResult.model_validate_json(result.model_dump_json()),
        SignUpResult.model_validate(result.model_dump()),
        copy.deepcopy(result),
        pickle.loads(pickle.dumps(result)),
    ):
        assert (other.user.username, other.user.sub) == ("alice", "sub-1")
        assert not other.user.signed_in
        with pytest.raises(errors.NotSignedIn):
            _ = other.user.tokens
    parsed = copy.copy(user)
    assert not parsed.signed_in
    with pytest.raises(errors.ConfigurationError, match="a copy without a client"):
        await parsed.attributes()
    with pytest.raises(errors.NotSignedIn):
        parsed.to_state()


@pytest.mark.parametrize("wrong", [{}, {"username": ""}, {"username": 5}, "alice", None])
def test_invalid_user_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"CognitoUser|username"):
        TypeAdapter(CognitoUser).validate_python(wrong)


@pytest.mark.anyio
async def test_result_with_a_challenge_has_no_tokens() -> None:
    pool, _ = scripted({"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"A": "b"}})
    result = await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert not result.signed_in and not result.user.signed_in
    with pytest.raises(errors.NotSignedIn, match="answer the challenge SMS_MFA"):
        _ = result.tokens
    assert result.model_dump() == {"user": {"username": "alice", "sub": None}, "challenge": {"name": "SMS_MFA"}}
    assert "SMS_MFA" in repr(result)
    challenge = result.challenge
    assert challenge is not None
    assert copy.copy(challenge) is challenge and copy.deepcopy(result).challenge is challenge
    with pytest.raises(TypeError, match="to_state"):
        pickle.dumps(result)
    assert SignInResult.model_json_schema()["properties"]["challenge"]


def test_sign_out_result_dumps_the_name_of_its_error() -> None:
    result = SignOutResult(remote="failed", error=errors.ConnectFailed("x"))
    assert result.model_dump() == {"remote": "failed", "error": "ConnectFailed"}
    assert SignOutResult(remote="done").model_dump_json() == '{"remote":"done","error":null}'


@pytest.mark.anyio
async def test_fastapi_serializes_results_and_builds_its_schema() -> None:
    import httpx
    from fastapi import FastAPI

    local = LocalUserPool()
    pool = local.user_pool()
    app = FastAPI()

    @app.post("/sign-up")
    async def sign_up(username: str) -> SignUpResult:
        return await pool.sign_up(username, "Passw0rd!", attributes={"email": "a@example.com"})

    @app.post("/sign-in")
    async def sign_in(username: str) -> SignInResult:
        return await pool.sign_in(username, "Passw0rd!")

    @app.post("/sign-out")
    async def sign_out() -> SignOutResult:
        return SignOutResult(remote="none")

    @app.post("/tokens")
    async def tokens() -> Tokens:
        return Tokens("s3cret")

    @app.post("/delivery")
    async def delivery(result: SignUpResult) -> CodeDelivery:
        return CodeDelivery(destination=result.user.username)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as browser:
        page = (await browser.get("/openapi.json")).json()
        assert page["components"]["schemas"]["SignUpResult"]["properties"]["user_sub"] == {
            "type": "string",
            "title": "User Sub",
        }
        user_schema = str(page["components"]["schemas"])
        assert "username" in user_schema and "client_secret" not in user_schema
        reply = (await browser.post("/sign-up", params={"username": "alice"})).json()
        assert reply["user"] == {"username": "alice", "sub": reply["user_sub"]}
        assert reply["code_delivery"]["destination"] == "a***@e***"
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        assert (await browser.post("/sign-in", params={"username": "alice"})).json()["challenge"] is None
        assert (await browser.post("/tokens")).json()["access_token"] == "***"
        named = await browser.post("/delivery", json={**reply, "user": {"username": "bob"}})
        assert named.json()["destination"] == "bob"


@pytest.mark.types
def test_public_types_pass_mypy() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/typing/api.py"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.types
def test_public_types_pass_pyright() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "tests/typing/api.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_scripted_pool_id_differs_from_the_local_pools() -> None:
    assert LocalUserPool().settings.id != POOL_ID


def test_pool_cannot_be_pickled_and_shows_no_secret() -> None:
    pool, _ = scripted(client_secret="s3cret" * 5)
    assert "s3cret" not in repr(pool) + repr(pool.auth())
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(pool)


@pytest.mark.anyio
async def test_local_pool_has_clock_credentials_clients_and_app() -> None:
    clock = MovableClock()
    async with LocalUserPool(clock=clock) as local:
        assert local.clock is clock
        assert local.credentials.access_key_id in local.service.secret_keys
        other = local.add_client(AppClientSettings(id="another", secret="s" * 24))
        assert local.user_pool(other).client_id == "another"
        assert isinstance(local.app, LocalApp)
    with pytest.raises(TypeError, match="cannot be moved"):
        _ = LocalUserPool(clock=Clock()).clock


def test_challenge_cannot_be_parsed_from_json() -> None:
    with pytest.raises(ValueError, match=r"use pool\.resume"):
        SignInResult.model_validate_json('{"user": {"username": "a"}, "challenge": {"name": "SMS_MFA"}}')


@pytest.mark.parametrize("function", [UserPool, Auth, LocalUserPool.user_pool, UserPool.with_options, CognitoIdentity])
def test_signatures_show_every_option(function: Any) -> None:
    shown = inspect.signature(function).parameters
    assert {"retry", "timeout", "hooks"} <= shown.keys() and "options" not in shown
    if function is not UserPool.with_options:
        assert shown["timeout"].default == 30.0 and shown["clock"].default is None
        assert shown["http_client"].annotation == "HttpClient | None"
