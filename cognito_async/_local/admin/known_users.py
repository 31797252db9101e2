"""What operations of administrators on users have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ..state.attributes import to_wire
from ..state.entities import Pool, User
from ..state.service_state import ServiceState
from ..wire.refusals import user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request

# What triggers are told of the app client, where a call comes from none.
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"


def require_user(state: ServiceState, request: Request) -> tuple[Pool, User]:
    """Unlike sign-in, these operations take the `sub` for a name too."""
    pool = state.pool(request["UserPoolId"])
    user = pool.find(request["Username"]) or pool.find_by_sub(request["Username"])
    if user is None:
        raise user_not_found()
    return pool, user


def start_temporary(state: ServiceState, pool: Pool, user: User) -> None:
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
