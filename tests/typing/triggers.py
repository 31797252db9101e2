"""The types of the events of triggers. mypy and pyright check this file; it never runs."""

from __future__ import annotations

from typing import Any, assert_type

from cognito_async import triggers
from cognito_async.local import Triggers


def lambda_triggers(event: dict[str, Any]) -> dict[str, Any]:
    match triggers.parse(event):
        case triggers.PreSignUp() as sign_up:
            assert_type(sign_up.request.user_attributes, dict[str, str])
            assert_type(sign_up.request.validation_data, dict[str, str])
            return sign_up.confirm(verify_email=True)
        case triggers.PreTokenGenerationV2() as generation:  # version 3 too
            assert_type(generation.request.scopes, list[str])
            assert_type(generation.request.group_configuration, triggers.GroupConfiguration)
            return generation.change_tokens(access_claims={"plan": {"seats": 3}}, add_scopes=["orders/read"])
        case triggers.CustomEmailSender() | triggers.CustomSMSSender() as message:
            assert_type(message.decrypt_code(key_id="arn:aws:kms:…"), str)
            return message.to_dict()
        case triggers.DefineAuthChallenge() as challenge:
            assert_type(challenge.request.session, list[triggers.ChallengeResult])
            return challenge.ask()
        case other:
            assert_type(other.trigger_source, str)
            return other.to_dict()


def handlers() -> None:
    assert_type(triggers.PreSignUp.parse({}), triggers.PreSignUp)
    assert_type(triggers.PreSignUp.parse({}).confirm(), dict[str, Any])
    recorder = triggers.EventRecorder("events")

    @recorder
    def handler(event: dict[str, Any], context: object) -> int:
        return 1

    assert_type(handler({}, None), int)
    assert_type(Triggers.from_lambda(handler, user_migration="my_module:handler"), Triggers)
