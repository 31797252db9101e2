"""An administrator's calls about groups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from . import results as admin_results
from .calls import AdminArguments, AdminCalls


class GroupCalls(AdminCalls):
    """The calls of `UserPoolAdmin` about groups."""

    async def create_group(
        self,
        name: str,
        *,
        description: str | None = None,
        role_arn: str | None = None,
        precedence: int | None = None,
        **call: Unpack[AdminArguments],
    ) -> admin_results.Group:
        """Create a group.

        Args:
            name: the group's name, which appears in the tokens of its members.
            description: a description for administrators.
            role_arn: the IAM role that an identity pool can give to the members.
            precedence: the group's rank. For a user in several groups, the one with the lowest number determines the
                role.

        Raises:
            GroupExistsException: if a group with this name exists.

        Source: CreateGroup.
        """
        reply = await self._call(
            lambda api: api.create_group(
                group_name=name, description=description, role_arn=role_arn, precedence=precedence, **call
            )
        )
        return admin_results.group(reply.group)

    async def group(self, name: str, **call: Unpack[AdminArguments]) -> admin_results.Group:
        """Return one group.

        Source: GetGroup.
        """
        return admin_results.group((await self._call(lambda api: api.get_group(group_name=name, **call))).group)

    def groups(self, **call: Unpack[AdminArguments]) -> AsyncIterator[admin_results.Group]:
        """List all groups of the pool: `async for group in admin.groups()`.

        Source: ListGroups, all pages.
        """
        return self._list(lambda api: api.items(api.list_groups, **call), lambda: admin_results.group)

    async def delete_group(self, name: str, **call: Unpack[AdminArguments]) -> None:
        """Delete a group. Its members remain users of the pool.

        Source: DeleteGroup.
        """
        await self._call(lambda api: api.delete_group(group_name=name, **call))

    async def add_to_group(self, username: str, group: str, **call: Unpack[AdminArguments]) -> None:
        """Add a user to a group. The user's next tokens include it.

        Source: AdminAddUserToGroup.
        """
        await self._call(lambda api: api.admin_add_user_to_group(username=username, group_name=group, **call))

    async def remove_from_group(self, username: str, group: str, **call: Unpack[AdminArguments]) -> None:
        """Remove a user from a group. The user's next tokens no longer include it.

        Source: AdminRemoveUserFromGroup.
        """
        await self._call(lambda api: api.admin_remove_user_from_group(username=username, group_name=group, **call))

    def groups_of(self, username: str, **call: Unpack[AdminArguments]) -> AsyncIterator[admin_results.Group]:
        """List the groups of a user.

        Source: AdminListGroupsForUser, all pages.
        """
        return self._list(
            lambda api: api.items(api.admin_list_groups_for_user, username=username, **call),
            lambda: admin_results.group,
        )

    def members(self, group: str, **call: Unpack[AdminArguments]) -> AsyncIterator[admin_results.AdminUser]:
        """List the users in a group.

        Source: ListUsersInGroup, all pages.
        """
        return self._list(
            lambda api: api.items(api.list_users_in_group, group_name=group, **call),
            lambda: admin_results.user_from_listing,
        )
