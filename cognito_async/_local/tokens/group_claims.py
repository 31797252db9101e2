"""Claims from a user's groups: their names, their roles, and the role of the group with the lowest precedence."""

from __future__ import annotations

from typing import Any

from ..state.entities import Group, User
from ..state.pools import Pool
from ..state.trigger_calls import TriggerResponse

_CLAIMS = {
    "groupsToOverride": "cognito:groups",
    "iamRolesToOverride": "cognito:roles",
    "preferredRole": "cognito:preferred_role",
}


def group_configuration(pool: Pool, user: User) -> dict[str, Any]:
    """Describe the groups for the token trigger, sorted by precedence, the lowest first, and then by name.

    The preferred role is that of the group with the lowest precedence, among groups with a role. If several such
    groups have different roles, the user has no preferred role.
    """
    groups = sorted((pool.groups[name] for name in user.groups), key=_rank)
    with_role = [(group.precedence, group.role_arn) for group in groups if group.role_arn is not None]
    first = {role for precedence, role in with_role if precedence == with_role[0][0]}
    return {
        "groupsToOverride": [group.name for group in groups],
        "iamRolesToOverride": list(dict.fromkeys(role for _, role in with_role)),
        "preferredRole": first.pop() if len(first) == 1 else None,
    }


def group_claims(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the group claims of an ID token, without empty ones."""
    return {claim: configuration[member] for member, claim in _CLAIMS.items() if configuration.get(member)}


def override_groups(claims: dict[str, Any], details: TriggerResponse) -> None:
    """Replace all group claims by the trigger's override. A claim that the override omits is removed."""
    for claim in _CLAIMS.values():
        claims.pop(claim, None)
    preferred = details.string("preferredRole")
    lists = {member: details.strings(member) for member in ("groupsToOverride", "iamRolesToOverride")}
    claims.update(group_claims({**lists, "preferredRole": preferred}))


def _rank(group: Group) -> tuple[bool, int, str]:
    return group.precedence is None, group.precedence or 0, group.name
