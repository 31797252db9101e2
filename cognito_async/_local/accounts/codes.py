"""Confirmation codes: made, "sent" to the outbox, masked for the reply, and checked."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Literal

from ..state.attributes import is_email
from ..state.entities import Message, MessageKind, OutstandingCode, Pool, User
from ..state.service_state import ServiceState
from ..state.settings import Contact
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.replies import Reply
from .contacts import CONTACTS

_VALID_FOR = timedelta(hours=24)
_RESET_VALID_FOR = timedelta(hours=1)
SIGN_UP = "sign_up"
FORGOT_PASSWORD = "forgot_password"  # noqa: S105 - what a code is for


def deliverable(pool: Pool, user: User) -> Contact | None:
    """Where this user's code goes: a phone number before an address, as the service prefers it."""
    return next((each for each in CONTACTS if each in pool.settings.auto_verified and each in user.attributes), None)


def deliverable_contact(attribute: str) -> Contact:
    """An attribute to which a code can be sent."""
    for contact in CONTACTS:
        if attribute == contact:
            return contact
    raise invalid_parameter(f"Invalid attribute name {attribute}: a code is sent to email or phone_number.")


def send_code(
    state: ServiceState,
    pool: Pool,
    user: User,
    attribute: Contact,
    kind: MessageKind,
    purpose: str,
    destination: str | None = None,
) -> Reply:
    """Send a new code, which takes the place of any older one for this purpose; returns the `CodeDeliveryDetails`.

    `destination` is a value that the attribute is yet to get; if not given the code goes to the one it has.
    """
    code = pool.settings.fixed_code or f"{secrets.randbelow(1_000_000):06}"
    valid_for = _RESET_VALID_FOR if purpose == FORGOT_PASSWORD else _VALID_FOR
    destination = destination or user.attributes[attribute]
    user.codes[purpose] = OutstandingCode(code, attribute, destination, state.now() + valid_for)
    state.post(Message(destination, medium(attribute), attribute, code, user.username, kind))
    return delivery(attribute, destination)


def check_code(state: ServiceState, user: User, purpose: str, code: str) -> str:
    """The attribute that the outstanding code was sent to, if this is it; who makes use of it deletes the code."""
    outstanding = user.codes.get(purpose)
    if outstanding is None or state.now() >= outstanding.expires or not _went_there(outstanding, purpose, user):
        raise expired_code()
    if not hmac.compare_digest(outstanding.code.encode(), code.encode()):
        raise code_mismatch()
    return outstanding.attribute


def _went_there(outstanding: OutstandingCode, purpose: str, user: User) -> bool:
    """Whether the user still has, or is to have, the contact that the code went to: it says nothing about another."""
    attribute = outstanding.attribute
    waiting = user.pending.get(attribute) if purpose == attribute else None
    return outstanding.destination == (waiting or user.attributes.get(attribute))


def expired_code() -> Refusal:
    return Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")


def code_mismatch() -> Refusal:
    return Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")


def pretended_delivery(state: ServiceState, pool: Pool, name: str) -> Reply:
    """What somebody who does not exist is told: the same each time, and nothing is sent."""
    attribute: Contact = "email" if "email" in pool.settings.auto_verified else "phone_number"
    return delivery(attribute, pretended_contact(state, pool, name, attribute))


def pretended_contact(state: ServiceState, pool: Pool, name: str, attribute: str) -> str:
    """Where the code of somebody who does not exist is said to go: the same each time."""
    noise = state.pretended_bytes(pool, name, "delivery")
    if attribute == "phone_number":
        return f"+{noise[0] * 256 + noise[1]:04}"
    letters = "abcdefghijklmnopqrstuvwxyz"
    return name if is_email(name) else f"{letters[noise[0] % 26]}@{letters[noise[1] % 26]}"


def delivery(attribute: Contact, destination: str) -> Reply:
    return {"Destination": _mask(destination), "DeliveryMedium": medium(attribute), "AttributeName": attribute}


def medium(attribute: Contact) -> Literal["EMAIL", "SMS"]:
    return "EMAIL" if attribute == "email" else "SMS"


def _mask(destination: str) -> str:
    local, at, domain = destination.partition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else f"+*******{destination[-4:]}"
