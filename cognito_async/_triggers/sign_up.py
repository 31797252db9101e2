"""The events before a user is added and after a user is confirmed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from .event import NoResponse, TriggerEvent
from .members import Members, NullIsFalse, Strings


class PreSignUpRequest(Members):
    """The attributes and data of the call that adds the user. In `SignUp`, the user has no `sub` yet."""

    user_attributes: Strings = Field(default_factory=dict)
    validation_data: Strings = Field(default_factory=dict, repr=False)
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class PreSignUpResponse(Members):
    """The confirmation of the user, and the verification of contacts, without codes."""

    auto_confirm_user: Annotated[bool, NullIsFalse] = False
    auto_verify_email: Annotated[bool, NullIsFalse] = False
    auto_verify_phone: Annotated[bool, NullIsFalse] = False


class PreSignUp(TriggerEvent):
    """The event before a user is added. To refuse the user, raise an exception: the caller gets its text.

    Source: "Pre sign-up Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "PreSignUp"
    sources: ClassVar[tuple[str, ...]] = (
        "PreSignUp_SignUp",
        "PreSignUp_AdminCreateUser",
        "PreSignUp_ExternalProvider",
    )

    request: PreSignUpRequest = Field(default_factory=PreSignUpRequest)
    response: PreSignUpResponse = Field(default_factory=PreSignUpResponse)

    def confirm(self, *, verify_email: bool = False, verify_phone_number: bool = False) -> dict[str, Any]:
        """Confirm the user without a code, and return the event for Cognito.

        Args:
            verify_email: whether the email address counts as verified. The user must have one.
            verify_phone_number: whether the phone number counts as verified. The user must have one.
        """
        self.response.auto_confirm_user = True
        self.response.auto_verify_email = verify_email
        self.response.auto_verify_phone = verify_phone_number
        return self.to_dict()


class PostConfirmationRequest(Members):
    """The attributes of the user, and the metadata of the call."""

    user_attributes: Strings = Field(default_factory=dict)
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class PostConfirmation(TriggerEvent):
    """The event after a user has been confirmed, or has set a new password with a code.

    Source: "Post confirmation Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "PostConfirmation"
    sources: ClassVar[tuple[str, ...]] = ("PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword")

    request: PostConfirmationRequest = Field(default_factory=PostConfirmationRequest)
    response: NoResponse = Field(default_factory=NoResponse)
