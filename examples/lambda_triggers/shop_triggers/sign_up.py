"""The check of a sign-up, and the new member after it."""

import os
from typing import Any

from cognito_async.triggers import PostConfirmation, PreSignUp

from . import outside


def pre_sign_up(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Let people of the allowed domains in. They confirm their address by a code."""
    sign_up = PreSignUp.parse(event)
    domain = sign_up.request.user_attributes.get("email", "").rpartition("@")[2].lower()
    if domain not in os.environ["ALLOWED_DOMAINS"].split(","):
        raise PermissionError(f"Nobody can sign up with an address at {domain or 'no domain'}")
    return sign_up.to_dict()


def post_confirmation(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Write the new member into the table. A reset of a password is such an event too."""
    confirmation = PostConfirmation.parse(event)
    if confirmation.trigger_source == "PostConfirmation_ConfirmSignUp":
        attributes = confirmation.request.user_attributes
        outside.save_member({"sub": attributes["sub"], "email": attributes["email"], "plan": "free"})
    return confirmation.to_dict()
