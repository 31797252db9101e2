"""Replies of any content, up to the limit of their size, block the event loop for less than 50 ms."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cognito_async import RetryPolicy, UserPool, challenges, errors
from cognito_async._aws.reply_size import MOST_MARKS, has_too_many_values
from cognito_async._http import pool as connection_pool
from cognito_async._http.message import MAX_REPLY_BYTES
from tests.steps import LongestStep, run_measured
from tests.support import ACCESS_TOKEN

LONGEST_STEP = 0.05
START = b'{"Username": "a", "UserAttributes": [], '


def filled(unit: bytes, before: bytes, after: bytes, size: int = MAX_REPLY_BYTES) -> bytes:
    return before + unit * ((size - len(before) - len(after)) // len(unit)) + after


def members(count: int) -> bytes:
    return json.dumps(
        {"Username": "a", "UserAttributes": [], **{f"m{number}": number for number in range(count)}}
    ).encode()


def attributes(unit: bytes, count: int) -> bytes:
    return b'{"Username": "a", "UserAttributes": [' + unit * count + b'{"Name": "a"}]}'


BODIES: dict[str, bytes] = {
    "many members": members(200_000),
    "members up to the limit": members(MOST_MARKS - 10),
    "repeated members": filled(b'"a":1,', START, b'"z":1}'),
    "lists": filled(b"[],", START + b'"x":[', b"1]}"),
    "lists up to the limit": START + b'"x":[' + b"[]," * (MOST_MARKS // 2 - 10) + b"1]}",
    "attributes": filled(b'{"Name":"a","Value":"b"},', START[:-5] + b"[", b'{"Name":"a"}]}'),
    "attributes up to the limit": attributes(b'{"Name":"a","Value":"b"},', MOST_MARKS // 3 - 10),
    "wrong attributes": attributes(b'{"Name":1,"Value":1},', MOST_MARKS // 3 - 10),
    "numbers instead of attributes": attributes(b"1,", MOST_MARKS - 10),
    "one string": filled(b"a", START + b'"x": "', b'"}'),
    "escaped characters": filled(b"\\u00e9", START + b'"x": "', b'"}'),
    "escaped quotation marks": filled(b'\\"', START + b'"x": "', b'"}'),
    "backslashes": filled(b"\\\\", START + b'"x": "', b'"}'),
    "emoji": filled("\U0001f600".encode(), START + b'"x": "', b'"}'),
    "commas in a string": filled(b",", START + b'"x": "', b'"}'),
    "quotation marks": filled(b'"', b"", b""),
    "spaces": filled(b" ", START[:-2], b"}"),
    "nothing but spaces": b" " * MAX_REPLY_BYTES,
    "nested lists": filled(b"[", START + b'"x":', b""),
    "a long fraction": START + b'"x": 1.' + b"1" * (MAX_REPLY_BYTES - 100) + b"}",
    "no JSON": b"x" * MAX_REPLY_BYTES,
    "no UTF-8": filled(b"\xff", START + b'"x": "', b'"}'),
}
HEADERS: dict[str, list[tuple[str, str]]] = {
    "usual headers": [],
    "many headers": [("x", "")] * 250,
    "a long date": [("Date", "1:" * 30_000)],
    "a long name of an error": [("x-amzn-errortype", "a#" * 30_000)],
    "a long request id": [("x-amzn-requestid", "a" * 60_000)],
    "a long time to wait": [("Retry-After", "1" * 60_000)],
}


class Served:
    """The replies of a server."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: list[tuple[str, str]] = []
        self.chunk: int | None = None


@contextmanager
def server() -> Iterator[tuple[str, Served]]:
    """Yield the URL of a server in a thread, and its replies."""
    served = Served()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Ignore that a client has closed its connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(served.status)
            for name, value in served.headers:
                self.send_header(name, value)
            size = served.chunk
            if size is None:
                self.send_header("Content-Length", str(len(served.body)))
                self.end_headers()
                body = served.body
            else:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                chunks = (served.body[at : at + size] for at in range(0, len(served.body), size))
                body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
            with suppress(OSError):  # the client closes the connection when it refuses the reply
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    found = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.server_port}", served
    finally:
        found.shutdown()
        found.server_close()
        thread.join()


@pytest.fixture(params=["httpcore", "httptools"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Select one kind of connections."""
    name: str = request.param
    module = pytest.importorskip(f"cognito_async._http.{name}_connection")
    monkeypatch.setattr(connection_pool, "connection_kind", lambda: getattr(module, f"{name.title()}Connection"))
    return name


async def least(longest: LongestStep, call: Callable[[], Awaitable[object]]) -> float:
    """Return the longest step of a call.

    A garbage collection can happen in a step, so a slow call gets two more tries.
    """
    tries: list[float] = []
    while not tries or (tries[-1] > LONGEST_STEP and len(tries) < 3):
        longest.restart()
        with suppress(errors.CognitoError):
            await call()
        tries.append(longest.read())
    return min(tries)


@pytest.mark.table
@pytest.mark.usefixtures("parser")
@pytest.mark.table
def test_no_reply_blocks_the_loop(anyio_backend: str) -> None:
    slow: dict[str, float] = {}

    async def program(longest: LongestStep) -> None:
        async with UserPool("local_a", "c", endpoint=url, retry=RetryPolicy(max_attempts=1)) as pool:
            user = pool.user_from_access_token(ACCESS_TOKEN)

            async def measure(name: str) -> None:
                slow[name] = await least(longest, user.attributes)

            served.body = b'{"Username": "a", "UserAttributes": []}'
            await measure("warm up")
            for served.status in (200, 400):
                served.headers = []
                for name, served.body in BODIES.items():
                    await measure(f"{name} ({served.status})")
                served.body = b"{}"
                for name, served.headers in HEADERS.items():
                    await measure(f"{name} ({served.status})")
            served.status, served.headers = 200, []
            for served.chunk, size in ((1, 1_900), (1, 60_000), (16, 30_000), (4_000, MAX_REPLY_BYTES)):
                served.body = filled(b"a", START + b'"x": "', b'"}', size)
                await measure(f"{size} bytes in chunks of {served.chunk}")

    with server() as (url, served):
        run_measured(anyio_backend, program)
    del slow["warm up"]
    assert len(slow) >= 60
    assert {name: seconds for name, seconds in slow.items() if not 0 < seconds <= LONGEST_STEP} == {}
    assert max(slow.values()) > 0.001, "the steps were measured"


CLAIMS = base64.urlsafe_b64encode(b'{"username": "alice", ' + b'"a":1,' * 8_000 + b'"exp": 4000000000}').decode()
LONG_JSON = json.dumps({f"a{number}": "b" for number in range(100_000)})
SIGN_INS: dict[str, dict[str, Any]] = {
    "long access token": {"AuthenticationResult": {"AccessToken": "a" * 4_000_000}},
    "many claims": {"AuthenticationResult": {"AccessToken": f"h.{CLAIMS}.s"}},
    "long challenge name": {"ChallengeName": "X" * 4_000_000, "Session": "s" * 30, "ChallengeParameters": {}},
    "many parameters": {
        "ChallengeName": "CUSTOM_CHALLENGE",
        "Session": "s" * 30,
        "ChallengeParameters": {f"p{number}": "x" for number in range(9_000)},
    },
    "long parameters": {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": "s" * 30,
        "ChallengeParameters": {"requiredAttributes": f"[{'1,' * 400_000}1]", "userAttributes": LONG_JSON},
    },
}


def test_no_sign_in_blocks_the_loop(anyio_backend: str) -> None:
    slow: dict[str, float] = {}

    async def program(longest: LongestStep) -> None:
        async with UserPool("local_a", "c", endpoint=url) as pool:
            for name, reply in {"warm up": {}, **SIGN_INS}.items():
                served.body = json.dumps({"ChallengeParameters": {}, **reply}).encode()
                slow[name] = await least(longest, lambda: sign_in(pool))

    async def sign_in(pool: UserPool) -> None:
        challenge = (await pool.sign_in("alice", "Passw0rd!", flow="USER_PASSWORD_AUTH")).challenge
        if isinstance(challenge, challenges.NewPasswordRequired):
            assert challenge.required_attributes == ()
            assert challenge.attributes == {}

    with server() as (url, served):
        run_measured(anyio_backend, program)
    del slow["warm up"]
    assert {name: seconds for name, seconds in slow.items() if not 0 < seconds <= LONGEST_STEP} == {}


# Attributes that a web form can send, and of which each character costs the search for secrets most.
ATTRIBUTES: dict[str, list[str]] = {
    "letters": ["abcdefgh" * 31_000],
    "letters up to the limit": ["abcdefghijklm" * 3_000],
    "percent signs": ["%" + "25" * 120_000],
    "percent signs up to the limit": ["%" + "25" * 3_100],
    "line breaks": ["\n" * 7_900],
    "umlauts": ["\u00e4\u00f6\u00fc" * 14_000],
    "umlauts up to the limit": ["\u00e4\u00f6\u00fc" * 1_100],
    "quotation marks up to the limit": ['"' * 7_900],
    "entities up to the limit": ["&" + "amp;" * 2_700],
    "many short ones": [f"{number:05}" for number in range(2_800)],
    "many long ones": [f"{number}{'Main Street & ' * 100}" for number in range(100)],
}


@pytest.mark.table
def test_no_refusal_of_long_secrets_blocks_the_loop(anyio_backend: str) -> None:
    # A search is Python code only, which takes three times as long while coverage traces it.
    longest_step = LONGEST_STEP * (1 if sys.gettrace() is None else 4)
    slow: dict[str, float] = {}
    shown: set[str] = set()

    async def program(longest: LongestStep) -> None:
        async with UserPool("local_a", "c", endpoint=url, retry=RetryPolicy(max_attempts=1)) as pool:

            async def measure(name: str, values: list[str]) -> None:
                tries: list[float] = []
                while not tries or (tries[-1] > longest_step and len(tries) < 3):  # as above
                    longest.restart()
                    with pytest.raises(errors.UnknownServiceError) as caught:
                        await pool.sign_up(
                            "alice", "Passw0rd!", attributes={f"a{at}": value for at, value in enumerate(values)}
                        )
                    tries.append(longest.read())
                    shown.add(caught.value.message)
                slow[name] = min(tries)

            for name, values in {"warm up": ["&amp;"], **ATTRIBUTES}.items():
                for echo in (values[0][:1_000], "1 validation error detected. " * 50):
                    # An unknown code, and so on, so that five texts are searched.
                    served.headers = [("x-amzn-requestid", "a" * 300), ("Retry-After", "1" * 300)]
                    served.body = json.dumps({"__type": echo, "message": echo, "reasonCode": echo}).encode()
                    await measure(f"{name}: {echo[:10]}", values)

    with server() as (url, served):
        served.status = 400
        run_measured(anyio_backend, program)
    slow = {name: seconds for name, seconds in slow.items() if not name.startswith("warm up")}
    assert len(slow) == 2 * len(ATTRIBUTES)
    assert {name: seconds for name, seconds in slow.items() if seconds > longest_step} == {}
    assert any(text.startswith("1 validation error") for text in shown), "some secrets are short enough for a search"


@pytest.mark.anyio
@pytest.mark.parametrize("text", ['"a,\\"[{"', '"\\\\",', '"\\\\\\",",', "[1,2]", '{"a":[]}', '",","]'])
@pytest.mark.table
async def test_values_are_counted_outside_of_strings(text: str) -> None:
    one = text.encode()
    marks = {'"a,\\"[{"': 0, '"\\\\",': 1, '"\\\\\\",",': 1, "[1,2]": 2, '{"a":[]}': 2, '",","]': 0}[text]
    for count in (MOST_MARKS // marks, MOST_MARKS // marks + 1) if marks else (MOST_MARKS,):
        assert await has_too_many_values(one * count) is (marks * count > MOST_MARKS)
