"""Confirmation codes: sent to a contact, and checked when the user enters them."""

from __future__ import annotations

import hmac
from datetime import timedelta

from ..settings.pool import Contact
from ..state.attribute_values import is_email
from ..state.callers import Caller
from ..state.entities import MessageKind, OutstandingCode, User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.trigger_events import MessageSource
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.replies import Reply
from .contacts import CONTACTS
from .messages import delivery, send_new_code

_VALID_FOR = timedelta(hours=24)
_RESET_VALID_FOR = timedelta(hours=1)
SIGN_UP = "sign_up"
FORGOT_PASSWORD = "forgot_password"  # noqa: S105 - the purpose of a code


def deliverable(pool: Pool, user: User) -> Contact | None:
    """Return the contact for the user's sign-up code, if any. Like the service, prefer the phone number."""
    return next((each for each in CONTACTS if each in pool.settings.auto_verified and each in user.attributes), None)


def deliverable_contact(attribute: str) -> Contact:
    """Return the attribute as a contact. Refuse any other, because codes can only be sent to contacts."""
    for contact in CONTACTS:
        if attribute == contact:
            return contact
    raise invalid_parameter(f"Invalid attribute name {attribute}: a code can only be sent to email or phone_number.")


async def send_code(
    state: ServiceState,
    caller: Caller,
    user: User,
    attribute: Contact,
    kind: MessageKind,
    purpose: str,
    destination: str | None = None,
    *,
    source: MessageSource | None = None,
) -> Reply:
    """Send a new code, which replaces any older one for this purpose, and return the `CodeDeliveryDetails`.

    `destination` is where the code is sent, such as a new contact that the user has not confirmed yet; by default, the
    current value of the attribute.
    """
    destination = destination or user.attributes[attribute]
    code = await send_new_code(state, caller, user, attribute, kind, destination, source=source)
    valid_for = _RESET_VALID_FOR if purpose == FORGOT_PASSWORD else _VALID_FOR
    user.codes[purpose] = OutstandingCode(code, attribute, destination, state.now() + valid_for)
    return delivery(attribute, destination)


def check_code(state: ServiceState, user: User, purpose: str, code: str) -> str:
    """Check that `code` is the outstanding one, and return the attribute to which it was sent.

    The caller then deletes the outstanding code.
    """
    outstanding = user.codes.get(purpose)
    if outstanding is None or state.now() >= outstanding.expires or not _went_to_contact(outstanding, purpose, user):
        raise expired_code()
    if not hmac.compare_digest(outstanding.code.encode(), code.encode()):
        raise code_mismatch()
    return outstanding.attribute


def _went_to_contact(outstanding: OutstandingCode, purpose: str, user: User) -> bool:
    """Return whether the code was sent to the value that it would confirm.

    This is the contact's new value if it is not confirmed yet, otherwise the current one. Both may have changed since.
    """
    attribute = outstanding.attribute
    waiting = user.pending.get(attribute) if purpose == attribute else None
    return outstanding.destination == (waiting or user.attributes.get(attribute))


def expired_code() -> Refusal:
    return Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")


def code_mismatch() -> Refusal:
    return Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")


def fake_delivery(state: ServiceState, pool: Pool, name: str) -> Reply:
    """Return fake delivery details for an unknown user, the same each time for a name. No message is sent."""
    attribute: Contact = "email" if "email" in pool.settings.auto_verified else "phone_number"
    return delivery(attribute, fake_contact(state, pool, name, attribute))


def fake_contact(state: ServiceState, pool: Pool, name: str, attribute: str) -> str:
    """Return the fake destination of an unknown user's code, the same each time for a name."""
    noise = state.fake_bytes(pool, name, "delivery")
    if attribute == "phone_number":
        return f"+{noise[0] * 256 + noise[1]:04}"
    letters = "abcdefghijklmnopqrstuvwxyz"
    return name if is_email(name) else f"{letters[noise[0] % 26]}@{letters[noise[1] % 26]}"
