"""What the calls of an administrator return."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from ..._aws._generated import admin_users, common, groups
from ..results import MfaPreference, Result


class AdminUser(Result):
    """A user as an administrator sees one.

    Attributes:
        username: the user's name in the pool.
        attributes: by their names, `sub` among them.
        status: such as `"CONFIRMED"` or `"FORCE_CHANGE_PASSWORD"`.
        enabled: whether the user may sign in.
        created, modified: aware datetimes.
        mfa: the second factors; of `UserPoolAdmin.user` alone, elsewhere the service does not tell.

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
        name: its name, which is in the tokens of its members.
        description: for people.
        role_arn: the role that an identity pool may give to its members.
        precedence: the group with the lowest number decides which role that is.
        created, modified: aware datetimes.

    Source: `GroupType` of the service's model.
    """

    name: str
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None
    created: datetime | None = None
    modified: datetime | None = None


def listed(user: common.UserType | None) -> AdminUser:
    """The user of a listing, or one that was just made."""
    user = user or common.UserType()
    return AdminUser(
        username=user.username or "",
        attributes=_attributes(user.attributes),
        status=user.user_status,
        enabled=user.enabled is not False,
        created=user.user_create_date,
        modified=user.user_last_modified_date,
    )


def shown(user: admin_users.AdminGetUserResponse) -> AdminUser:
    """The user of AdminGetUser."""
    return AdminUser(
        username=user.username or "",
        attributes=_attributes(user.user_attributes),
        status=user.user_status,
        enabled=user.enabled is not False,
        created=user.user_create_date,
        modified=user.user_last_modified_date,
        mfa=MfaPreference(preferred=user.preferred_mfa_setting, enabled=tuple(user.user_mfa_setting_list or ())),
    )


def group(shown: groups.GroupType | None) -> Group:
    """The service's group in our words."""
    shown = shown or groups.GroupType()
    return Group(
        name=shown.group_name or "",
        description=shown.description,
        role_arn=shown.role_arn,
        precedence=shown.precedence,
        created=shown.creation_date,
        modified=shown.last_modified_date,
    )


def attribute_list(attributes: dict[str, str]) -> list[common.AttributeType]:
    """Attributes as the service takes them."""
    return [common.AttributeType(name=name, value=value) for name, value in attributes.items()]


def _attributes(attributes: list[common.AttributeType] | None) -> dict[str, str]:
    return {each.name: each.value or "" for each in attributes or [] if each.name}
