"""The request that answers one challenge."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._aws._generated import errors as service
from .._core.errors import ServiceError
from .._core.secret import Texts
from .._tokens.device import DeviceSecret
from . import requests
from .context import PendingChallenge, SignIn
from .protocol import Flow, find_device
from .requests import AuthReply

ReplyT = TypeVar("ReplyT")


def respond(sign_in: SignIn, challenge: PendingChallenge, responses: Texts) -> Flow[AuthReply]:
    """Answer a challenge. Add USERNAME, SECRET_HASH, the `Session`, and DEVICE_KEY if there is a device."""

    def send(texts: Texts) -> Flow[AuthReply]:
        return requests.respond(sign_in, challenge, texts)

    return (yield from naming_device(sign_in, {"USERNAME": challenge.username, **responses}, send))


def naming_device(sign_in: SignIn, texts: Texts, send: Callable[[Texts], Flow[ReplyT]]) -> Flow[ReplyT]:
    """Send the request, with DEVICE_KEY if this program has a device of the user.

    If the service does not know that device, send the request again without DEVICE_KEY.
    """
    # A request with SRP_A needs no DEVICE_KEY. The proof that follows has it, and then the service has returned the
    # canonical username, so that the right device is found.
    if "SRP_A" in texts or "DEVICE_KEY" in texts:
        return (yield from send(texts))
    device = sign_in.device = yield from known_device(sign_in)
    if device is None:
        return (yield from send(texts))
    try:
        return (yield from send({**texts, "DEVICE_KEY": device.key}))
    except service.ResourceNotFoundException:
        sign_in.device = None
        sign_in.refused.add(device.key)
    try:
        return (yield from send(texts))
    except service.ResourceNotFoundException:
        # The device may still exist, because a missing pool or app client causes the same error.
        sign_in.refused.discard(device.key)
        raise


def known_device(sign_in: SignIn) -> Flow[DeviceSecret | None]:
    """Return the device as which the pool remembers this program; `None` if there is none, or it was refused."""
    device = yield from find_device(sign_in.username)
    return None if device is None or device.key in sign_in.refused else device


def is_about_session(error: ServiceError) -> bool:
    """Return whether an error says that the `Session` has expired or was used before.

    Check the message, because a wrong password has the same exception type.
    """
    return "session" in error.message.lower()
