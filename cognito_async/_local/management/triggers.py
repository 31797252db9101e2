"""A pool's triggers as `LambdaConfig`: their ARNs, which calls can keep or remove."""

from __future__ import annotations

from typing import Any

from ..settings.pool import PoolSettings
from ..settings.triggers import TRIGGER_NAMES, Triggers
from ..triggers.calls import function_arn
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import not_supported

_SENDERS = {name: TRIGGER_NAMES[name] for name in ("CustomEmailSender", "CustomSMSSender")}
# `LambdaConfig` has another name for this trigger than its events.
_RENAMED = {"TokenGeneration": "PreTokenGeneration"}
_FIELDS = {_RENAMED.get(name, name): field for name, field in TRIGGER_NAMES.items() if name not in _SENDERS}
_VERSIONED = "PreTokenGenerationConfig"
_KEY = "KMSKeyID"


def show_triggers(settings: PoolSettings) -> Reply:
    """Return the `LambdaConfig` of a pool. Its ARNs name the async functions of the pool."""
    shown: Reply = {
        member: function_arn(settings, field) for member, field in _FIELDS.items() if getattr(settings.triggers, field)
    }
    if "PreTokenGeneration" in shown:
        version = settings.pre_token_generation_version
        shown[_VERSIONED] = {"LambdaVersion": version, "LambdaArn": shown["PreTokenGeneration"]}
    for member, field in _SENDERS.items():
        if getattr(settings.triggers, field):
            shown[member] = {"LambdaVersion": "V1_0", "LambdaArn": function_arn(settings, field)}
    return shown if settings.kms_key_arn is None else {**shown, _KEY: settings.kms_key_arn}


def read_triggers(given: Request, settings: PoolSettings) -> dict[str, Any]:
    """Return the fields of settings for a `LambdaConfig`. It can name only the functions and the key of the pool."""
    known, named = show_triggers(settings), dict(given)
    versioned: Request = named.pop(_VERSIONED, {})
    if versioned:
        named.setdefault("PreTokenGeneration", versioned["LambdaArn"])
    for member, value in named.items():
        if known.get(member) != value:
            what = "other KMS keys" if member == _KEY else "Lambda functions"
            raise not_supported(what, f"LambdaConfig.{member if member in given else _VERSIONED}")
    # "Custom sender triggers require LambdaConfig parameters of KMSKeyID and CustomSMSSender or CustomEmailSender (or
    # both)" ("Custom sender Lambda triggers" in Amazon's guide). The service's text is unknown.
    key = named.pop(_KEY, None)
    if key is None and not _SENDERS.keys().isdisjoint(named):
        raise invalid_parameter(f"LambdaConfig.{_KEY} is required for custom senders.")
    fields = [(_FIELDS | _SENDERS)[member] for member in named]
    return {
        "triggers": Triggers(**{each: getattr(settings.triggers, each) for each in fields}),
        "kms_key_id": key,
        "pre_token_generation_version": versioned.get("LambdaVersion", "V1_0"),
    }
