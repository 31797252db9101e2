"""Servers that repeat a request in their replies, in any place and spelling."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from cognito_async import UserPool, errors
from cognito_async.credentials import Credentials
from tests.leaks.markers import ACCESS_KEY, CODE, KEY, SESSION_TOKEN
from tests.leaks.watch import Watch
from tests.sizes import FULL
from tests.support import BINDING

pytestmark = pytest.mark.anyio

# Each has a character that some spelling escapes, and a part without one.
PASSWORDS = {'Tr0ub4dor"&3xyz': "Tr0ub4dor", "Tr0ub4d\\or3xyz": "Tr0ub4d", "Pässw0rdü9x": "ssw0rd"}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "JSON": json.dumps,
    "twice JSON": lambda text: json.dumps(json.dumps(text)),
    "URL": quote,
    "HTML": lambda text: html.escape(json.dumps(text, ensure_ascii=False)),
    "upper case": lambda text: json.dumps(text).upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
PLACES: dict[str, Callable[[str], httpx.Response]] = {
    "message": lambda text: httpx.Response(400, json={"__type": "X", "message": text}),
    "code": lambda text: httpx.Response(400, json={"__type": text}),
    "reason code": lambda text: httpx.Response(400, json={"__type": "X", "reasonCode": text}),
    "header of the code": lambda text: httpx.Response(400, headers={"x-amzn-errortype": ascii(text)}),
    "header of the message": lambda text: httpx.Response(400, headers={"x-amzn-errormessage": ascii(text)}),
    "request id": lambda text: httpx.Response(400, json={}, headers={"x-amzn-requestid": ascii(text)}),
    "request id of a success": lambda text: httpx.Response(200, json={}, headers={"x-amzn-requestid": ascii(text)}),
}


def echoing(watch: Watch, answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> UserPool:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    return UserPool(*BINDING, http_client=client, hooks=watch.hooks, **options)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.table
async def test_echoed_password_is_not_shown(watch: Watch, place: str) -> None:
    for (password, part), spell in [*product(PASSWORDS.items(), SPELLINGS.values())][:: 1 if FULL else 5]:
        watch.secrets |= {part, part.upper(), base64.b64encode(password.encode()).decode()[:8]}
        for text in (spell(password), f"it was {spell(json.dumps({'p': password}))}"):
            reply = PLACES[place](text)
            pool = echoing(watch, lambda request, reply=reply: reply)  # type: ignore[misc]
            with pytest.raises(errors.CognitoError) as caught:
                await pool.sign_up("alice", password)
            watch.shown.append((place, str(vars(caught.value)) + str(caught.value)))


async def test_echoed_code_is_not_read_as_a_time_to_wait(watch: Watch) -> None:
    pool = echoing(watch, lambda request: httpx.Response(400, json={}, headers={"retry-after": "864209"}))
    watch.secrets.add("864209")
    for _ in range(2):
        with pytest.raises(errors.CognitoError) as caught:
            await pool.confirm_sign_up("alice", "864209")
        watch.see("the error", caught.value)
    assert caught.value.retry_after is None


async def test_names_in_a_reply_of_the_wrong_shape_are_not_shown(watch: Watch) -> None:
    watch.secrets.add(CODE)
    reply = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {f"x-{CODE}": {}}}
    pool = echoing(watch, lambda request: httpx.Response(200, json=reply))
    for _ in range(2):
        with pytest.raises(errors.InvalidReply, match=r"at ChallengeParameters\.x-\*\*\*\)") as caught:
            await pool.sign_in("alice", CODE, flow="USER_PASSWORD_AUTH")
        watch.see_error("the error", caught.value)


async def test_headers_in_an_error_are_not_shown(watch: Watch) -> None:
    """The service repeats the signed headers if a signature is wrong."""
    watch.secrets |= {ACCESS_KEY, SESSION_TOKEN, KEY}
    keys = Credentials("AKIDEXAMPLE", ACCESS_KEY, SESSION_TOKEN)

    def refuse(request: httpx.Request) -> httpx.Response:
        lines = "\n".join(f"{name}:{value}" for name, value in request.headers.items() if name.startswith("x-"))
        return httpx.Response(403, json={"__type": "InvalidSignatureException", "message": f"should be '{lines}'"})

    pool = echoing(watch, refuse, credentials=keys)
    for _ in range(2):
        with pytest.raises(errors.CognitoError, match=r"(?s)x-key:\*\*\*\n.*security-token:\*\*\*") as caught:
            await pool.api.admin_get_user(username="alice", extra_headers={"x-key": KEY})
        watch.see_error("the error", caught.value)
