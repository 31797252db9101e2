"""Confirmation codes: made, "sent" to the outbox, masked for the reply, and checked."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Literal

from .attributes import is_email
from .records import Message, OutstandingCode, Pool, User
from .settings import Contact
from .state import State
from .wire import Refusal, Reply

_VALID_FOR = timedelta(hours=24)


def deliverable(pool: Pool, user: User) -> Contact | None:
    """Where this user's code goes: a phone number before an address, as the service prefers it."""
    contacts: tuple[Contact, Contact] = ("phone_number", "email")
    return next((each for each in contacts if each in pool.settings.auto_verified and each in user.attributes), None)


def send_code(
    state: State, pool: Pool, user: User, attribute: Contact, kind: Literal["sign_up", "resend_code"]
) -> Reply:
    """Send a new code, which takes the place of any older one; returns the `CodeDeliveryDetails`."""
    code = pool.settings.fixed_code or f"{secrets.randbelow(1_000_000):06}"
    user.codes["sign_up"] = OutstandingCode(code, attribute, state.now() + _VALID_FOR)
    destination = user.attributes[attribute]
    state.post(Message(destination, medium(attribute), attribute, code, user.username, kind))
    return delivery(attribute, destination)


def check_code(state: State, user: User, code: str) -> str:
    """The attribute that the code was sent to, if it is the outstanding one."""
    outstanding = user.codes.get("sign_up")
    if outstanding is None or state.now() >= outstanding.expires:
        raise Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
    if not hmac.compare_digest(outstanding.code.encode(), code.encode()):
        raise code_mismatch()
    del user.codes["sign_up"]
    return outstanding.attribute


def code_mismatch() -> Refusal:
    return Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")


def pretended_delivery(state: State, pool: Pool, name: str) -> Reply:
    """What somebody who does not exist is told: the same each time, and nothing is sent."""
    noise = state.pretence(pool, name, "delivery")
    if "email" not in pool.settings.auto_verified:
        return delivery("phone_number", f"+{noise[0] * 256 + noise[1]:04}")
    letters = "abcdefghijklmnopqrstuvwxyz"
    return delivery("email", name if is_email(name) else f"{letters[noise[0] % 26]}@{letters[noise[1] % 26]}")


def delivery(attribute: Contact, destination: str) -> Reply:
    return {"Destination": _mask(destination), "DeliveryMedium": medium(attribute), "AttributeName": attribute}


def medium(attribute: Contact) -> Literal["EMAIL", "SMS"]:
    return "EMAIL" if attribute == "email" else "SMS"


def _mask(destination: str) -> str:
    local, at, domain = destination.partition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else f"+*******{destination[-4:]}"
