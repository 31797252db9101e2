"""Our own connections. Each event loop has separate ones; certificates are read once, in a worker thread."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import httpx
import pytest
import trio

from cognito_async._core.clock import Clock, Deadline
from cognito_async._core.errors import ConnectFailed
from cognito_async._http import certificates
from cognito_async._http.connections import HttpConnections
from cognito_async._http.httpcore_connection import HttpcoreConnection
from cognito_async._http.message import HttpReply, HttpRequest
from cognito_async._http.options import HttpOptions
from cognito_async._http.origin import Url
from cognito_async._http.pool import connection_kind
from cognito_async._local.clock import MovableClock
from tests.http.shapes import Shape


class Client:
    """Connections to one URL."""

    def __init__(self, url: str) -> None:
        self.connections = HttpConnections(HttpOptions(Clock()))
        self.url = Url.parse(url)

    async def send(self) -> HttpReply:
        return await self.connections.send(HttpRequest("POST", self.url, {}, b"{}"), Deadline(Clock(), 30))

    async def aclose(self) -> None:
        await self.connections.aclose()


@pytest.fixture
def thread_server() -> Iterator[tuple[str, list[int]]]:
    """Return the URL of a server, and the ports of its clients. It runs in a thread, to serve several event loops."""
    ports: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            ports.append(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any, **kwargs: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", ports
    server.shutdown()
    thread.join()
    server.server_close()


def test_connections_work_on_successive_event_loops(thread_server: tuple[str, list[int]]) -> None:
    url, ports = thread_server
    http = Client(url)

    async def send_twice() -> None:
        await http.send()
        await http.send()
        await http.aclose()

    asyncio.run(send_twice())
    asyncio.run(send_twice())
    trio.run(send_twice)
    first, again, second, _, third, _ = ports
    assert first == again
    assert len({first, second, third}) == 3


@pytest.mark.anyio
async def test_certificates_of_the_environment_are_trusted(
    serve: Any, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()

    async with serve(handler, tls=certificate) as url:
        http = Client(url)
        assert (await http.send()).status_code == 200
        await http.aclose()


@pytest.mark.anyio
async def test_untrusted_certificate_fails_the_call_before_it_is_sent(
    serve: Any, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nothing must be sent")

    monkeypatch.delenv("SSL_CERT_FILE")
    async with serve(handler, tls=certificate) as url:
        http = Client(url)
        with pytest.raises(ConnectFailed):
            await http.send()
        await http.aclose()


@pytest.mark.anyio
async def test_certificates_are_read_once_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def create_ssl_context(*, trust_env: bool) -> ssl.SSLContext:
        threads.append(threading.current_thread())
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def refused() -> None:
        http = Client("https://127.0.0.1:1")
        with pytest.raises(ConnectFailed):
            await http.send()
        await http.aclose()

    monkeypatch.setattr(httpx, "create_ssl_context", create_ssl_context)
    certificates.ca_context.cache_clear()
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(refused)
    certificates.ca_context.cache_clear()
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


@pytest.mark.anyio
async def test_http_endpoint_reads_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(httpx, "create_ssl_context")
    http = Client("http://127.0.0.1:1")
    with pytest.raises(ConnectFailed):
        await http.send()
    await http.aclose()


@pytest.mark.anyio
async def test_proxy_of_the_environment_is_used(
    connections: Any, serve: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, shape: Shape
) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        heads.append((await connection.request())[0])
        await connection.reply()

    async with serve(handler) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        async with connections(clock) as http:
            await http.send(shape.request("http://service.test", b"x"), Deadline(clock, 30))
    first = "get http://service.test/?x" if shape.method == "GET" else "post http://service.test/"
    assert heads[0].startswith(f"{first} http/1.1")


@pytest.mark.anyio
async def test_proxies_can_be_switched_off(
    serve: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()

    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with serve(handler) as url:
        http = HttpConnections(HttpOptions(clock, use_proxies=False))
        assert (await http.send(shape.request(url, b"x"), Deadline(clock, 30))).status_code == 200
        await http.aclose()


def test_first_call_does_not_block_the_loop(
    thread_server: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test measures the CPU time of the loop's thread, because a busy machine does not increase it."""
    longest = 0.0
    run = asyncio.events.Handle._run

    def timed(self: asyncio.Handle) -> None:
        nonlocal longest
        started = time.thread_time()
        run(self)
        longest = max(longest, time.thread_time() - started)

    async def first_call() -> None:
        http = Client(thread_server[0])
        await http.send()
        await http.aclose()

    monkeypatch.setattr(asyncio.events.Handle, "_run", timed)
    asyncio.run(first_call())
    assert 0 < longest < 0.005


def test_httpcore_is_used_without_the_extra_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cognito_async._http.httptools_connection", None)
    assert connection_kind() is HttpcoreConnection


def test_trio_is_not_imported_in_other_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "trio")
    Client("http://127.0.0.1:1")
    assert "trio" not in sys.modules


@pytest.mark.parametrize("kind", ["httpcore", "httptools"])
@pytest.mark.parametrize("runner", ["asyncio.run", "trio.run"])
@pytest.mark.table
def test_first_call_imports_nothing_on_its_loop(thread_server: tuple[str, list[int]], runner: str, kind: str) -> None:
    program = f"""
import asyncio, sys, threading, trio
from cognito_async._core.clock import Clock, Deadline
from cognito_async._http.connections import HttpConnections
from cognito_async._http.options import HttpOptions
from cognito_async._http.message import HttpRequest
from cognito_async._http.origin import Url
if {kind!r} == "httpcore":
    sys.modules["httptools"] = None

imported = []
class Finder:
    def find_spec(name, path, target=None):
        if threading.current_thread() is threading.main_thread():
            imported.append(name)
sys.meta_path.insert(0, Finder)

async def main():
    imported.clear()
    await http.send(HttpRequest("POST", url, {{}}, b"{{}}"), Deadline(Clock(), 30))
    await http.aclose()
    print(imported)

url, http = Url.parse({thread_server[0]!r}), HttpConnections(HttpOptions(Clock()))
{runner}(main)
""".replace("asyncio.run(main)", "asyncio.run(main())")
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
