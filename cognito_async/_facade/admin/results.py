"""The results of an administrator's calls."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from ..._aws._generated import admin_users, common, groups
from ..results import MfaPreference, Result


class AdminUser(Result):
    """A user of the pool, as an administrator sees it.

    Attributes:
        username: the user's name in the pool.
        attributes: the attributes by name, including `sub`.
        status: the state of the account, such as `"CONFIRMED"` or `"FORCE_CHANGE_PASSWORD"`.
        enabled: whether the user may sign in.
        created: the time of the user's creation, with a time zone.
        modified: the time of the last change, with a time zone.
        mfa: the second factors. Only `UserPoolAdmin.user` returns them; in listings it is `None`.

    Source: `UserType` of the service's model, and AdminGetUser.
    """

    username: str
    attributes: dict[str, str] = Field(default_factory=dict)
    status: str | None = None
    enabled: bool = True
    created: datetime | None = None
    modified: datetime | None = None
    mfa: MfaPreference | None = None


class Group(Result):
    """A group of a user pool.

    Attributes:
        name: the group's name, which appears in the tokens of its members.
        description: a description for administrators.
        role_arn: the IAM role that an identity pool can give to the members.
        precedence: the group's rank. For a user in several groups, the one with the lowest number determines the role.
        created: the time of the group's creation, with a time zone.
        modified: the time of the last change, with a time zone.

    Source: `GroupType` of the service's model.
    """

    name: str
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None
    created: datetime | None = None
    modified: datetime | None = None


def user_from_listing(user: common.UserType | None) -> AdminUser:
    """Convert a user of a listing, or one that was just created."""
    user = user or common.UserType()
    return AdminUser(
        username=user.username or "",
        attributes=_attributes(user.attributes),
        status=user.user_status,
        enabled=user.enabled is not False,
        created=user.user_create_date,
        modified=user.user_last_modified_date,
    )


def user_from_details(user: admin_users.AdminGetUserResponse) -> AdminUser:
    """Convert the user of AdminGetUser."""
    return AdminUser(
        username=user.username or "",
        attributes=_attributes(user.user_attributes),
        status=user.user_status,
        enabled=user.enabled is not False,
        created=user.user_create_date,
        modified=user.user_last_modified_date,
        mfa=MfaPreference(preferred=user.preferred_mfa_setting, enabled=tuple(user.user_mfa_setting_list or ())),
    )


def group(group_type: groups.GroupType | None) -> Group:
    """Convert a group of the service."""
    group_type = group_type or groups.GroupType()
    return Group(
        name=group_type.group_name or "",
        description=group_type.description,
        role_arn=group_type.role_arn,
        precedence=group_type.precedence,
        created=group_type.creation_date,
        modified=group_type.last_modified_date,
    )


def attribute_list(attributes: dict[str, str]) -> list[common.AttributeType]:
    """Convert attributes to the service's format."""
    return [common.AttributeType(name=name, value=value) for name, value in attributes.items()]


def _attributes(attributes: list[common.AttributeType] | None) -> dict[str, str]:
    return {each.name: each.value or "" for each in attributes or [] if each.name}
