"""Claims from a user's groups: their names, their roles, and the role of the group with the lowest precedence."""

from __future__ import annotations

from typing import Any, Final

from ..._triggers.token_generation import ClaimsAndScopeOverride, ClaimsOverride, GroupOverride
from ..state.entities import Group, User
from ..state.pools import Pool

GROUPS: Final = "cognito:groups"
_CLAIMS: Final = {
    "groupsToOverride": GROUPS,
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


def group_claims(configuration: dict[str, Any], token_use: str) -> dict[str, Any]:
    """Return the group claims of a token, without empty ones. Access tokens have the names of groups only."""
    members = _CLAIMS if token_use == "id" else ("groupsToOverride",)  # noqa: S105 - a kind of token
    return {_CLAIMS[member]: configuration[member] for member in members if configuration.get(member)}


def override_groups(claims: dict[str, Any], details: ClaimsOverride | ClaimsAndScopeOverride) -> None:
    """Replace the group claims of a token by the trigger's override, if it has one. What that omits is removed."""
    if "group_override_details" not in details.model_fields_set:
        return
    given = details.group_override_details or GroupOverride()
    configuration = {
        "groupsToOverride": list(given.groups_to_override or ()),
        "iamRolesToOverride": list(given.iam_roles_to_override or ()),
        "preferredRole": given.preferred_role,
    }
    suppress_groups(claims)
    claims.update(group_claims(configuration, claims["token_use"]))


def suppress_groups(claims: dict[str, Any]) -> None:
    """Remove the names of groups from a token, and with them the roles. Roles cannot be removed alone."""
    for claim in _CLAIMS.values():
        claims.pop(claim, None)


def _rank(group: Group) -> tuple[bool, int, str]:
    return group.precedence is None, group.precedence or 0, group.name
