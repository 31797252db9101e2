"""Messages to users: codes and invitations, stored in the outbox instead of being sent."""

from __future__ import annotations

import secrets
from typing import Final

from ..._triggers.messages import CustomMessage, CustomMessageRequest
from ..settings.pool import Contact
from ..state.attributes import trigger_attributes
from ..state.callers import Caller
from ..state.entities import Message, MessageKind, User
from ..state.service_state import ServiceState
from ..state.trigger_events import CODE, LINK, USERNAME, MessageSource
from ..triggers.calls import fire
from ..wire.replies import Reply
from .message_texts import Medium, message_texts
from .senders import call_sender, has_sender

_SOURCES: Final[dict[MessageKind, MessageSource]] = {
    "sign_up": "CustomMessage_SignUp",
    "resend_code": "CustomMessage_ResendCode",
    "invitation": "CustomMessage_AdminCreateUser",
    "forgot_password": "CustomMessage_ForgotPassword",
    "verify_attribute": "CustomMessage_VerifyUserAttribute",
    "mfa": "CustomMessage_Authentication",
    "one_time_password": "CustomMessage_Authentication",
}


async def send_new_code(
    state: ServiceState,
    caller: Caller,
    user: User,
    contact: Contact,
    kind: MessageKind,
    destination: str | None = None,
    *,
    digits: int = 6,
    source: MessageSource | None = None,
) -> str:
    """Send a new code and return it. By default, its destination is the current value of the user's contact."""
    code = caller.pool.settings.fixed_code or f"{secrets.randbelow(10**digits):0{digits}}"
    await send(state, caller, user, contact, kind, code, destination or user.attributes[contact], source=source)
    return code


async def send(
    state: ServiceState,
    caller: Caller,
    user: User,
    contact: Contact,
    kind: MessageKind,
    code: str,
    destination: str,
    *,
    source: MessageSource | None = None,
) -> None:
    """Add a message to the outbox, with the texts of the custom message trigger, or else of the pool.

    If the pool has a custom sender for the medium, it writes and sends the message, so the one in the outbox has no
    text. `source` is the `triggerSource` of its event; by default, the one of the message's kind.
    """
    source = source or _SOURCES[kind]
    by = medium(contact)
    if has_sender(caller.pool.settings, by):
        state.post(Message(destination, by, contact, code, user.username, kind))
        await call_sender(state, caller, user, by, source, code)
        return
    request = CustomMessageRequest(
        user_attributes=trigger_attributes(user),
        code_parameter=CODE,
        link_parameter=LINK,
        username_parameter=USERNAME if kind == "invitation" else None,
        client_metadata=caller.metadata,
    )
    event = CustomMessage(user_name=user.username, trigger_source=source, request=request)
    response, members = await fire(state, caller.origin, event), caller.pool.description.members
    texts = message_texts(source, by, members, response, user.username, code)
    state.post(Message(destination, by, contact, code, user.username, kind, body=texts.body, subject=texts.subject))


def delivery(attribute: Contact, destination: str) -> Reply:
    """Return the `CodeDeliveryDetails` of a reply, with the destination masked."""
    return {"Destination": _mask(destination), "DeliveryMedium": medium(attribute), "AttributeName": attribute}


def medium(attribute: Contact) -> Medium:
    return "EMAIL" if attribute == "email" else "SMS"


def _mask(destination: str) -> str:
    local, at, domain = destination.partition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else f"+*******{destination[-4:]}"
