"""The event when a name is unknown to the pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import Field

from .event import TriggerEvent
from .members import Members, Strings, texts


class UserMigrationRequest(Members):
    """The password with which the user signs in. It is `None` if the user has forgotten it."""

    password: str | None = Field(default=None, repr=False)
    validation_data: Strings = Field(default_factory=dict, repr=False)
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class UserMigrationResponse(Members):
    """The user to add to the pool. Without `user_attributes`, the user stays unknown."""

    user_attributes: dict[str, str] | None = None
    final_user_status: str | None = None
    message_action: str | None = None
    desired_delivery_mediums: list[str] | None = None
    force_alias_creation: bool | None = None
    enable_sms_mfa: bool | None = Field(default=None, alias="enableSMSMFA")


class UserMigration(TriggerEvent):
    """The event when a name is unknown to the pool: the function may find the user in another directory.

    If the user is unknown there too, or the password is wrong, raise an exception.

    Source: "Migrate user Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "UserMigration"
    sources: ClassVar[tuple[str, ...]] = ("UserMigration_Authentication", "UserMigration_ForgotPassword")

    request: UserMigrationRequest = Field(default_factory=UserMigrationRequest)
    response: UserMigrationResponse = Field(default_factory=UserMigrationResponse)

    def migrate(
        self,
        attributes: Mapping[str, str],
        *,
        confirmed: bool = True,
        welcome_by: Iterable[str] = (),
        force_alias: bool = False,
        enable_sms_mfa: bool = False,
    ) -> dict[str, Any]:
        """Add the user to the pool, and return the event for Cognito.

        Args:
            attributes: the user's attributes. For a reset of the password, include a verified contact:
                `{"email": …, "email_verified": "true"}`.
            confirmed: whether the user can sign in with this password from now on; otherwise a reset is required.
            welcome_by: how Cognito sends a welcome message: "EMAIL", "SMS" or both. By default, it sends none.
            force_alias: whether a contact that is the alias of another user becomes that of this one.
            enable_sms_mfa: whether the user needs a code by SMS for each sign-in.
        """
        mediums = texts(welcome_by, "welcome_by")
        response = self.response
        response.user_attributes = dict(attributes)
        response.final_user_status = "CONFIRMED" if confirmed else "RESET_REQUIRED"
        response.set_or_clear("message_action", None if mediums else "SUPPRESS")
        response.set_or_clear("desired_delivery_mediums", mediums or None)
        response.force_alias_creation = force_alias
        response.set_or_clear("enable_sms_mfa", True if enable_sms_mfa else None)
        return self.to_dict()
