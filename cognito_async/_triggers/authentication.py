"""The events before and after the proofs of a sign-in."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .event import NoResponse, TriggerEvent
from .members import Members, Strings


class PreAuthenticationRequest(Members):
    """The user who signs in. `user_not_found` is only there if the app client hides which users exist."""

    user_attributes: Strings = Field(default_factory=dict)
    validation_data: Strings = Field(default_factory=dict, repr=False)
    client_metadata: Strings = Field(default_factory=dict, repr=False)
    user_not_found: bool | None = None


class PreAuthentication(TriggerEvent):
    """The event when a sign-in begins, before any proof. To refuse the sign-in, raise an exception.

    Source: "Pre authentication Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "PreAuthentication"
    sources: ClassVar[tuple[str, ...]] = ("PreAuthentication_Authentication",)

    request: PreAuthenticationRequest = Field(default_factory=PreAuthenticationRequest)
    response: NoResponse = Field(default_factory=NoResponse)


class PostAuthenticationRequest(Members):
    """The user who has signed in. `new_device_used` says whether Cognito did not remember the device."""

    user_attributes: Strings = Field(default_factory=dict)
    new_device_used: bool | None = None
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class PostAuthentication(TriggerEvent):
    """The event after a user has passed all challenges of a sign-in.

    Source: "Post authentication Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "PostAuthentication"
    sources: ClassVar[tuple[str, ...]] = ("PostAuthentication_Authentication",)

    request: PostAuthenticationRequest = Field(default_factory=PostAuthenticationRequest)
    response: NoResponse = Field(default_factory=NoResponse)
