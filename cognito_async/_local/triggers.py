"""Async Python functions in the place of a pool's Lambda functions, called with the service's own events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .wire import Refusal

if TYPE_CHECKING:
    from .records import Pool, User

Event = dict[str, Any]
Trigger = Callable[[Event], Awaitable[Event | None]]


@dataclass(frozen=True, slots=True)
class Triggers:
    """The triggers of a pool, each an async function that is given what a Lambda function would be given.

    An event has `version`, `region`, `userPoolId`, `userName`, `triggerSource`, `callerContext`, `request` and
    `response`. The function fills in `response` and returns the event; it may return nothing instead. What it
    raises refuses the call, as a failed Lambda function does.
    """

    pre_sign_up: Trigger | None = None
    post_confirmation: Trigger | None = None
    pre_authentication: Trigger | None = None
    post_authentication: Trigger | None = None
    pre_token_generation: Trigger | None = None
    user_migration: Trigger | None = None
    define_auth_challenge: Trigger | None = None
    create_auth_challenge: Trigger | None = None
    verify_auth_challenge_response: Trigger | None = None

    @property
    def has_custom_auth(self) -> bool:
        """Whether CUSTOM_AUTH has all three of its triggers."""
        return None not in (
            self.define_auth_challenge,
            self.create_auth_challenge,
            self.verify_auth_challenge_response,
        )


async def run(
    trigger: Trigger,
    name: str,
    source: str,
    pool: Pool,
    client_id: str,
    username: str,
    request: dict[str, Any],
    response: dict[str, Any],
) -> dict[str, Any]:
    """Call a trigger and return the `response` that it filled in; `name` is what its failure is told under."""
    event: Event = {
        "version": "1",
        "region": pool.settings.region,
        "userPoolId": pool.settings.id,
        "userName": username,
        "triggerSource": source,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "request": request,
        "response": response,
    }
    try:
        returned = await trigger(event)
    except Exception as error:  # noqa: BLE001 - whatever a Lambda function raises refuses the call
        raise Refusal("UserLambdaValidationException", f"{name} failed with error {error}.") from None
    answered: Any = event if returned is None else returned
    if not isinstance(answered, dict) or not isinstance(filled := cast("Event", answered).get("response"), dict):
        raise unrecognizable()
    return cast("dict[str, Any]", filled)


def texts(response: dict[str, Any], name: str) -> dict[str, str]:
    """A member of a `response` that holds texts by name, or nothing."""
    given: Any = response.get(name) or {}
    if not isinstance(given, dict):
        raise unrecognizable()
    members = cast("dict[object, object]", given)
    if not all(isinstance(each, str) for each in (*members, *members.values())):
        raise unrecognizable()
    return cast("dict[str, str]", members)


def unrecognizable() -> Refusal:
    return Refusal("InvalidLambdaResponseException", "Unrecognizable lambda output")


def attributes_of(user: User) -> dict[str, str]:
    """`userAttributes` of an event, with the status that the service puts among them."""
    return {"sub": user.sub, "cognito:user_status": user.status, **user.attributes}
