"""The check whether a server has sent bytes that were not read yet, and a stream whose event loop has ended."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute

from cognito_async._http.stream import OpenStream


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def stream_on(ours: Any, tls: Any = None) -> OpenStream:
    def extra(attribute: Any, default: Any = None) -> Any:
        return ours if attribute is SocketAttribute.raw_socket else tls

    return OpenStream(SimpleNamespace(extra=extra, send=print, receive=print))  # type: ignore[arg-type]


@pytest.mark.anyio
@pytest.mark.parametrize("system", ["with poll", "without poll"])
async def test_received_bytes_are_noticed_without_reading_them(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    ours, theirs = ends
    if system == "without poll":
        monkeypatch.delattr(select, "poll")
    stream = stream_on(ours)
    assert stream.is_silent()
    theirs.send(b"x")
    assert not stream.is_silent()
    assert ours.recv(1) == b"x"
    theirs.close()
    assert not stream.is_silent()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("found", "silent"), [(ssl.SSLWantReadError(), True), (ssl.SSLError("broken"), False), (b"x", False), (b"", False)]
)
async def test_bytes_in_the_tls_buffer_are_noticed(
    ends: tuple[socket.socket, socket.socket], found: Exception | bytes, silent: bool
) -> None:
    def read(length: int) -> bytes:
        if isinstance(found, Exception):
            raise found
        return found

    assert stream_on(ends[0], SimpleNamespace(read=read)).is_silent() == silent


def test_forked_process_closes_its_copy_but_keeps_the_number(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> None:
    ours, theirs = ends
    stream = anyio.run(a_stream_on, ours, backend=anyio_backend)
    monkeypatch.setattr(os, "getpid", lambda: 0)
    stream.drop()
    assert theirs.recv(1) == b""
    assert os.fstat(ours.fileno()).st_rdev == os.stat(os.devnull).st_rdev
    ours.detach()  # no longer a socket
    stream.drop()


def test_socket_of_another_implementation_of_asyncio_is_left_to_it(ends: tuple[socket.socket, socket.socket]) -> None:
    shown = SimpleNamespace(fileno=ends[0].fileno)
    stream = asyncio.run(a_stream_on(shown))
    stream.drop()
    ends[1].send(b"x")
    assert ends[0].recv(1) == b"x"


async def a_stream_on(ours: Any) -> OpenStream:
    return stream_on(ours)
