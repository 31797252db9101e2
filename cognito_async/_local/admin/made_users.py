"""Users that a program adds directly to a pool, for its tests, without triggers and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from ..._crypto.power import complete
from ..accounts.contacts import CONTACT_OF, CONTACTS, check_preferred_username, claim_aliases
from ..accounts.new_users import check_is_new, with_contact
from ..accounts.passwords import check_password, temporary_password
from ..accounts.srp_server import new_salt, verifier
from ..accounts.totp import new_software_token
from ..settings.pool import Mfa
from ..settings.schema import Attribute
from ..state.attribute_values import is_email, is_phone_number
from ..state.attributes import check_attributes, check_required, missing, to_wire
from ..state.entities import Group, SoftwareToken, Status, User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.shapes import SHAPES
from ..wire.validation import check
from .known_users import start_temporary


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user that a program wants. Without a username or a password, the pool invents one."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    groups: tuple[str, ...] = ()
    mfa: Mfa | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    status: Status = "CONFIRMED"
    enabled: bool = True


def add_user(state: ServiceState, pool: Pool, new: NewUser) -> tuple[User, str]:
    """Add a user to the pool, and return the user with the password.

    The rules of the pool are those for users that administrators create. In addition, required attributes are required.
    """
    settings, now = pool.settings, state.now()
    _check_mfa(pool, new.mfa)
    name = _unused(pool, _name_of(pool)) if new.username is None else new.username
    attributes = with_contact(name, _attributes(pool, name, new), settings)
    password = temporary_password(settings.password_policy) if new.password is None else new.password
    _check_constraints(pool, name, password, attributes, new.groups)
    check_password(password, settings.password_policy)
    check_attributes(attributes, settings)
    check_required(attributes, settings)
    check_preferred_username(pool, new.status, attributes)
    check_is_new(pool, name, attributes)
    sub, salt = str(uuid4()), new_salt()
    username = sub if settings.username_attributes else name
    known_verifier = complete(verifier(settings.srp_name, username, password, salt))
    user = User(username, sub, attributes, salt, known_verifier, new.status, now, now, new.enabled)
    claim_aliases(pool, user, force=False)
    if new.mfa is not None:
        user.mfa, user.preferred_mfa = (new.mfa,), new.mfa
    if new.mfa == "SOFTWARE_TOKEN_MFA":
        user.software_token = SoftwareToken(new_software_token().secret, verified=True)
    if new.status == "FORCE_CHANGE_PASSWORD":
        start_temporary(state, pool, user)
    for group in new.groups:
        pool.groups.setdefault(group, Group(group, now, now))
        user.groups.add(group)
    pool.add(user)
    return user, password


def _check_mfa(pool: Pool, factor: Mfa | None) -> None:
    if factor is not None and (pool.settings.mfa == "OFF" or factor not in pool.settings.mfa_methods):
        raise Refusal("InvalidParameterException", f"the pool's settings do not allow {factor}: see mfa")


def _check_constraints(
    pool: Pool, name: str, password: str, attributes: dict[str, str], groups: tuple[str, ...]
) -> None:
    """Refuse what no request could contain."""
    common = {"UserPoolId": pool.settings.id, "Username": name}
    created = {**common, "TemporaryPassword": password, "UserAttributes": to_wire(attributes)}
    check(created, SHAPES["AdminCreateUser"])
    for group in groups:
        check({**common, "GroupName": group}, SHAPES["AdminAddUserToGroup"])


def _attributes(pool: Pool, name: str, new: NewUser) -> dict[str, str]:
    """Return the given attributes, with made-up values for missing ones that the user needs.

    An attribute with a blank value is left out. Contacts are verified, unless the user is not confirmed yet.
    """
    attributes = dict(new.attributes)
    needed = ["email", *missing(attributes, pool.settings)]
    if new.mfa in CONTACT_OF:
        needed.append(CONTACT_OF[new.mfa])
    for each in needed:
        if each not in attributes:
            attributes[each] = _example(pool, name, pool.settings.schema[each])
    attributes = {each: value for each, value in attributes.items() if value != ""}
    for contact in CONTACTS:
        if contact in attributes:
            attributes.setdefault(f"{contact}_verified", "false" if new.status == "UNCONFIRMED" else "true")
    return attributes


def _example(pool: Pool, name: str, attribute: Attribute) -> str:
    match attribute.name:
        case "email":
            mail = name if is_email(name) else f"{name}@example.com"
            return mail if is_email(mail) and not is_phone_number(name) else _unused(pool, _EMAIL)
        case "phone_number":
            return name if is_phone_number(name) else _unused(pool, _PHONE_NUMBER)
        case "birthdate":
            return "2000-01-01"
        case "updated_at":
            return "0"
        case text:
            return text.ljust(attribute.minimum or 0, "x")[: attribute.maximum]


_EMAIL: Callable[[int], str] = "user-{}@example.com".format
_PHONE_NUMBER: Callable[[int], str] = "+1555{:07}".format
_NAME: Callable[[int], str] = "user-{}".format


def _name_of(pool: Pool) -> Callable[[int], str]:
    allowed = pool.settings.username_attributes
    if not allowed:
        return _NAME
    return _EMAIL if "email" in allowed else _PHONE_NUMBER


def _unused(pool: Pool, form: Callable[[int], str]) -> str:
    """Return the first name of this form that no user has."""
    return next(name for number in count(len(pool.users) + 1) if pool.find(name := form(number)) is None)
