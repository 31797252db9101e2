"""The check whether a server has sent bytes that were not read yet."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from anyio.abc import SocketAttribute

from cognito_async._http.stream import OpenStream


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def stream_on(ours: socket.socket, tls: Any = None) -> OpenStream:
    def extra(attribute: Any, default: Any = None) -> Any:
        return ours if attribute is SocketAttribute.raw_socket else tls

    return OpenStream(SimpleNamespace(extra=extra, send=print, receive=print))  # type: ignore[arg-type]


@pytest.mark.parametrize("system", ["with poll", "without poll"])
def test_received_bytes_are_noticed_without_reading_them(
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


@pytest.mark.parametrize(
    ("found", "silent"), [(ssl.SSLWantReadError(), True), (ssl.SSLError("broken"), False), (b"x", False), (b"", False)]
)
def test_bytes_in_the_tls_buffer_are_noticed(
    ends: tuple[socket.socket, socket.socket], found: Exception | bytes, silent: bool
) -> None:
    def read(length: int) -> bytes:
        if isinstance(found, Exception):
            raise found
        return found

    assert stream_on(ends[0], SimpleNamespace(read=read)).is_silent() == silent
