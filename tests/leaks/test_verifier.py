"""Refused tokens: no piece of one may show in the error, in its context, or in the frames of the verifier."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import AccessClaims, UserPool, errors
from tests.leaks.markers import marker
from tests.leaks.watch import Watch
from tests.support import BINDING, jwt
from tests.verify.signing import CLIENT_ID, NOW, KeyServer, access_claims, sign, verifier

pytestmark = [pytest.mark.anyio, pytest.mark.table]

# Each is in a part of every token of this module.
NAME, GROUP, SCOPE, KID, OTHER = (marker(name) for name in ("name", "group", "scope", "kid", "other"))
CLAIMS = access_claims(
    sub=NAME, username=NAME, jti=NAME, cognito__groups=[GROUP], scope=SCOPE, acr=OTHER, aud=OTHER, secret=OTHER
)


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def with_header(header: Any) -> str:
    return f"{encoded(header)}.{sign(CLAIMS).partition('.')[2]}"


def with_claims(**changes: Any) -> str:
    return sign({**CLAIMS, **changes})


def with_payload(data: bytes) -> str:
    head, _, signature = sign(CLAIMS).split(".")
    return f"{head}.{encoded(data)}.{signature}"


TOKENS: dict[str, Callable[[], Any]] = {
    "no token": lambda: NAME,
    "a list": lambda: [NAME],
    "bytes": lambda: sign(CLAIMS).encode(),
    "no ASCII": lambda: sign(CLAIMS) + "é",
    "two parts": lambda: sign(CLAIMS).rpartition(".")[0],
    "too long": lambda: NAME * 1000,
    "padding": lambda: sign(CLAIMS) + "==",
    "a header that is no JSON": lambda: with_header(KID.encode()),
    "another algorithm": lambda: with_header({"alg": NAME, "kid": KID}),
    "an extension": lambda: with_header({"alg": "RS256", "kid": KID, "crit": [NAME]}),
    "no key id": lambda: with_header({"alg": "RS256", "kid": [KID]}),
    "an unknown key": lambda: with_header({"alg": "RS256", "kid": KID}),
    "no JSON": lambda: with_payload(NAME.encode()),
    "no UTF-8": lambda: with_payload(NAME.encode() + b"\xff"),
    "half a pair": lambda: with_payload(b'{"a":"\\ud800' + NAME.encode() + b'"}'),
    "a duplicate": lambda: with_payload(b'{"%s":1,"%s":2}' % (NAME.encode(), NAME.encode())),
    "deep nesting": lambda: with_payload(b"[" * 20000 + NAME.encode()),
    "a long number": lambda: with_payload(b'{"%s":%s}' % (NAME.encode(), b"1" * 5000)),
    "a wrong type": lambda: with_claims(username=[NAME]),
    "a wrong signature": lambda: sign(CLAIMS)[:-20] + "A" * 20,
    "another issuer": lambda: with_claims(iss=f"https://{OTHER}"),
    "another use": lambda: with_claims(token_use=OTHER),
    "another client": lambda: with_claims(client_id=OTHER),
    "the past": lambda: with_claims(exp=NOW - 1),
    "the future": lambda: with_claims(nbf=NOW + 1),
}
REQUIRED: dict[str, dict[str, Any]] = {
    "a resource": {"resource": "https://a"},
    "a scope": {"scopes": "a"},
    "a group": {"groups": "a"},
    "a level": {"acr": "a"},
    "a hash": {"access_token": marker("access token")},
    "a nonce": {"nonce": marker("nonce")},
    "a wrong nonce": {"nonce": [marker("nonce")]},
}
SECRETS = {NAME, GROUP, SCOPE, KID, OTHER, marker("access token"), marker("nonce")}


def watch_for(token: Any) -> Watch:
    watch = Watch()
    text = token.decode() if isinstance(token, bytes) else str(token)
    watch.secrets |= SECRETS | {part for part in text.split(".") if len(part) > 100}
    return watch


@pytest.mark.parametrize("name", TOKENS)
async def test_refused_token_never_shows(name: str) -> None:
    token, checker = TOKENS[name](), verifier()
    watch = watch_for(token)
    for server in (KeyServer(), KeyServer(httpx.Response(503))):
        for call in (checker.verify, server.verifier().verify):
            with pytest.raises(errors.CognitoError) as refused:
                await call(token)
            watch.see_error("verify", refused.value)
    with pytest.raises(errors.CognitoError) as refused:
        checker.verify_nowait(token)
    watch.see_error("verify_nowait", refused.value)
    assert refused.value.__context__ is None and refused.value.__cause__ is None
    watch.check()


@pytest.mark.parametrize("name", REQUIRED)
async def test_token_that_does_not_suffice_never_shows(name: str) -> None:
    token = sign(CLAIMS)
    watch = watch_for(token)
    for checker in (verifier(), KeyServer().verifier()):
        with pytest.raises(errors.CognitoError) as refused:
            await checker.verify(token, **REQUIRED[name])
        watch.see_error("verify", refused.value)
    watch.check()


async def test_check_that_raises_does_not_show_the_token_in_our_frames() -> None:
    def check(_: AccessClaims) -> bool:
        raise RuntimeError("suspended")

    async def check_later(_: AccessClaims) -> bool:
        raise RuntimeError("suspended")

    token = sign(CLAIMS)
    watch = watch_for(token)
    for each in (check, check_later):
        checker = verifier(check=each)
        with pytest.raises(RuntimeError) as failed:
            await checker.verify(token)
        watch.see_error("verify", failed.value)
    with pytest.raises(RuntimeError) as failed:
        verifier(check=check).verify_nowait(token)
    watch.see_error("verify_nowait", failed.value)
    watch.check()


async def test_cancelled_verification_does_not_show_the_token() -> None:
    token = with_header({"alg": "RS256", "kid": KID})
    watch, checker = watch_for(token), KeyServer(before=anyio.sleep_forever).verifier()
    cancelled: list[BaseException] = []

    async def verify() -> None:
        try:
            await checker.verify(token)
        except BaseException as error:
            cancelled.append(error)
            raise

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(verify)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    watch.see_error("verify", cancelled[0])
    watch.check()


def test_verifier_shows_no_token() -> None:
    token = sign(CLAIMS)
    watch = watch_for(token)
    watch.secrets |= SECRETS
    checker = verifier()
    checker.verify_nowait(token)
    watch.see("verifier", checker)
    watch.check()


def test_password_in_a_url_does_not_show() -> None:
    watch = watch_for(NAME)
    for make in (verifier, UserPool(*BINDING).verifier):
        with pytest.raises(errors.ConfigurationError) as refused:
            make(jwks_url=f"https://user:{NAME}@host/x")
        watch.see_error("the constructor", refused.value)
    watch.check()


@pytest.mark.parametrize(
    "claims", [{**CLAIMS, "exp": NAME}, {**CLAIMS, "token_use": NAME}, {**CLAIMS, "token_use": "id", "aud": OTHER}]
)
def test_claims_of_an_event_do_not_show(claims: dict[str, Any]) -> None:
    watch = watch_for(NAME)
    with pytest.raises(errors.InvalidToken) as refused:
        AccessClaims.from_event({"requestContext": {"authorizer": {"claims": claims}}})
    watch.see_error("from_event", refused.value)
    watch.check()


def test_token_that_its_verified_claims_do_not_fit_does_not_show() -> None:
    claims = verifier().verify_nowait(sign(CLAIMS))
    token = jwt(username=NAME, sub=OTHER, client_id=CLIENT_ID)
    watch = watch_for(token)
    with pytest.raises(errors.ConfigurationError, match="verified must be") as refused:
        UserPool(*BINDING).user_from_access_token(token, verified=claims)
    watch.see_error("user_from_access_token", refused.value)
    watch.check()
