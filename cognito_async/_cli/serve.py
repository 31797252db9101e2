"""`cognito-async local`: serves a local user pool to clients in other processes and other languages."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType
from typing import Any

import uvicorn

from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._local.asgi import AsgiMessage as Event
from .._local.asgi import LocalApp, Receive, Send
from .._local.listening import endpoint_of, listen
from .._local.service import LocalService
from .._local.settings.client import AppClientSettings
from .._local.settings.file import load_settings
from .._local.settings.pool import PoolSettings
from .failure import PROGRAM, WRONG_USAGE, Failure, print_json


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    with _listen(options.host, options.port) as listener:
        endpoint = endpoint_of(options.host, listener.getsockname()[1])
        pool, client = _settings(options, endpoint)
        service = LocalService(clock=Clock())
        service.add_pool(pool)
        service.add_client(pool.id, client)
        app = _app(service, options, listener)
        _warn_unless_loopback(listener)
        ready = {"endpoint": endpoint, "user_pool_id": pool.id, "client_id": client.id}
        _Server(app, service, ready, show_codes=options.show_codes).run_until_signal(listener)
    return 0


def _settings(options: argparse.Namespace, endpoint: str) -> tuple[PoolSettings, AppClientSettings]:
    """Read the settings file, and override it with the options and the environment."""
    try:
        pool, client = load_settings(options.settings) if options.settings else (PoolSettings(), AppClientSettings())
        overrides = {
            "id": options.user_pool_id,
            "mfa": options.mfa,
            "device_tracking": options.device_tracking,
            "first_factors": tuple(options.first_factors or ()),
            "username_attributes": tuple(options.username_attributes or ()),
            "fixed_code": options.code,
            # If the file names no issuer, use the server's address as the issuer, so that verifiers find the keys.
            "issuer_endpoint": None if pool.issuer_endpoint else endpoint,
        }
        secret = os.environ.get("COGNITO_CLIENT_SECRET")
        client_overrides = {"id": options.client_id, "secret": secret}
        return replace(pool, **_without_empty(overrides)), replace(client, **_without_empty(client_overrides))
    except ConfigurationError as error:
        raise Failure("UsageError", str(error), status=WRONG_USAGE) from None


def _app(service: LocalService, options: argparse.Namespace, listener: socket.socket) -> LocalApp:
    """Return the application, which answers for `--host`, unless that means every address, and each `--allow-host`."""
    hosts = [] if _address(listener).is_unspecified else [options.host.partition("%")[0]]
    try:
        return LocalApp(service, allowed_hosts=(*hosts, *options.allowed_hosts))
    except ConfigurationError as error:
        raise Failure("UsageError", str(error), status=WRONG_USAGE) from None


def _without_empty(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the host name is invalid"
        raise Failure("CannotBind", f"cannot listen on {host}, port {port}: {reason}") from None


def _warn_unless_loopback(listener: socket.socket) -> None:
    if not _address(listener).is_loopback:
        print(  # noqa: T201
            f"{PROGRAM}: other machines can reach this pool, without encryption, and its admin keys are public",
            file=sys.stderr,
        )


def _address(listener: socket.socket) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0])


class _Server(uvicorn.Server):
    """The server of a local pool. It prints `ready` when it accepts connections.

    A signal ends it normally, with the exit status 0. If it cannot print, it ends with that error.
    """

    def __init__(self, app: LocalApp, service: LocalService, ready: dict[str, Any], *, show_codes: bool) -> None:
        super().__init__(
            uvicorn.Config(
                _CodePrinter(app, service, self._print) if show_codes else app,
                log_config=None,
                access_log=False,
                ws="none",
                lifespan="off",
                server_header=False,
                date_header=False,  # the application sends the date of the pool's clock
                timeout_graceful_shutdown=2,
            )
        )
        self._ready = ready
        self._failure: OSError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._print(self._ready)

    def run_until_signal(self, listener: socket.socket) -> None:
        # uvicorn raises the signal again after its shutdown. With `end` as the handler, that does not end the process.
        def end(number: int, frame: FrameType | None) -> None:
            self.should_exit = True

        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.run(sockets=[listener])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._failure is not None:
            raise self._failure

    def _print(self, facts: dict[str, Any]) -> None:
        """Print a line. If that fails, end the server. It does not raise the error, which uvicorn would only log."""
        try:
            print_json(facts)
        except OSError as error:
            self._failure, self.should_exit = error, True


class _CodePrinter:
    """The pool as an ASGI application that prints the codes it "sends", for `--show-codes`."""

    def __init__(self, app: LocalApp, service: LocalService, write: Callable[[dict[str, Any]], None]) -> None:
        self._app = app
        self._service = service
        self._write = write

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        while self._service.outbox:
            message = self._service.outbox.pop(0)
            self._write(
                {"username": message.username, "to": message.destination, "kind": message.kind, "code": message.code}
            )
