"""Messages to users: codes and invitations, stored in the outbox instead of being sent."""

from __future__ import annotations

import secrets
from typing import Literal

from ..settings.pool import Contact
from ..state.callers import Caller
from ..state.entities import Message, MessageKind, User
from ..state.service_state import ServiceState
from ..wire.replies import Reply


async def send_new_code(
    state: ServiceState,
    caller: Caller,
    user: User,
    contact: Contact,
    kind: MessageKind,
    destination: str | None = None,
    *,
    digits: int = 6,
) -> str:
    """Send a new code and return it. By default, its destination is the current value of the user's contact."""
    code = caller.pool.settings.fixed_code or f"{secrets.randbelow(10**digits):0{digits}}"
    await send(state, user, contact, kind, code, destination or user.attributes[contact])
    return code


async def send(
    state: ServiceState, user: User, contact: Contact, kind: MessageKind, code: str, destination: str
) -> None:
    state.post(Message(destination, medium(contact), contact, code, user.username, kind))


def delivery(attribute: Contact, destination: str) -> Reply:
    """Return the `CodeDeliveryDetails` of a reply, with the destination masked."""
    return {"Destination": _mask(destination), "DeliveryMedium": medium(attribute), "AttributeName": attribute}


def medium(attribute: Contact) -> Literal["EMAIL", "SMS"]:
    return "EMAIL" if attribute == "email" else "SMS"


def _mask(destination: str) -> str:
    local, at, domain = destination.partition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else f"+*******{destination[-4:]}"
