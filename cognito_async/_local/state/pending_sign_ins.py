"""A sign-in between two calls: how a challenge is put, and how its `Session` finds back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from ..wire.replies import Refusal, Reply, not_authorized
from .entities import Attempt, User
from .service_state import State, check_reset, check_status


def ask(state: State, attempt: Attempt, challenge: str, parameters: dict[str, str], **changes: Any) -> Reply:
    """Put a challenge: a new `Session` for the attempt as it is now."""
    asked = replace(attempt, challenge=challenge, used=False, metadata={}, **changes)
    reply: Reply = {
        "ChallengeName": challenge,
        "Session": keep(state, asked),
        "ChallengeParameters": parameters,
    }
    if attempt.available:
        reply["AvailableChallenges"] = list(attempt.available)
    return reply


def keep(state: State, attempt: Attempt) -> str:
    """Remember an attempt until its time is over; returns the `Session` that stands for it."""
    now = state.now().timestamp()
    # The oldest first, and no further than to one that is still good: each is looked at once.
    while state.attempts and next(iter(state.attempts.values())).ends <= now:
        state.attempts.popitem(last=False)
    handle = str(uuid.uuid4())
    attempt.ends = now + attempt.client.auth_session_validity
    state.attempts[handle] = attempt
    return state.seal.session({"id": handle})


def find(state: State, session: str, client_id: str | None, *challenges: str) -> Attempt:
    """The attempt that a `Session` stands for, if it is at one of these challenges and the time is not over."""
    known = state.seal.open_session(session)
    if known is None:
        raise not_authorized("Invalid session for the user.")
    attempt = state.attempts.get(known["id"])
    if attempt is None or state.now().timestamp() >= attempt.ends:
        raise not_authorized("Invalid session for the user, session is expired.")
    if client_id not in (None, attempt.client.id) or attempt.challenge not in challenges:
        raise not_authorized("Invalid session for the user.")
    if attempt.used:
        raise not_authorized("Invalid session for the user, session can only be used once.")
    check_open(state, attempt)
    return attempt


def check_open(state: State, attempt: Attempt) -> None:
    """Refuse what has come too late: its time is over, or its user is gone."""
    if state.now().timestamp() >= attempt.ends:
        raise not_authorized("Invalid session for the user, session is expired.")
    if attempt.user is not None:
        if attempt.pool.find_by_sub(attempt.user.sub) is not attempt.user:
            raise not_authorized("Invalid session for the user.")
        check_status(attempt.user)
        if attempt.proven:
            check_reset(attempt.client, attempt.user)


def check_name(state: State, attempt: Attempt, name: str) -> None:
    """An answer may name the user in any way that a sign-in may, also one who is only pretended."""
    pool, found = attempt.pool, attempt.pool.find(name)
    is_pretended = found is None and attempt.name in (name, state.pretended_username(pool, name))
    if found is not attempt.user or (found is None and not is_pretended):
        raise not_authorized("Invalid session for the user.")


@contextmanager
def answering(attempt: Attempt, *, only_once: bool = False) -> Iterator[None]:
    """While an answer is judged no other is taken; a wrong one leaves the `Session` usable, unless `only_once`."""
    attempt.used = True
    try:
        yield
    except BaseException as error:
        attempt.used = False
        if only_once and isinstance(error, Refusal):
            attempt.challenge = ""
        raise


def user_of(attempt: Attempt) -> User:
    """The user of an attempt that got past a factor: nobody who is only pretended does."""
    return cast("User", attempt.user)
