"""The `Session` of a pending sign-in: issued with each challenge, and checked when the client sends it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from ..settings.client import AppClientSettings
from ..wire.refusals import Refusal, not_authorized
from ..wire.replies import Reply
from .checks import check_reset, check_status, hides_unknown_users
from .entities import User
from .pending_sign_ins import PendingSignIn
from .pools import Pool
from .service_state import ServiceState

# The steps of a `Session` from a sign-up: before the code that confirms the user, and after it.
_SIGNED_UP = "SIGN_UP"
CONFIRMED = "CONFIRM_SIGN_UP"


def issue_challenge(
    state: ServiceState, pending: PendingSignIn, challenge: str, parameters: dict[str, str], **changes: Any
) -> Reply:
    """Issue a challenge, with a new `Session` for the current state of the sign-in."""
    asked = replace(pending, challenge=challenge, used=False, metadata={}, **changes)
    reply: Reply = {
        "ChallengeName": challenge,
        "Session": issue_session(state, asked),
        "ChallengeParameters": parameters,
    }
    if pending.available:
        reply["AvailableChallenges"] = list(pending.available)
    return reply


def issue_session(state: ServiceState, pending: PendingSignIn) -> str:
    """Store a sign-in until it expires, and return its `Session`."""
    now = state.now().timestamp()
    # The oldest come first, so stop at the first valid one.
    while state.pending_sign_ins and next(iter(state.pending_sign_ins.values())).ends <= now:
        state.pending_sign_ins.popitem(last=False)
    handle = str(uuid.uuid4())
    pending.ends = now + pending.client.auth_session_validity
    state.pending_sign_ins[handle] = pending
    return state.opaque_tokens.session({"id": handle})


def issue_sign_up_session(state: ServiceState, pool: Pool, client: AppClientSettings, user: User) -> str | None:
    """Return a `Session`, if the client allows USER_AUTH. Once the user is confirmed, it replaces the first factor."""
    if "ALLOW_USER_AUTH" not in client.explicit_auth_flows:
        return None
    name, step = user.username, _SIGNED_UP if user.status == "UNCONFIRMED" else CONFIRMED
    return issue_session(state, PendingSignIn(pool, client, user, name, name, challenge=step))


def check_sign_up_session(state: ServiceState, session: str, client: AppClientSettings, user: User) -> None:
    """Refuse a `Session` that is not from this user's sign-up.

    Accept one that has expired, because a code is valid for much longer; whether the service does so is not known.
    """
    known = state.opaque_tokens.open_session(session)
    pending = state.pending_sign_ins.get(known["id"]) if known is not None else None
    is_other = pending is not None and (pending.client.id, pending.user, pending.challenge) != (
        client.id,
        user,
        _SIGNED_UP,
    )
    if known is None or is_other:
        raise not_authorized("Invalid session for the user.")


def find_session(state: ServiceState, session: str, client_id: str | None, *challenges: str) -> PendingSignIn:
    """Return the sign-in of a `Session`. Refuse one that has expired or is not at one of these challenges."""
    known = state.opaque_tokens.open_session(session)
    if known is None:
        raise not_authorized("Invalid session for the user.")
    pending = state.pending_sign_ins.get(known["id"])
    if pending is None or state.now().timestamp() >= pending.ends:
        raise not_authorized("Invalid session for the user, session is expired.")
    if client_id not in (None, pending.client.id) or pending.challenge not in challenges:
        raise not_authorized("Invalid session for the user.")
    if pending.used:
        raise not_authorized("Invalid session for the user, session can only be used once.")
    check_open(state, pending)
    return pending


def check_open(state: ServiceState, pending: PendingSignIn) -> None:
    """Refuse a sign-in that has expired, or whose user has been deleted or may not sign in.

    A client that hides unknown users learns of the last two only after a first factor has been proved.
    """
    if state.now().timestamp() >= pending.ends:
        raise not_authorized("Invalid session for the user, session is expired.")
    if pending.user is None:
        return
    is_hidden = hides_unknown_users(pending.client) and not pending.proven
    if pending.pool.find_by_sub(pending.user.sub) is not pending.user:
        if not is_hidden:
            raise not_authorized("Invalid session for the user.")
        pending.user = None
    elif not is_hidden:
        check_status(pending.user)
        if pending.proven:
            check_reset(pending.client, pending.user)


def check_name(pending: PendingSignIn, name: str) -> None:
    """Refuse an answer that names a different user.

    An unknown user is named by the fake username, or as in the first call.
    """
    pool = pending.pool
    if pending.user is not None:
        is_same = pool.find(name) is pending.user
    else:
        is_same = pool.key(name) in (pool.key(pending.name), pool.key(pending.typed))
    if not is_same:
        raise not_authorized("Invalid session for the user.")


@contextmanager
def answering(pending: PendingSignIn, *, only_once: bool = False) -> Iterator[None]:
    """Run the check of an answer. Until it ends, refuse other answers for the same `Session`.

    A right answer makes the `Session` unusable. A wrong one does not, unless `only_once`.
    """
    pending.used = True
    try:
        yield
    except BaseException as error:
        pending.used = False
        if only_once and isinstance(error, Refusal):
            pending.challenge = ""
        raise


def user_of(pending: PendingSignIn) -> User:
    """Return the user of a sign-in that has passed a factor: never `None`, as an unknown user cannot pass one."""
    return cast("User", pending.user)
