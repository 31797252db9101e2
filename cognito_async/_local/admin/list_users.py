"""ListUsers, with its filter language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..state.attributes import is_known
from ..state.entities import User
from ..state.pages import page
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .known_users import describe_user

_FILTER = re.compile(
    r"""\s*(?P<quote>"?)(?P<name>[\w:]+)(?P=quote)\s*(?P<operator>\^?=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*"""
)
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
# Other attributes are compared without case.
_WITH_CASE = frozenset({"username", "status"})


async def list_users(state: ServiceState, request: Request) -> Reply:
    """List the users that match the filter, in the order in which they were added."""
    pool, text = state.pool(request["UserPoolId"]), request.get("Filter", "")
    only: list[str] | None = request.get("AttributesToGet")
    if only is not None and not all(is_known(name, pool.settings) for name in only):
        raise invalid_parameter("One or more requested attributes do not exist in user pool.")
    matches = _filter(text)
    found = (user for user in pool.users.values() if matches(user))
    users, more = page(state, request, "PaginationToken", found, number_of, "ListUsers", pool.settings.id, text)
    for name in only or []:
        _check_has_values(name, users if name in _SEARCHABLE else pool.users.values())
    return {"Users": [describe_user(user, "Attributes", only) for user in users], **more}


def _check_has_values(name: str, users: Iterable[User]) -> None:
    """Refuse a requested attribute that a listed user does not have.

    One that is not searchable must have a value in every profile of the pool.
    """
    if name != "sub" and not all(name in user.attributes for user in users):
        raise invalid_parameter("One or more requested attributes do not exist.")


def number_of(user: User) -> int:
    return user.number


def _filter(text: str) -> Callable[[User], bool]:
    if not text:
        return lambda user: True
    parsed = _FILTER.fullmatch(text)
    if parsed is None:
        raise invalid_parameter("Error while parsing filter.")
    name, is_whole = parsed["name"], parsed["operator"] == "="
    if name not in _SEARCHABLE:
        raise invalid_parameter(f"Invalid search attribute: {name}")
    folded = _unchanged if name in _WITH_CASE else str.casefold
    wanted = folded(re.sub(r"\\(.)", r"\1", parsed["value"]))

    def matches(user: User) -> bool:
        value = _searched(user, name)
        return value is not None and (folded(value) == wanted if is_whole else folded(value).startswith(wanted))

    return matches


def _unchanged(text: str) -> str:
    return text


def _searched(user: User, name: str) -> str | None:
    match name:
        case "username":
            return user.username
        case "sub":
            return user.sub
        case "cognito:user_status":
            return user.status
        case "status":
            return "Enabled" if user.enabled else "Disabled"
        case _:
            return user.attributes.get(name)
