"""The claims and scopes of tokens."""

from typing import Any

from cognito_async.triggers import PreTokenGenerationV2


def pre_token_generation(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Add the customer's plan to both tokens, and the scope of reports to those of managers."""
    generation = PreTokenGenerationV2.parse(event)
    plan = {"plan": generation.request.user_attributes.get("custom:plan", "free")}
    is_manager = "managers" in generation.request.group_configuration.groups_to_override
    scopes = ["orders/report"] if is_manager else []
    return generation.change_tokens(id_claims=plan, access_claims=plan, add_scopes=scopes)
