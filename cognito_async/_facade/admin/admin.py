"""What services do every day with the users of a pool, signed with AWS credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar, Unpack

from ..._core.redact import mask
from . import results as admin_results
from .access import AccessCalls
from .bulk import Bulk, BulkProgress
from .calls import AdminArguments
from .filter import filter_text
from .groups import GroupCalls

T = TypeVar("T")

# As many as the service gives on one page.
_PAGE = 60


class UserPoolAdmin(GroupCalls, AccessCalls):
    """Use `pool.admin` in the services and scripts that manage the users of a pool; it needs AWS credentials.

    Every method takes `timeout` (seconds, all attempts included) and `max_attempts`; a listing takes them for each of
    its pages. For what is not here there is `pool.api`.

    Raises:
        ConfigurationError: an argument is missing or of another type; nothing was sent.
        CredentialsError: there are no AWS credentials.
        UserNotFoundException, ResourceNotFoundException: there is no such user, group or pool.
        AccessDeniedException: the credentials do not allow the operation.
        TransportError, ServiceError: as any call.
    """

    async def create_user(
        self,
        username: str,
        *,
        attributes: Mapping[str, str] | None = None,
        temporary_password: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        **call: Unpack[AdminArguments],
    ) -> admin_results.AdminUser:
        """Make a user without telling anybody; go on with `set_password`, or tell the user the temporary one.

        Args:
            attributes: such as `{"email": "alice@example.com", "email_verified": "true"}`.
            temporary_password: to be changed in the first sign-in; made by the service if not given.

        Raises:
            UsernameExistsException: there is one already.
            InvalidPasswordException: the pool's policy does not allow it.

        Source: AdminCreateUser with SUPPRESS.
        """
        temporary_password = mask(temporary_password)
        return await self._created(
            username, attributes, temporary_password, client_metadata, {**call, "message_action": "SUPPRESS"}
        )

    async def invite_user(
        self,
        username: str,
        *,
        attributes: Mapping[str, str] | None = None,
        by: Sequence[str] = ("EMAIL",),
        again: bool = False,
        temporary_password: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        **call: Unpack[AdminArguments],
    ) -> admin_results.AdminUser:
        """Make a user and have the service send the temporary password.

        Args:
            by: `"EMAIL"`, `"SMS"` or both.
            again: send a user who was invited before a new temporary password, because the old one was lost or ended.
            attributes, temporary_password, client_metadata: as for `create_user`.

        Raises:
            UsernameExistsException: there is one already, and `again` is not set.
            UnsupportedUserStateException: with `again`: the user has signed in since.
            CodeDeliveryFailureException: the message could not be sent.

        Source: AdminCreateUser.
        """
        temporary_password = mask(temporary_password)
        more: dict[str, Any] = {**call, "desired_delivery_mediums": list(by)}
        if again:
            more["message_action"] = "RESEND"
        return await self._created(username, attributes, temporary_password, client_metadata, more)

    async def user(self, username: str, **call: Unpack[AdminArguments]) -> admin_results.AdminUser:
        """Everything that the pool knows of a user.

        Source: AdminGetUser.
        """
        return admin_results.shown(await self._call(lambda api: api.admin_get_user(username=username, **call)))

    def users(
        self,
        attribute: str | None = None,
        *,
        equals: str | None = None,
        starts_with: str | None = None,
        only: Sequence[str] | None = None,
        page_size: int = _PAGE,
        **call: Unpack[AdminArguments],
    ) -> AsyncIterator[admin_results.AdminUser]:
        """All users, or those with an attribute: `async for user in admin.users("email", starts_with="alice@")`.

        A listing may be some seconds behind what was just changed.

        Args:
            attribute: `username`, `email`, `phone_number`, `name`, `given_name`, `family_name`, `preferred_username`,
                `sub`, `cognito:user_status`, or `status` (`"Enabled"` or `"Disabled"`).
            equals, starts_with: one of them, where there is an attribute; any text, the quoting is done here.
            only: the attributes to ask for; all if not given.
            page_size: how many users one request asks for, 1 to 60.

        Source: ListUsers, all pages.
        """
        return self._list(
            lambda api: api.items(
                api.list_users,
                filter_=filter_text(attribute, equals, starts_with),
                attributes_to_get=None if only is None else list(only),
                limit=page_size,
                **call,
            ),
            lambda: admin_results.listed,
        )

    async def confirm_sign_up(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None, **call: Unpack[AdminArguments]
    ) -> None:
        """Confirm a sign-up without its code; the address is not verified by that.

        Raises:
            NotAuthorizedException: the user is confirmed already.

        Source: AdminConfirmSignUp.
        """
        await self._call(
            lambda api: api.admin_confirm_sign_up(
                username=username, client_metadata=self._metadata(client_metadata), **call
            )
        )

    async def set_password(
        self, username: str, password: str, *, permanent: bool = True, **call: Unpack[AdminArguments]
    ) -> None:
        """Give a user this password; not `permanent`, the next sign-in asks for another one.

        Raises:
            InvalidPasswordException: the pool's policy does not allow it.

        Source: AdminSetUserPassword.
        """
        password = mask(password)
        await self._call(
            lambda api: api.admin_set_user_password(username=username, password=password, permanent=permanent, **call)
        )

    async def reset_password(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None, **call: Unpack[AdminArguments]
    ) -> None:
        """Have the service send the user a code, with which alone a new password can be set.

        Raises:
            InvalidParameterException: the user has no verified address.

        Source: AdminResetUserPassword.
        """
        await self._call(
            lambda api: api.admin_reset_user_password(
                username=username, client_metadata=self._metadata(client_metadata), **call
            )
        )

    async def enable_user(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """Let a user sign in again.

        Source: AdminEnableUser.
        """
        await self._call(lambda api: api.admin_enable_user(username=username, **call))

    async def disable_user(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """Keep a user from signing in, and end all sessions.

        Source: AdminDisableUser.
        """
        await self._call(lambda api: api.admin_disable_user(username=username, **call))

    async def delete_user(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """Delete a user, which nothing undoes.

        Source: AdminDeleteUser.
        """
        await self._call(lambda api: api.admin_delete_user(username=username, **call))

    async def update_attributes(
        self,
        username: str,
        attributes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
        **call: Unpack[AdminArguments],
    ) -> None:
        """Set attributes of a user; `email_verified` and `phone_number_verified` too.

        Raises:
            AliasExistsException: another user has that address as an alias.

        Source: AdminUpdateUserAttributes.
        """
        await self._call(
            lambda api: api.admin_update_user_attributes(
                username=username,
                user_attributes=self._attributes(attributes),
                client_metadata=self._metadata(client_metadata),
                **call,
            )
        )

    async def delete_attributes(self, username: str, names: Collection[str], **call: Unpack[AdminArguments]) -> None:
        """Remove attributes of a user.

        Source: AdminDeleteUserAttributes.
        """
        await self._call(
            lambda api: api.admin_delete_user_attributes(username=username, user_attribute_names=list(names), **call)
        )

    async def sign_out(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """End all sessions of a user; access tokens that are out count until they end where the service is not asked.

        Source: AdminUserGlobalSignOut.
        """
        await self._call(lambda api: api.admin_user_global_sign_out(username=username, **call))

    def bulk(
        self,
        work: Callable[[T], Awaitable[object]],
        *,
        at_once: int = 10,
        on_progress: Callable[[BulkProgress[T]], object] | None = None,
        done: Collection[T] | None = None,
    ) -> Bulk[T]:
        """Do something to many: `await admin.bulk(admin.disable_user).run(names)`; see `Bulk`.

        The pool's `rate_limits` keep it within the service's quotas.

        Args:
            work: an async function of one item, such as a method of this object.
            at_once: how many are under way.
            on_progress: told after each; what it raises ends the run.
            done: items of an earlier run, in this process or another, that are not to be done again.

        Raises:
            ConfigurationError: when an argument cannot be right.
        """
        return Bulk(work, at_once=at_once, on_progress=on_progress, done=done or ())

    async def _created(
        self,
        username: str,
        attributes: Mapping[str, str] | None,
        temporary_password: str | None,
        client_metadata: Mapping[str, str] | None,
        more: dict[str, Any],
    ) -> admin_results.AdminUser:
        reply = await self._call(
            lambda api: api.admin_create_user(
                username=username,
                user_attributes=self._attributes(attributes) or None,
                temporary_password=temporary_password,
                client_metadata=self._metadata(client_metadata),
                **more,
            )
        )
        return admin_results.listed(reply.user)
