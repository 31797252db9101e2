"""What a user's groups bring into tokens: their names, their roles, and the role of the one that goes first."""

from __future__ import annotations

from typing import Any

from ..state.entities import Group, Pool, User
from ..state.triggers import names, unrecognizable

_CLAIMS = {
    "groupsToOverride": "cognito:groups",
    "iamRolesToOverride": "cognito:roles",
    "preferredRole": "cognito:preferred_role",
}


def group_configuration(pool: Pool, user: User) -> dict[str, Any]:
    """As the trigger of the tokens is told of them: by precedence, the lowest first; among equals by name.

    Among several groups of the lowest precedence that have roles none goes first, unless they have the same role.
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
    """Claims of an ID token; none that would say nothing."""
    return {claim: configuration[member] for member, claim in _CLAIMS.items() if configuration.get(member)}


def override(claims: dict[str, Any], details: dict[str, Any]) -> None:
    """What the trigger says of groups stands in the place of all that they brought; nothing said of one is nothing."""
    for claim in _CLAIMS.values():
        claims.pop(claim, None)
    preferred = details.get("preferredRole")
    if preferred is not None and not isinstance(preferred, str):
        raise unrecognizable()
    lists = {member: names(details, member) for member in ("groupsToOverride", "iamRolesToOverride")}
    claims.update(group_claims({**lists, "preferredRole": preferred}))


def _rank(group: Group) -> tuple[bool, int, str]:
    return group.precedence is None, group.precedence or 0, group.name
