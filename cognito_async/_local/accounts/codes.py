"""Confirmation codes: sent to a contact, and checked when the user enters them."""

from __future__ import annotations

import hmac
import string
from datetime import timedelta

from ..settings.pool import Contact
from ..state.attribute_values import is_email, is_phone_number
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
    if outstanding is None or outstanding.has_expired(state.now()) or not _went_to_contact(outstanding, purpose, user):
        raise expired_code()
    if not hmac.compare_digest(outstanding.code.encode(), code.encode()):
        raise code_mismatch()
    return outstanding.attribute


def knows_code(user: User | None, purpose: str, code: str) -> bool:
    """Return whether `code` is the outstanding one, even if it has expired."""
    outstanding = user.codes.get(purpose) if user is not None else None
    return outstanding is not None and hmac.compare_digest(outstanding.code.encode(), code.encode())


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


def decoy_code(state: ServiceState) -> OutstandingCode:
    """Return a code that is never sent, and that no answer matches. It expires like one for a forgotten password."""
    return OutstandingCode("", "", "", state.now() + _RESET_VALID_FOR)


def decoy_delivery(state: ServiceState, pool: Pool, name: str, user: User | None) -> Reply:
    """Return delivery details, the same each time for a name, although no message is sent.

    For a user, they show the contact that got the code of the sign-up. For an unknown name, the form of the name and
    the settings of the pool determine the kind of contact.
    """
    contact = deliverable(pool, user) if user is not None else None
    if user is not None and contact is not None:
        return delivery(contact, user.attributes[contact])
    by_sms = "email" not in pool.settings.auto_verified and "phone_number" in pool.settings.auto_verified
    attribute: Contact = "phone_number" if is_phone_number(name) or (by_sms and not is_email(name)) else "email"
    return delivery(attribute, fake_contact(state, pool, name, attribute))


def fake_contact(state: ServiceState, pool: Pool, name: str, attribute: str) -> str:
    """Return the fake destination of a code, the same each time for a name: the name itself if it is a contact."""
    noise = state.fake_bytes(pool, name, "delivery")
    if attribute == "phone_number":
        return name if is_phone_number(name) else f"+{int.from_bytes(noise[:4], 'big') % 10**4:04}"
    letters = string.ascii_lowercase
    return pool.key(name) if is_email(name) else f"{letters[noise[0] % 26]}@{letters[noise[1] % 26]}"
