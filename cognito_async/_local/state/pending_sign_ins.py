"""A sign-in between two calls: how a challenge is put, and how its `Session` finds back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from ..wire.refusals import Refusal, not_authorized
from ..wire.replies import Reply
from .entities import PendingSignIn, User
from .service_state import ServiceState, check_reset, check_status


def issue_challenge(
    state: ServiceState, pending: PendingSignIn, challenge: str, parameters: dict[str, str], **changes: Any
) -> Reply:
    """Put a challenge: a new `Session` for the attempt as it is now."""
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
    """Remember an attempt until its time is over; returns the `Session` that stands for it."""
    now = state.now().timestamp()
    # The oldest first, and no further than to one that is still good: each is looked at once.
    while state.pending_sign_ins and next(iter(state.pending_sign_ins.values())).ends <= now:
        state.pending_sign_ins.popitem(last=False)
    handle = str(uuid.uuid4())
    pending.ends = now + pending.client.auth_session_validity
    state.pending_sign_ins[handle] = pending
    return state.opaque_tokens.session({"id": handle})


def find(state: ServiceState, session: str, client_id: str | None, *challenges: str) -> PendingSignIn:
    """The attempt that a `Session` stands for, if it is at one of these challenges and the time is not over."""
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
    """Refuse what has come too late: its time is over, or its user is gone."""
    if state.now().timestamp() >= pending.ends:
        raise not_authorized("Invalid session for the user, session is expired.")
    if pending.user is not None:
        if pending.pool.find_by_sub(pending.user.sub) is not pending.user:
            raise not_authorized("Invalid session for the user.")
        check_status(pending.user)
        if pending.proven:
            check_reset(pending.client, pending.user)


def check_name(state: ServiceState, pending: PendingSignIn, name: str) -> None:
    """An answer may name the user in any way that a sign-in may, also one who is only pretended."""
    pool, found = pending.pool, pending.pool.find(name)
    is_pretended = found is None and pending.name in (name, state.pretended_username(pool, name))
    if found is not pending.user or (found is None and not is_pretended):
        raise not_authorized("Invalid session for the user.")


@contextmanager
def answering(pending: PendingSignIn, *, only_once: bool = False) -> Iterator[None]:
    """While an answer is judged no other is taken; a wrong one leaves the `Session` usable, unless `only_once`."""
    pending.used = True
    try:
        yield
    except BaseException as error:
        pending.used = False
        if only_once and isinstance(error, Refusal):
            pending.challenge = ""
        raise


def user_of(pending: PendingSignIn) -> User:
    """The user of an attempt that got past a factor: nobody who is only pretended does."""
    return cast("User", pending.user)
