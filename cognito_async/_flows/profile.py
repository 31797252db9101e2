"""What the service knows of a signed-in user."""

from __future__ import annotations

from .._generated.profile import GET_USER, GetUserRequest
from .protocol import Flow, call


def attributes(access_token: str) -> Flow[dict[str, str]]:
    """GetUser, as a plain dictionary."""
    reply = yield from call(GET_USER, GetUserRequest(access_token=access_token))
    return {attribute.name: attribute.value or "" for attribute in reply.user_attributes or [] if attribute.name}
