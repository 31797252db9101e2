"""The signed operations on users: AdminCreateUser, AdminGetUser, AdminConfirmSignUp, AdminDeleteUser, ListUsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta

from .._ground.arithmetic import run_sliced
from .attributes import check_attributes, from_wire, to_wire
from .codes import medium
from .passwords import check_password, temporary_password
from .records import Message, Pool, User
from .settings import Contact
from .sign_up import alias_exists, check_is_new, check_unconfirmed, confirm, make_user, with_contact
from .srp_server import new_salt, verifier
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


async def admin_create_user(state: State, request: Request) -> Reply:
    """Leads to FORCE_CHANGE_PASSWORD: the user's first sign-in asks for a new password."""
    pool = state.pool(request["UserPoolId"])
    if request.get("MessageAction") == "RESEND":
        return await _resend_invitation(state, pool, request)
    name = request["Username"]
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    check_attributes(attributes, pool.settings)
    password = _temporary(pool, request)
    user = await make_user(state, pool, name, password, attributes)
    check_is_new(pool, name, "User account already exists")
    _claim_aliases(pool, user, bool(request.get("ForceAliasCreation")))
    user.status = "FORCE_CHANGE_PASSWORD"
    _start_temporary(state, pool, user)
    pool.add(user)
    if request.get("MessageAction") != "SUPPRESS":
        _invite(state, user, password, request)
    return {"User": _shown(user, "Attributes")}


async def admin_get_user(state: State, request: Request) -> Reply:
    return _shown(_known_user(state, request)[1], "UserAttributes")


async def admin_confirm_sign_up(state: State, request: Request) -> Reply:
    """Confirms the user without a code, so no contact becomes verified by it."""
    _, user = _known_user(state, request)
    check_unconfirmed(user)
    user.codes.clear()
    confirm(state, user)
    return {}


async def admin_delete_user(state: State, request: Request) -> Reply:
    pool, user = _known_user(state, request)
    pool.remove(user)
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
    salt = new_salt()
    steps = verifier(pool.settings.srp_name, user.username, password, salt)
    user.verifier, user.salt = await run_sliced(steps, urgent=False), salt
    _start_temporary(state, pool, user)
    _invite(state, user, password, request)
    return {"User": _shown(user, "Attributes")}


def _temporary(pool: Pool, request: Request) -> str:
    policy = pool.settings.password_policy
    password: str = request.get("TemporaryPassword") or temporary_password(policy)
    check_password(password, policy)
    return password


def _start_temporary(state: State, pool: Pool, user: User) -> None:
    user.temporary_until = state.now() + timedelta(days=pool.settings.password_policy.temporary_password_days)


def _claim_aliases(pool: Pool, user: User, force: bool) -> None:
    for attribute in pool.settings.alias_attributes:
        if user.attributes.get(f"{attribute}_verified") != "true" or attribute not in user.attributes:
            continue
        other = pool.owner(attribute, user.attributes[attribute])
        if other is None:
            continue
        if not force:
            raise alias_exists(attribute)
        other.attributes[f"{attribute}_verified"] = "false"


def _invite(state: State, user: User, password: str, request: Request) -> None:
    """Over the media asked for, which is SMS when nothing is said; a medium without a contact sends nothing."""
    wanted = request.get("DesiredDeliveryMediums") or ["SMS"]
    contacts: tuple[Contact, Contact] = ("phone_number", "email")
    for contact in contacts:
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
