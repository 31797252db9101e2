"""Users in administrators' calls: look-up by name, descriptions, and temporary passwords."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ..state.attributes import to_wire
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request


def require_user(state: ServiceState, request: Request) -> tuple[Pool, User]:
    """Return the user that a request names. Unlike a sign-in, accept the `sub` as a name."""
    pool = state.pool(request["UserPoolId"])
    user = pool.find(request["Username"]) or pool.find_by_sub(request["Username"])
    if user is None:
        raise user_not_found()
    return pool, user


def start_temporary(state: ServiceState, pool: Pool, user: User) -> None:
    """Set when the user's temporary password expires, as the policy says."""
    user.temporary_until = state.now() + timedelta(days=pool.settings.password_policy.temporary_password_days)


def describe_user(user: User, attributes: str, only: Iterable[str] | None = None) -> Reply:
    return {
        "Username": user.username,
        attributes: to_wire({"sub": user.sub, **user.attributes}, only),
        "UserCreateDate": round(user.created.timestamp(), 3),
        "UserLastModifiedDate": round(user.modified.timestamp(), 3),
        "Enabled": user.enabled,
        "UserStatus": user.status,
    }
