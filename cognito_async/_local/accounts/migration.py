"""The user-migration trigger: somebody whom the pool does not have, but another directory does."""

from __future__ import annotations

import uuid
from typing import Any

from ..._core.arithmetic import run_sliced
from ..state.attributes import check_attributes
from ..state.entities import Pool, Status, User
from ..state.service_state import ServiceState
from ..state.settings import AppClientSettings
from ..state.triggers import run, texts
from ..wire.refusals import Refusal
from .contacts import claim_aliases
from .srp_server import new_salt, verifier


async def migrate(
    state: ServiceState,
    pool: Pool,
    client: AppClientSettings,
    name: str,
    password: str | None,
    metadata: dict[str, str],
) -> User | None:
    """The user as the trigger knows it, now one of the pool's; without a password it is about a forgotten one.

    Nobody is sent a welcome message, whatever `messageAction` says.
    """
    trigger = pool.settings.triggers.user_migration
    if trigger is None:
        return None
    source = "UserMigration_Authentication" if password is not None else "UserMigration_ForgotPassword"
    request: dict[str, Any] = {"validationData": metadata, "clientMetadata": metadata}
    if password is not None:
        request["password"] = password
    try:
        found = await run(trigger, "UserMigration", source, pool, client.id, name, request, {"userAttributes": None})
    except Refusal:
        return None  # as if nobody had that name
    attributes = texts(found, "userAttributes")
    if not attributes:
        return None
    given = {key: value for key, value in attributes.items() if key not in ("sub", "username")}
    check_attributes(given, pool.settings)
    confirmed = found.get("finalUserStatus") == "CONFIRMED" and password is not None
    sub, now, salt = str(uuid.uuid4()), state.now(), new_salt()
    username = sub if pool.settings.username_attributes else name
    known_verifier = None
    if password is not None:
        # The pool's policy is not asked: the password was good enough where it comes from.
        known_verifier = await run_sliced(verifier(pool.settings.srp_name, username, password, salt), urgent=True)
    status: Status = "CONFIRMED" if confirmed else "RESET_REQUIRED"
    user = User(username, sub, given, salt, known_verifier, status, now, now)
    if found.get("enableSMSMFA") is True and given.get("phone_number"):
        user.mfa = ("SMS_MFA",)
    moved = pool.find(name)
    if moved is not None:  # meanwhile, by another sign-in
        return moved
    claim_aliases(pool, user, force=found.get("forceAliasCreation") is True)
    pool.add(user)
    return user
