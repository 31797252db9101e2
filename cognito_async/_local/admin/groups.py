"""Groups of users: CreateGroup, GetGroup, UpdateGroup, DeleteGroup, ListGroups, and their members."""

from __future__ import annotations

from collections.abc import Iterable

from ..state.entities import Group
from ..state.pages import page
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from ..wire.validation import broken_constraint
from .known_users import describe_user, require_user
from .list_users import number_of


async def create_group(state: ServiceState, request: Request) -> Reply:
    pool, name, now = state.pool(request["UserPoolId"]), request["GroupName"], state.now()
    if name in pool.groups:
        raise Refusal("GroupExistsException", "A group with the name already exists.")
    group = pool.groups[name] = Group(name, now, now)
    _set_fields(group, request)
    return {"Group": _describe_group(pool, group)}


async def get_group(state: ServiceState, request: Request) -> Reply:
    pool, group = _require_group(state, request)
    return {"Group": _describe_group(pool, group)}


async def update_group(state: ServiceState, request: Request) -> Reply:
    """Change the fields that the request contains, and no others."""
    pool, group = _require_group(state, request)
    _set_fields(group, request)
    group.modified = state.now()
    return {"Group": _describe_group(pool, group)}


async def delete_group(state: ServiceState, request: Request) -> Reply:
    pool, group = _require_group(state, request)
    for user in pool.users.values():
        user.groups.discard(group.name)
    del pool.groups[group.name]
    return {}


async def list_groups(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    return _page_of_groups(state, request, pool, pool.groups, "ListGroups")


async def admin_add_user_to_group(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    _, group = _require_group(state, request)
    user.groups.add(group.name)
    return {}


async def admin_remove_user_from_group(state: ServiceState, request: Request) -> Reply:
    """Remove a user from a group. Do nothing if the user is not a member."""
    _, user = require_user(state, request)
    _, group = _require_group(state, request)
    user.groups.discard(group.name)
    return {}


async def admin_list_groups_for_user(state: ServiceState, request: Request) -> Reply:
    pool, user = require_user(state, request)
    if request.get("Limit") == 0:  # the model allows it, but aws/aws-sdk-js#2193 saw this
        raise broken_constraint("maxItems", "have value greater than or equal to 1", "Value '0'")
    return _page_of_groups(state, request, pool, user.groups, "AdminListGroupsForUser", user.sub)


async def list_users_in_group(state: ServiceState, request: Request) -> Reply:
    """List a group's users in the order in which the pool added them.

    A user who leaves the group and returns to it between two pages is therefore listed only once.
    """
    pool, group = _require_group(state, request)
    members = (user for user in pool.users.values() if group.name in user.groups)
    listing = "ListUsersInGroup", pool.settings.id, group.name
    users, more = page(state, request, "NextToken", members, number_of, *listing)
    return {"Users": [describe_user(user, "Attributes") for user in users], **more}


def _page_of_groups(state: ServiceState, request: Request, pool: Pool, names: Iterable[str], *listing: str) -> Reply:
    """Return a page of groups, sorted by name. A precedence could change between pages and so hide a group."""
    groups = [pool.groups[name] for name in sorted(names)]
    shown, more = page(state, request, "NextToken", groups, _name, *listing, pool.settings.id)
    return {"Groups": [_describe_group(pool, group) for group in shown], **more}


def _name(group: Group) -> str:
    return group.name


def _require_group(state: ServiceState, request: Request) -> tuple[Pool, Group]:
    pool = state.pool(request["UserPoolId"])
    group = pool.groups.get(request["GroupName"])
    if group is None:
        raise Refusal("ResourceNotFoundException", "Group not found.")
    return pool, group


def _set_fields(group: Group, request: Request) -> None:
    group.description = request.get("Description", group.description)
    group.role_arn = request.get("RoleArn", group.role_arn)
    group.precedence = request.get("Precedence", group.precedence)


def _describe_group(pool: Pool, group: Group) -> Reply:
    optional = {"Description": group.description, "RoleArn": group.role_arn, "Precedence": group.precedence}
    return {
        "GroupName": group.name,
        "UserPoolId": pool.settings.id,
        **{name: value for name, value in optional.items() if value is not None},
        "LastModifiedDate": round(group.modified.timestamp(), 3),
        "CreationDate": round(group.created.timestamp(), 3),
    }
