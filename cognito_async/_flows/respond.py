"""One answer to one challenge, as the service wants to have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._aws._generated import errors as service
from .._core.secret import Texts
from . import requests
from .context import PendingChallenge, SignIn
from .protocol import Flow, recall
from .requests import AuthReply

ReplyT = TypeVar("ReplyT")


def respond(
    sign_in: SignIn, challenge: PendingChallenge, responses: Texts, *, names_device: bool = False
) -> Flow[AuthReply]:
    """Answer a challenge: USERNAME, SECRET_HASH and the `Session` are added, and DEVICE_KEY where it may be named."""

    def send(texts: Texts) -> Flow[AuthReply]:
        return requests.respond(sign_in, challenge, texts)

    texts = {"USERNAME": challenge.username, **responses}
    if names_device:
        return (yield from naming_device(sign_in, texts, send))
    return (yield from send(texts))


def naming_device(sign_in: SignIn, texts: Texts, send: Callable[[Texts], Flow[ReplyT]]) -> Flow[ReplyT]:
    """Send with DEVICE_KEY, if this program is a device of the user; once more without, if that device is gone."""
    device = sign_in.device = (yield from recall(sign_in.username)) if sign_in.stale_device is None else None
    if device is None:
        return (yield from send(texts))
    try:
        return (yield from send({**texts, "DEVICE_KEY": device.key}))
    except service.ResourceNotFoundException:
        sign_in.stale_device, sign_in.device = device, None
    try:
        return (yield from send(texts))
    except service.ResourceNotFoundException:
        # A pool or client that is missing has the same type: the device is as good as before.
        sign_in.stale_device = None
        raise
