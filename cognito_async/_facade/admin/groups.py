"""Groups, as an administrator manages them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from . import results as admin_results
from .calls import AdminArguments, AdminCalls


class GroupCalls(AdminCalls):
    """The calls of `UserPoolAdmin` that concern groups."""

    async def create_group(
        self,
        name: str,
        *,
        description: str | None = None,
        role_arn: str | None = None,
        precedence: int | None = None,
        **call: Unpack[AdminArguments],
    ) -> admin_results.Group:
        """Make a group.

        Args: as the attributes of `Group`.

        Raises:
            GroupExistsException: there is one of that name.

        Source: CreateGroup.
        """
        reply = await self._call(
            lambda api: api.create_group(
                group_name=name, description=description, role_arn=role_arn, precedence=precedence, **call
            )
        )
        return admin_results.group(reply.group)

    async def group(self, name: str, **call: Unpack[AdminArguments]) -> admin_results.Group:
        """One group.

        Source: GetGroup.
        """
        return admin_results.group((await self._call(lambda api: api.get_group(group_name=name, **call))).group)

    def groups(self, **call: Unpack[AdminArguments]) -> AsyncIterator[admin_results.Group]:
        """All groups of the pool: `async for group in admin.groups()`.

        Source: ListGroups, all pages.
        """
        return self._list(lambda api: api.items(api.list_groups, **call), lambda: admin_results.group)

    async def delete_group(self, name: str, **call: Unpack[AdminArguments]) -> None:
        """Delete a group; its members stay users.

        Source: DeleteGroup.
        """
        await self._call(lambda api: api.delete_group(group_name=name, **call))

    async def add_to_group(self, username: str, group: str, **call: Unpack[AdminArguments]) -> None:
        """Make a user a member, which the next tokens tell.

        Source: AdminAddUserToGroup.
        """
        await self._call(lambda api: api.admin_add_user_to_group(username=username, group_name=group, **call))

    async def remove_from_group(self, username: str, group: str, **call: Unpack[AdminArguments]) -> None:
        """Make a user no member any more, which the next tokens tell.

        Source: AdminRemoveUserFromGroup.
        """
        await self._call(lambda api: api.admin_remove_user_from_group(username=username, group_name=group, **call))

    def groups_of(self, username: str, **call: Unpack[AdminArguments]) -> AsyncIterator[admin_results.Group]:
        """The groups of a user.

        Source: AdminListGroupsForUser, all pages.
        """
        return self._list(
            lambda api: api.items(api.admin_list_groups_for_user, username=username, **call),
            lambda: admin_results.group,
        )

    def members(self, group: str, **call: Unpack[AdminArguments]) -> AsyncIterator[admin_results.AdminUser]:
        """The users in a group.

        Source: ListUsersInGroup, all pages.
        """
        return self._list(
            lambda api: api.items(api.list_users_in_group, group_name=group, **call),
            lambda: admin_results.listed,
        )
