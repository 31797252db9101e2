"""The signed operations on users: AdminCreateUser, AdminGetUser, AdminConfirmSignUp, AdminDeleteUser, ListUsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta

from .attributes import check_attributes, from_wire, to_wire
from .codes import FORGOT_PASSWORD, medium, send_code
from .contacts import CONTACTS, claim_aliases, set_contact
from .mfa_settings import set_preference
from .new_password import set_password
from .passwords import check_password, temporary_password
from .profile import check_changes, delete_attribute, shown_mfa
from .records import Message, Pool, User
from .sign_up import check_is_new, check_unconfirmed, confirm, make_user, pre_sign_up, with_contact
from .state import State, user_not_found
from .wire import Refusal, Reply, Request, invalid_parameter

_FILTER = re.compile(r'\s*"?(?P<name>[\w:]+)"?\s*(?P<operator>\^?=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*')
_SEARCHABLE = frozenset(
    {
        "username",
        "email",
        "phone_number",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "sub",
        "cognito:user_status",
        "status",
    }
)
_MOST_USERS = 60
_NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"


async def admin_create_user(state: State, request: Request) -> Reply:
    """Leads to FORCE_CHANGE_PASSWORD: the user's first sign-in asks for a new password."""
    pool = state.pool(request["UserPoolId"])
    if request.get("MessageAction") == "RESEND":
        return await _resend_invitation(state, pool, request)
    name = request["Username"]
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    check_attributes(attributes, pool.settings)
    passwordless = _is_passwordless(pool, attributes, request)
    password = "" if passwordless else _temporary(pool, request)
    user = await make_user(state, pool, name, password, attributes)
    await pre_sign_up(pool, _NO_CLIENT, user, "PreSignUp_AdminCreateUser", request)
    check_is_new(pool, name, "User account already exists")
    claim_aliases(pool, user, force=bool(request.get("ForceAliasCreation")))
    if passwordless:
        user.status = "CONFIRMED"
    else:
        user.status = "FORCE_CHANGE_PASSWORD"
        _start_temporary(state, pool, user)
    pool.add(user)
    if request.get("MessageAction") != "SUPPRESS":
        _invite(state, user, password, request)
    return {"User": _shown(user, "Attributes")}


async def admin_get_user(state: State, request: Request) -> Reply:
    _, user = _known_user(state, request)
    return {**_shown(user, "UserAttributes"), **shown_mfa(user)}


async def admin_confirm_sign_up(state: State, request: Request) -> Reply:
    """Confirms the user without a code, so no contact becomes verified by it."""
    pool, user = _known_user(state, request)
    check_unconfirmed(user)
    await confirm(state, pool, _NO_CLIENT, user, request, source="PostConfirmation_ConfirmSignUp")
    return {}


async def admin_delete_user(state: State, request: Request) -> Reply:
    pool, user = _known_user(state, request)
    pool.remove(user)
    return {}


async def admin_set_user_password(state: State, request: Request) -> Reply:
    """A permanent password confirms the user; any other is a temporary one."""
    pool, user = _known_user(state, request)
    check_password(request["Password"], pool.settings.password_policy)
    await set_password(state, pool.settings.srp_name, user, request["Password"])
    if request.get("Permanent"):
        user.status, user.temporary_until = "CONFIRMED", None
    else:
        user.status = "FORCE_CHANGE_PASSWORD"
        _start_temporary(state, pool, user)
    return {}


async def admin_reset_user_password(state: State, request: Request) -> Reply:
    """The old password is good for nothing, and a code for a new one goes out."""
    pool, user = _known_user(state, request)
    user.status, user.modified = "RESET_REQUIRED", state.now()
    for contact in CONTACTS:
        if user.attributes.get(f"{contact}_verified") == "true":
            send_code(state, pool, user, contact, "forgot_password", FORGOT_PASSWORD)
            break
    return {}


async def admin_set_user_mfa_preference(state: State, request: Request) -> Reply:
    return set_preference(*_known_user(state, request), request)


async def admin_update_user_attributes(state: State, request: Request) -> Reply:
    """Unlike users, administrators may say that a contact is verified."""
    pool, user = _known_user(state, request)
    given = from_wire(request["UserAttributes"])
    check_changes(pool, user, given)
    for contact in CONTACTS:
        if given.get(contact, user.attributes.get(contact)) != user.attributes.get(contact):
            set_contact(user, contact, given[contact])
    for name, value in given.items():
        if value:
            user.attributes[name] = value
        else:
            delete_attribute(user, name)
    user.modified = state.now()
    return {}


async def list_users(state: State, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    matches = _filter(request.get("Filter", ""))
    start = 0
    if "PaginationToken" in request:
        known = state.seal.open_page(request["PaginationToken"])
        if known is None:
            raise invalid_parameter("Invalid pagination token given.")
        start = known["start"]
    end = start + (request.get("Limit") or _MOST_USERS)
    found = [user for user in pool.users.values() if matches(user)]
    reply: Reply = {"Users": [_shown(user, "Attributes", request.get("AttributesToGet")) for user in found[start:end]]}
    if end < len(found):
        reply["PaginationToken"] = state.seal.page({"start": end})
    return reply


def _known_user(state: State, request: Request) -> tuple[Pool, User]:
    """Unlike sign-in, these operations take the `sub` for a name too."""
    pool = state.pool(request["UserPoolId"])
    user = pool.find(request["Username"]) or pool.find_by_sub(request["Username"])
    if user is None:
        raise user_not_found()
    return pool, user


async def _resend_invitation(state: State, pool: Pool, request: Request) -> Reply:
    """A new temporary password for somebody who has not used the old one."""
    _, user = _known_user(state, request)
    if user.status != "FORCE_CHANGE_PASSWORD":
        message = f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
        raise Refusal("UnsupportedUserStateException", message)
    password = _temporary(pool, request)
    await set_password(state, pool.settings.srp_name, user, password)
    _start_temporary(state, pool, user)
    _invite(state, user, password, request)
    return {"User": _shown(user, "Attributes")}


def _is_passwordless(pool: Pool, attributes: dict[str, str], request: Request) -> bool:
    """Without an invitation a user who can have one-time passwords needs no other, and is confirmed at once."""
    if request.get("TemporaryPassword") or request.get("MessageAction") != "SUPPRESS":
        return False
    ways = {"EMAIL_OTP": "email_verified", "SMS_OTP": "phone_number_verified"}
    factors: tuple[str, ...] = pool.settings.first_factors
    return any(way in factors and attributes.get(flag) == "true" for way, flag in ways.items())


def _temporary(pool: Pool, request: Request) -> str:
    policy = pool.settings.password_policy
    password: str = request.get("TemporaryPassword") or temporary_password(policy)
    check_password(password, policy)
    return password


def _start_temporary(state: State, pool: Pool, user: User) -> None:
    user.temporary_until = state.now() + timedelta(days=pool.settings.password_policy.temporary_password_days)


def _invite(state: State, user: User, password: str, request: Request) -> None:
    """Over the media asked for, which is SMS when nothing is said; a medium without a contact sends nothing."""
    wanted = request.get("DesiredDeliveryMediums") or ["SMS"]
    for contact in CONTACTS:
        if medium(contact) in wanted and contact in user.attributes:
            address = user.attributes[contact]
            state.post(Message(address, medium(contact), contact, password, user.username, "invitation"))


def _shown(user: User, attributes: str, only: Iterable[str] | None = None) -> Reply:
    return {
        "Username": user.username,
        attributes: to_wire({"sub": user.sub, **user.attributes}, only),
        "UserCreateDate": round(user.created.timestamp(), 3),
        "UserLastModifiedDate": round(user.modified.timestamp(), 3),
        "Enabled": user.enabled,
        "UserStatus": user.status,
    }


def _filter(text: str) -> Callable[[User], bool]:
    if not text:
        return lambda user: True
    parsed = _FILTER.fullmatch(text)
    if parsed is None:
        raise invalid_parameter("Error while parsing filter.")
    name, operator = parsed["name"], parsed["operator"]
    if name not in _SEARCHABLE:
        raise invalid_parameter(f"Invalid search attribute: {name}")
    wanted = re.sub(r"\\(.)", r"\1", parsed["value"])
    if name in ("cognito:user_status", "status"):
        wanted = wanted.casefold()

    def matches(user: User) -> bool:
        value = _searched(user, name)
        return value is not None and (value == wanted if operator == "=" else value.startswith(wanted))

    return matches


def _searched(user: User, name: str) -> str | None:
    special = {
        "username": user.username,
        "sub": user.sub,
        "cognito:user_status": user.status.casefold(),
        "status": "enabled" if user.enabled else "disabled",
    }
    return special.get(name) or user.attributes.get(name)
