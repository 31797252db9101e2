"""The request that answers one challenge."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._aws._generated import errors as service
from .._core.secret import Texts
from . import requests
from .context import PendingChallenge, SignIn
from .protocol import Flow, find_device
from .requests import AuthReply

ReplyT = TypeVar("ReplyT")


def respond(
    sign_in: SignIn, challenge: PendingChallenge, responses: Texts, *, names_device: bool = False
) -> Flow[AuthReply]:
    """Answer a challenge. Add USERNAME, SECRET_HASH and the `Session`; with `names_device`, also DEVICE_KEY."""

    def send(texts: Texts) -> Flow[AuthReply]:
        return requests.respond(sign_in, challenge, texts)

    texts = {"USERNAME": challenge.username, **responses}
    if names_device:
        return (yield from naming_device(sign_in, texts, send))
    return (yield from send(texts))


def naming_device(sign_in: SignIn, texts: Texts, send: Callable[[Texts], Flow[ReplyT]]) -> Flow[ReplyT]:
    """Send the request, with DEVICE_KEY if this program has a device of the user.

    If the service does not know that device, send the request again without DEVICE_KEY.
    """
    device = sign_in.device = (yield from find_device(sign_in.username)) if sign_in.stale_device is None else None
    if device is None:
        return (yield from send(texts))
    try:
        return (yield from send({**texts, "DEVICE_KEY": device.key}))
    except service.ResourceNotFoundException:
        sign_in.stale_device, sign_in.device = device, None
    try:
        return (yield from send(texts))
    except service.ResourceNotFoundException:
        # The device may still exist, because a missing pool or app client causes the same error.
        sign_in.stale_device = None
        raise
