"""A pool's triggers as `LambdaConfig`: their ARNs, which calls can keep or remove."""

from __future__ import annotations

from typing import Any

from ..settings.pool import PoolSettings
from ..settings.triggers import Triggers
from ..triggers.calls import function_arn
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import not_supported

_FIELDS = {
    "PreSignUp": "pre_sign_up",
    "CustomMessage": "custom_message",
    "PostConfirmation": "post_confirmation",
    "PreAuthentication": "pre_authentication",
    "PostAuthentication": "post_authentication",
    "DefineAuthChallenge": "define_auth_challenge",
    "CreateAuthChallenge": "create_auth_challenge",
    "VerifyAuthChallengeResponse": "verify_auth_challenge_response",
    "PreTokenGeneration": "pre_token_generation",
    "UserMigration": "user_migration",
}
_VERSIONED = "PreTokenGenerationConfig"


def show_triggers(settings: PoolSettings) -> Reply:
    """Return the `LambdaConfig` of a pool. Its ARNs name the async functions of the pool."""
    shown: Reply = {
        member: function_arn(settings, field) for member, field in _FIELDS.items() if getattr(settings.triggers, field)
    }
    if "PreTokenGeneration" in shown:
        version = settings.pre_token_generation_version
        shown[_VERSIONED] = {"LambdaVersion": version, "LambdaArn": shown["PreTokenGeneration"]}
    return shown


def read_triggers(given: Request, settings: PoolSettings) -> dict[str, Any]:
    """Return the fields of settings for a `LambdaConfig`. It can name only the functions that the pool has."""
    known, named = show_triggers(settings), dict(given)
    versioned: Request = named.pop(_VERSIONED, {})
    if versioned:
        named.setdefault("PreTokenGeneration", versioned["LambdaArn"])
    for member, arn in named.items():
        if known.get(member) != arn:
            raise not_supported("Lambda functions", f"LambdaConfig.{member if member in given else _VERSIONED}")
    kept = {_FIELDS[member]: getattr(settings.triggers, _FIELDS[member]) for member in named}
    return {
        "triggers": Triggers(**kept),
        "pre_token_generation_version": versioned.get("LambdaVersion", "V1_0"),
    }
