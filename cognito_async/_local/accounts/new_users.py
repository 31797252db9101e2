"""The steps that SignUp and AdminCreateUser share: the check of the name, the new user, and the trigger."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from ..._triggers.sign_up import PreSignUp, PreSignUpRequest, PreSignUpResponse
from ..settings.pool import PoolSettings
from ..state.attribute_values import is_email, is_phone_number
from ..state.attributes import from_wire
from ..state.callers import Caller
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.trigger_events import SignUpSource
from ..triggers.calls import fire
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.requests import Request
from .password_verifiers import new_verifier
from .srp_server import new_salt


async def new_user(
    state: ServiceState, pool: Pool, name: str, password: str | None, attributes: dict[str, str]
) -> User:
    """Make a user without adding it to the pool. If users sign up with a contact, the username is the `sub`."""
    sub = str(uuid.uuid4())
    username = sub if pool.settings.username_attributes else name
    now = state.now()
    if password:
        salt, known_verifier = await new_verifier(pool, username, password, urgent=False)
        return User(username, sub, attributes, salt, known_verifier, "UNCONFIRMED", now, now)
    return User(username, sub, attributes, new_salt(), None, "UNCONFIRMED", now, now)


async def pre_sign_up(
    state: ServiceState, caller: Caller, user: User, source: SignUpSource, request: Request
) -> PreSignUpResponse:
    """Call the pre-sign-up trigger, which refuses the user by raising an exception."""
    told = PreSignUpRequest(
        user_attributes=user.attributes,
        validation_data=from_wire(request.get("ValidationData", [])),
        client_metadata=caller.metadata,
    )
    return await fire(state, caller.origin, PreSignUp(user_name=user.username, trigger_source=source, request=told))


def check_is_new(pool: Pool, name: str, attributes: Mapping[str, str], message: str = "User already exists") -> None:
    """Refuse a new user whose name another user has. If users sign up with contacts, each contact is such a name."""
    for contact in pool.settings.username_attributes:
        if pool.find(attributes.get(contact, "")) is not None:
            raise Refusal("UsernameExistsException", f"An account with the given {contact} already exists.")
    if pool.find(name) is not None:
        raise Refusal("UsernameExistsException", message)


def with_contact(name: str, attributes: dict[str, str], settings: PoolSettings) -> dict[str, str]:
    """Check the form of a new user's name. If it is a contact, add it to the attributes."""
    allowed = settings.username_attributes
    if not allowed:
        if "email" in settings.alias_attributes and is_email(name):
            raise invalid_parameter(
                "Username cannot be of email format, since user pool is configured for email alias."
            )
        if "phone_number" in settings.alias_attributes and is_phone_number(name):
            raise invalid_parameter(
                "Username cannot be of phone number format, since user pool is configured for phone number alias."
            )
        return attributes
    for contact, matches in (("email", is_email), ("phone_number", is_phone_number)):
        if contact in allowed and matches(name):
            if (attributes.get(contact) or name) != name:
                raise invalid_parameter(
                    f"User {contact} should be empty or same as username, since username attribute is {contact}."
                )
            return {**attributes, contact: name}
    if len(allowed) > 1:
        raise invalid_parameter("Username should be either an email or a phone number.")
    raise invalid_parameter(f"Username should be {'an email' if 'email' in allowed else 'a phone number'}.")
