"""Lambda handlers as the users of aws-lambda-powertools write them: with its data classes, and with its parser."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes import cognito_user_pool_event as events
from aws_lambda_powertools.utilities.data_classes import event_source
from aws_lambda_powertools.utilities.parser import event_parser, parse

from cognito_async.triggers import AnyTriggerEvent, PreSignUp

from ..pool_triggers import OLD_PASSWORD


@event_source(data_class=events.PreSignUpTriggerEvent)
def confirm(event: events.PreSignUpTriggerEvent, context: Any) -> Any:
    event.response.auto_confirm_user = True
    event.response.auto_verify_email = True
    return event.raw_event


@event_source(data_class=events.CustomMessageTriggerEvent)
def write(event: events.CustomMessageTriggerEvent, context: Any) -> Any:
    event.response.email_subject = "Welcome"
    event.response.email_message = f"{event.user_name}, your code is {event.request.code_parameter}."
    event.response.sms_message = f"Code: {event.request.code_parameter}"
    return event.raw_event


@event_source(data_class=events.UserMigrationTriggerEvent)
def migrate(event: events.UserMigrationTriggerEvent, context: Any) -> Any:
    if event.request.password != OLD_PASSWORD:
        raise LookupError("wrong password")
    event.response.user_attributes = {"email": "moved@example.com", "email_verified": "true"}
    event.response.final_user_status = "CONFIRMED"
    event.response.message_action = "SUPPRESS"
    event.response.desired_delivery_mediums = ["EMAIL"]
    event.response.force_alias_creation = False
    event.response.enable_sms_mfa = False
    return event.raw_event


@event_source(data_class=events.DefineAuthChallengeTriggerEvent)
def define(event: events.DefineAuthChallengeTriggerEvent, context: Any) -> Any:
    session = event.request.session
    event.response.issue_tokens = bool(session) and session[-1].challenge_result
    event.response.fail_authentication = len(session) == 3
    if not (event.response.issue_tokens or event.response.fail_authentication):
        event.response.challenge_name = "CUSTOM_CHALLENGE"
    return event.raw_event


@event_source(data_class=events.CreateAuthChallengeTriggerEvent)
def create(event: events.CreateAuthChallengeTriggerEvent, context: Any) -> Any:
    event.response.public_challenge_parameters = {"question": "6 * 7"}
    event.response.private_challenge_parameters = {"right": "42"}
    event.response.challenge_metadata = "multiplication"
    return event.raw_event


@event_source(data_class=events.VerifyAuthChallengeResponseTriggerEvent)
def verify(event: events.VerifyAuthChallengeResponseTriggerEvent, context: Any) -> Any:
    right = event.request.private_challenge_parameters["right"]
    event.response.answer_correct = event.request.challenge_answer == right
    return event.raw_event


@event_source(data_class=events.PreTokenGenerationTriggerEvent)
def change_id_token(event: events.PreTokenGenerationTriggerEvent, context: Any) -> Any:
    details = event.response.claims_override_details
    details.claims_to_add_or_override = {"plan": "free"}
    details.claims_to_suppress = ["given_name"]
    details.set_group_configuration_groups_to_override([*event.request.group_configuration.groups_to_override, "new"])
    details.set_group_configuration_iam_roles_to_override(["arn:aws:iam::123456789012:role/new"])
    details.set_group_configuration_preferred_role("arn:aws:iam::123456789012:role/new")
    return event.raw_event


@event_source(data_class=events.PreTokenGenerationV2TriggerEvent)
def change_both_tokens(event: events.PreTokenGenerationV2TriggerEvent, context: Any) -> Any:
    details = event.response.claims_scope_override_details
    details.id_token_generation.claims_to_add_or_override = {"plan": "free"}
    details.id_token_generation.claims_to_suppress = ["given_name"]
    details.access_token_generation.scopes_to_add = ["orders/read"]
    details.access_token_generation.scopes_to_suppress = event.request.scopes
    details.group_configuration = {"groupsToOverride": ["new"]}
    return event.raw_event


@event_parser(model=PreSignUp)
def confirm_by_parser(sign_up: PreSignUp, context: Any) -> Any:
    return sign_up.confirm(verify_email=True)


async def accept_by_parser(event: Any, context: Any) -> Any:
    """Serve several triggers."""
    # Its types say that a model is one class.
    model: Any = AnyTriggerEvent
    return parse(event=event, model=model).to_dict()
