"""Checks that several operations share: secret hashes, statuses and limits."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import cast

from ..settings.client import AppClientSettings
from ..wire.refusals import (
    Refusal,
    invalid_parameter,
    not_authorized,
    password_reset_required,
    user_disabled,
    user_not_confirmed,
)
from .entities import User
from .pools import Pool


def check_secret_hash(
    client: AppClientSettings, username: str, secret_hash: str | None, *, ignored_without_secret: bool = False
) -> None:
    if client.secret is None:
        if secret_hash and not ignored_without_secret:
            raise invalid_parameter(f"App client {client.id} is not configured for secret but secret hash was received")
        return
    if not secret_hash:
        raise not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    digest = hmac.new(client.secret.encode(), (username + client.id).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), secret_hash.encode()):
        # The service's text since 2025; before, it was "Unable to verify secret hash for client <id>".
        raise not_authorized(f"SecretHash does not match for the client: {client.id}")


def fault_of_client_secret(client: AppClientSettings, secret: str | None) -> str | None:
    """Return why a client secret is refused, or `None`, for the operations that take it instead of a hash."""
    if client.secret is None:
        return None
    if not secret:
        return f"Client {client.id} is configured with secret but client secret was not received"
    if not hmac.compare_digest(client.secret.encode(), secret.encode()):
        return f"Unable to verify client secret for client {client.id}"
    return None


def check_status(user: User) -> None:
    """Refuse users who cannot sign in. Check `enabled` first: disabled users must not learn of other reasons."""
    if not user.enabled:
        raise user_disabled()
    if user.status == "UNCONFIRMED":
        raise user_not_confirmed()


def check_reset(client: AppClientSettings, user: User) -> None:
    """Refuse a user who must set a new password. Call this only after the user has proved a first factor."""
    if user.status != "RESET_REQUIRED":
        return
    if hides_unknown_users(client):
        raise not_authorized("Incorrect username or password.")
    raise password_reset_required()


def hides_unknown_users(client: AppClientSettings) -> bool:
    return client.prevent_user_existence_errors == "ENABLED"


def user_not_found_flag(client: AppClientSettings, user: User | None) -> bool | None:
    """Return the `userNotFound` of a trigger's event. It is set only for clients that hide unknown users."""
    return user is None if hides_unknown_users(client) else None


def count_password_attempt(pool: Pool, name: str, proven: User | None, now: datetime) -> User:
    """Return `proven`, the user who proved the password. If it is `None`, count a failure and refuse the attempt."""
    wrong = None if proven else not_authorized("Incorrect username or password.")
    pool.limits.count_guess("password", pool.key(name), wrong, now)
    return cast("User", proven)


def count_code_attempt(pool: Pool, name: str, wrong: Refusal | None, now: datetime) -> None:
    """Count an attempt with a second factor's code, and raise `wrong` unless it is `None`.

    Passwords are counted separately, so that a right password does not reset the count of wrong codes.
    """
    pool.limits.count_guess("code", pool.key(name), wrong, now)


def check_hourly_limit(pool: Pool, operation: str, name: str, most: int, now: datetime) -> None:
    """Count a call, or refuse it if there were `most` calls within an hour. All names of one user share the limit."""
    user = pool.find(name)
    pool.limits.count_call(operation, pool.key(name if user is None else user.username), most, now)
