"""Events by name: those of the vectors, and those that our local pool fires."""

from __future__ import annotations

import copy
import functools
import json
from pathlib import Path
from typing import Any, Literal

import anyio

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.functions import LambdaHandler
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from tests.local.helpers import PASSWORD, Wire, answer, answering, listed
from tests.local.srp_client import SrpClient

from .. import pool_triggers
from ..pool_triggers import MOVED, OLD_PASSWORD

Event = dict[str, Any]
Version = Literal["V1_0", "V2_0", "V3_0"]
_FOLDER = Path(__file__).parents[2] / "vectors"
METADATA = {"shop": "7"}


def _read(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))


def _by_source(events: list[Event], folder: str) -> dict[str, Event]:
    return {f"{folder}/{event['triggerSource']}-{event['version']}": event for event in events}


REFERENCE = _by_source(_read("reference_trigger_events"), "reference")
VECTORS: dict[str, Event] = {
    **REFERENCE,
    **_by_source(_read("trigger_events"), "sent"),
    **{f"published/{name}": event for name, event in _read("published_trigger_events").items()},
}
# The others are bodies for a test in the console.
WITH_SOURCE = {name: event for name, event in VECTORS.items() if "triggerSource" in event}


class Recorder:
    """Lambda handlers for all triggers of a pool. They keep a copy of each event, and then call another handler."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def triggers(self) -> Triggers:
        return Triggers.from_lambda(
            self._recording(lambda event, context: event),
            user_migration=self._recording(pool_triggers.migrate),
            define_auth_challenge=self._recording(pool_triggers.define),
            create_auth_challenge=self._recording(pool_triggers.create),
            verify_auth_challenge_response=self._recording(pool_triggers.verify),
        )

    def _recording(self, handler: LambdaHandler) -> LambdaHandler:
        def recorded(event: Event, context: Any) -> Any:
            self.events.append(copy.deepcopy(event))
            return handler(event, context)

        return recorded


@functools.cache
def fired(version: Version) -> dict[str, list[Event]]:
    """Return the events that our local pool fires, by source and version."""
    recorder = Recorder()
    settings = PoolSettings(
        mfa="OPTIONAL", mfa_methods=("EMAIL_OTP",), pre_token_generation_version=version, triggers=recorder.triggers()
    )
    anyio.run(_drive, Wire(settings))
    anyio.run(_drive_unknown, Wire(settings, AppClientSettings(prevent_user_existence_errors="ENABLED")))
    events: dict[str, list[Event]] = {}
    for event in recorder.events:
        events.setdefault(f"pool/{event['triggerSource']}-{event['version']}", []).append(event)
    return events


async def _drive(wire: Wire) -> None:
    """Make each call that fires a trigger."""
    await wire.signed_up()
    tokens = await wire.tokens()
    await wire.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    await wire.call("GetTokensFromRefreshToken", RefreshToken=tokens["RefreshToken"])
    await _drive_custom_auth(wire)
    await _drive_codes(wire, tokens["AccessToken"])
    await _drive_administrator(wire)
    await wire.initiate(USERNAME=f"{MOVED}bob", PASSWORD=OLD_PASSWORD)
    await wire.call("ForgotPassword", Username=f"{MOVED}carol", ClientMetadata=METADATA)


async def _drive_custom_auth(wire: Wire) -> None:
    first = await wire.initiate("CUSTOM_AUTH", USERNAME="alice")
    second = await wire.call("RespondToAuthChallenge", **answering(first, {"ANSWER": "1"}), ClientMetadata=METADATA)
    await answer(wire, second, ANSWER="2")
    srp = SrpClient(wire.pool.id)
    asked = await wire.initiate("CUSTOM_AUTH", USERNAME="alice", CHALLENGE_NAME="SRP_A", SRP_A=srp.srp_a)
    proof = srp.answer(asked["ChallengeParameters"], PASSWORD, wire.clock.now())
    third = await answer(wire, asked, **proof)
    await answer(wire, await answer(wire, third, ANSWER="3"), ANSWER="4")


async def _drive_codes(wire: Wire, access_token: str) -> None:
    data = [{"Name": "invitation", "Value": "42"}]
    await wire.call(
        "SignUp",
        Username="dave",
        Password=PASSWORD,
        UserAttributes=listed({"email": "d@example.com"}),
        ValidationData=data,
        ClientMetadata=METADATA,
    )
    await wire.call("ResendConfirmationCode", Username="dave")
    await wire.call("ForgotPassword", Username="alice")
    code = wire.service.outbox[-1].code
    await wire.call("ConfirmForgotPassword", Username="alice", ConfirmationCode=code, Password=PASSWORD)
    await wire.call("UpdateUserAttributes", AccessToken=access_token, UserAttributes=listed({"email": "g@example.com"}))
    await wire.call("GetUserAttributeVerificationCode", AccessToken=access_token, AttributeName="email")


async def _drive_administrator(wire: Wire) -> None:
    email = listed({"email": "b@example.com", "email_verified": "true"})
    role = "arn:aws:iam::123456789012:role/editors"
    await wire.admin("CreateGroup", GroupName="editors", RoleArn=role, Precedence=1)
    await wire.admin(
        "AdminCreateUser",
        Username="erin",
        TemporaryPassword=PASSWORD,
        UserAttributes=email,
        DesiredDeliveryMediums=["EMAIL"],
    )
    await wire.admin("AdminAddUserToGroup", Username="erin", GroupName="editors")
    asked = await wire.initiate(USERNAME="erin", PASSWORD=PASSWORD)
    await answer(wire, asked, NEW_PASSWORD=PASSWORD)
    await wire.admin(
        "AdminSetUserMFAPreference", Username="erin", EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    sent = await wire.call(
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        ClientMetadata=METADATA,
        AuthParameters={"USERNAME": "erin", "PASSWORD": PASSWORD},
    )
    await answer(wire, sent, EMAIL_OTP_CODE=wire.service.outbox[-1].code)
    await wire.admin("AdminConfirmSignUp", Username="dave")


async def _drive_unknown(wire: Wire) -> None:
    """Sign in with a name that is unknown, which this app client does not tell."""
    await wire.initiate("CUSTOM_AUTH", USERNAME="nobody")
    await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD)
