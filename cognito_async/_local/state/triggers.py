"""Async Python functions in the place of a pool's Lambda functions, called with the service's own events."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ..wire.refusals import Refusal

if TYPE_CHECKING:
    from .entities import Pool, User

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
    event: Event = _as_json(
        {
            "version": "1",
            "region": pool.settings.region,
            "userPoolId": pool.settings.id,
            "userName": username,
            "triggerSource": source,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
            "request": request,
            "response": response,
        }
    )
    try:
        returned = await trigger(event)
    except Exception as error:  # noqa: BLE001 - whatever a Lambda function raises refuses the call
        raise Refusal("UserLambdaValidationException", f"{name} failed with error {error}.") from None
    return _table(_table(_as_json(event if returned is None else returned)).get("response"))


def _as_json(value: Any) -> Any:
    """As a Lambda function is given it and gives it back: nothing is shared, and nothing but JSON comes through."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        raise unrecognizable() from None


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unrecognizable()
    return cast("dict[str, Any]", value)


def table(response: dict[str, Any], name: str) -> dict[str, Any]:
    """A member of a `response` that is an object, or nothing."""
    return _table(response.get(name) or {})


def names(response: dict[str, Any], name: str) -> list[str]:
    """A member of a `response` that is a list of texts, or nothing."""
    given: Any = response.get(name) or []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in cast("list[object]", given)):
        raise unrecognizable()
    return cast("list[str]", given)


def texts(response: dict[str, Any], name: str) -> dict[str, str]:
    """A member of a `response` that holds texts by name, or nothing."""
    members = table(response, name)
    if not all(isinstance(each, str) for each in members.values()):
        raise unrecognizable()
    return members


def unrecognizable() -> Refusal:
    return Refusal("InvalidLambdaResponseException", "Unrecognizable lambda output")


def attributes_of(user: User) -> dict[str, str]:
    """`userAttributes` of an event, with the status that the service puts among them."""
    return {"sub": user.sub, "cognito:user_status": user.status, **user.attributes}
