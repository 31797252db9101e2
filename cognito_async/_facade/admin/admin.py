"""The calls of an administrator about the users of a pool, signed with AWS credentials."""

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

# The service's maximum.
_PAGE = 60


class UserPoolAdmin(GroupCalls, AccessCalls):
    """The calls that manage the users of a pool: `pool.admin`. They need AWS credentials.

    Every method takes `timeout` (seconds, retries included) and `max_attempts`. For a listing they apply to each page.
    `pool.api` has all other operations.

    Raises:
        ConfigurationError: if an argument is missing or of the wrong type. Nothing was sent.
        CredentialsError: if no AWS credentials were found.
        UserNotFoundException, ResourceNotFoundException: if the user, group or pool does not exist.
        AccessDeniedException: if the credentials do not allow the operation.
        TransportError, ServiceError: if the call fails.
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
        """Create a user without sending an invitation.

        Afterwards, call `set_password`, or give the user the temporary password yourself.

        Args:
            username: the name of the new user.
            attributes: the user's attributes, such as `{"email": "alice@example.com", "email_verified": "true"}`.
            temporary_password: the password for the first sign-in, at which the user must set a new one. If you pass
                none, the service generates one.
            client_metadata: values that the pool's Lambda triggers receive.

        Raises:
            UsernameExistsException: if the name is taken.
            InvalidPasswordException: if the password violates the pool's policy.

        Source: AdminCreateUser with SUPPRESS.
        """
        temporary_password = mask(temporary_password)
        return await self._create(
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
        """Create a user and have the service send the temporary password.

        Besides `by` and `again`, it takes all arguments of `create_user`.

        Args:
            by: how to send the password: `"EMAIL"` (the default), `"SMS"` or both.
            again: whether to send a new temporary password to a user who was invited before, because the old one was
                lost or has expired.

        Raises:
            UsernameExistsException: if the name is taken, and `again` is false.
            UnsupportedUserStateException: if `again` is true, and the user has signed in since the first invitation.
            CodeDeliveryFailureException: if the message could not be sent.

        Source: AdminCreateUser.
        """
        temporary_password = mask(temporary_password)
        more: dict[str, Any] = {**call, "desired_delivery_mediums": list(by)}
        if again:
            more["message_action"] = "RESEND"
        return await self._create(username, attributes, temporary_password, client_metadata, more)

    async def user(self, username: str, **call: Unpack[AdminArguments]) -> admin_results.AdminUser:
        """Return a user with all attributes and second factors.

        Source: AdminGetUser.
        """
        return admin_results.user_from_details(
            await self._call(lambda api: api.admin_get_user(username=username, **call))
        )

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
        """List all users, or those whose attribute matches: `async for user in admin.users("email", equals=address)`.

        A change may appear in the listing only some seconds later.

        Args:
            attribute: the attribute to filter by: `username`, `email`, `phone_number`, `name`, `given_name`,
                `family_name`, `preferred_username`, `sub`, `cognito:user_status`, or `status` (`"Enabled"` or
                `"Disabled"`). It needs either `equals` or `starts_with`.
            equals: the value that the attribute must have. It may contain any characters.
            starts_with: the beginning that the attribute's value must have. It may contain any characters.
            only: the names of the attributes to return; all by default.
            page_size: users per request, from 1 to 60.

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
            lambda: admin_results.user_from_listing,
        )

    async def confirm_sign_up(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None, **call: Unpack[AdminArguments]
    ) -> None:
        """Confirm an account without a code. This does not verify the user's e-mail address or phone number.

        Raises:
            NotAuthorizedException: if the account is confirmed already.

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
        """Set a user's password.

        Args:
            username: the name of the user.
            password: the new password.
            permanent: whether the user can go on using the password, which is the default. Otherwise the user must set
                a new one at the next sign-in.

        Raises:
            InvalidPasswordException: if the password violates the pool's policy.

        Source: AdminSetUserPassword.
        """
        password = mask(password)
        await self._call(
            lambda api: api.admin_set_user_password(username=username, password=password, permanent=permanent, **call)
        )

    async def reset_password(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None, **call: Unpack[AdminArguments]
    ) -> None:
        """Invalidate a user's password. The service sends the user a code for `confirm_forgot_password`.

        Raises:
            InvalidParameterException: if the user has no verified e-mail address or phone number.

        Source: AdminResetUserPassword.
        """
        await self._call(
            lambda api: api.admin_reset_user_password(
                username=username, client_metadata=self._metadata(client_metadata), **call
            )
        )

    async def enable_user(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """Allow a disabled user to sign in again.

        Source: AdminEnableUser.
        """
        await self._call(lambda api: api.admin_enable_user(username=username, **call))

    async def disable_user(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """Prevent a user from signing in, and end all the user's sessions.

        Source: AdminDisableUser.
        """
        await self._call(lambda api: api.admin_disable_user(username=username, **call))

    async def delete_user(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """Delete a user permanently.

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
        """Set attributes of a user. `email_verified` and `phone_number_verified` can be set too.

        Raises:
            AliasExistsException: if another user can sign in with the e-mail address or phone number.

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
        """Delete attributes of a user.

        Source: AdminDeleteUserAttributes.
        """
        await self._call(
            lambda api: api.admin_delete_user_attributes(username=username, user_attribute_names=list(names), **call)
        )

    async def sign_out(self, username: str, **call: Unpack[AdminArguments]) -> None:
        """End all sessions of a user.

        Access tokens that were issued before do not change. Until they expire, verifiers that do not ask the service
        still accept them.

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
        """Prepare a call for many items: `await admin.bulk(admin.disable_user).run(names)`; see `Bulk`.

        To stay within the service's quotas, pass `rate_limits=` to the pool.

        Args:
            work: an async function with one parameter, such as a method of this object.
            at_once: how many items to process concurrently; 10 by default.
            on_progress: a function, plain or async, to call after each item. An exception that it raises ends the run.
            done: the items that an earlier run has processed, in this or another process. They are skipped.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        return Bulk(work, at_once=at_once, on_progress=on_progress, done=done or ())

    async def _create(
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
        return admin_results.user_from_listing(reply.user)
