"""Async Python functions that replace a pool's Lambda functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any, Final

from ..._core.errors import ConfigurationError

Event = dict[str, Any]
Trigger = Callable[[Event], Awaitable[Event | None]]

# The field of `Triggers` for each trigger, which events name in their `triggerSource`.
TRIGGER_NAMES: Final = {
    "PreSignUp": "pre_sign_up",
    "PostConfirmation": "post_confirmation",
    "PreAuthentication": "pre_authentication",
    "PostAuthentication": "post_authentication",
    "TokenGeneration": "pre_token_generation",
    "CustomMessage": "custom_message",
    "UserMigration": "user_migration",
    "DefineAuthChallenge": "define_auth_challenge",
    "CreateAuthChallenge": "create_auth_challenge",
    "VerifyAuthChallengeResponse": "verify_auth_challenge_response",
}


@dataclass(frozen=True, slots=True)
class Triggers:
    """The triggers of a pool. Each is an async function that receives the event of a Lambda function.

    An event has `version`, `region`, `userPoolId`, `userName`, `triggerSource`, `callerContext`, `request` and
    `response`. The function fills in `response` and returns the event, or `None`. If it raises an
    exception, the client's call is refused, as after a failed Lambda function. It is also refused if `response` has an
    unknown member, or a value of the wrong type.

    `PoolSettings.pre_token_generation_version` sets the version of the events for `pre_token_generation`.

    Raises:
        ConfigurationError: if a trigger is not a function.
    """

    pre_sign_up: Trigger | None = None
    post_confirmation: Trigger | None = None
    pre_authentication: Trigger | None = None
    post_authentication: Trigger | None = None
    pre_token_generation: Trigger | None = None
    custom_message: Trigger | None = None
    user_migration: Trigger | None = None
    define_auth_challenge: Trigger | None = None
    create_auth_challenge: Trigger | None = None
    verify_auth_challenge_response: Trigger | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            function = getattr(self, each.name)
            if function is not None and not callable(function):
                raise ConfigurationError(f"{each.name} must be an async function")

    @property
    def has_custom_auth(self) -> bool:
        """Return whether CUSTOM_AUTH has all three of its triggers."""
        return None not in (
            self.define_auth_challenge,
            self.create_auth_challenge,
            self.verify_auth_challenge_response,
        )
