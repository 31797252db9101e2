"""The caller's answers to the challenges that are handed out, in the service's keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from .._aws._generated import errors as service
from .._aws._generated import mfa as operations
from .._core.errors import convert_error
from .._core.secret import Secret, Text, Texts
from . import mfa
from .challenges import CHALLENGES, answer
from .context import PendingChallenge, SignIn, open_session
from .password_proof import begin
from .protocol import Flow, Outcome

T = TypeVar("T")


def with_text(sign_in: SignIn, challenge: PendingChallenge, text: Text) -> Flow[Outcome]:
    """The one text that a challenge asks for: a code, a choice, an address, an answer."""
    return (yield from answer(sign_in, challenge, {CHALLENGES[challenge.name].response: text}))


def with_new_password(
    sign_in: SignIn, challenge: PendingChallenge, password: Secret[str], attributes: Mapping[str, str]
) -> Flow[Outcome]:
    """NEW_PASSWORD_REQUIRED, with the attributes that the pool still wants."""
    given = {f"userAttributes.{name}": value for name, value in attributes.items()}
    return (yield from answer(sign_in, challenge, {"NEW_PASSWORD": password, **given}))


def with_password(sign_in: SignIn, challenge: PendingChallenge, password: Secret[str]) -> Flow[Outcome]:
    """PASSWORD, or SELECT_CHALLENGE answered with it at once."""
    return (yield from answer(sign_in, challenge, {**_chosen(challenge, "PASSWORD"), "PASSWORD": password}))


def with_srp(sign_in: SignIn, challenge: PendingChallenge, password: Secret[str]) -> Flow[Outcome]:
    """PASSWORD_SRP, or SELECT_CHALLENGE answered with it at once; the proof follows by itself."""
    srp_a = yield from begin(sign_in, password, urgent=True)
    return (yield from answer(sign_in, challenge, {**_chosen(challenge, "PASSWORD_SRP"), "SRP_A": srp_a}))


def associated(challenge: PendingChallenge) -> Flow[tuple[Secret[str], PendingChallenge]]:
    """The secret for an authenticator app, and the challenge with its newest `Session`."""
    secret, session = yield from mfa.associate(session=challenge.session)
    return secret, challenge.after(session)


def verified(
    challenge: PendingChallenge, code: Secret[str], device_name: str | None
) -> Flow[tuple[operations.VerifySoftwareTokenResponse, PendingChallenge]]:
    """What the service says to a code from that app, and the challenge with its newest `Session` in any case."""
    reply = yield from mfa.verify(code, device_name, session=challenge.session)
    return reply, challenge.after(open_session(reply))


def set_up(sign_in: SignIn, challenge: PendingChallenge) -> Flow[Outcome]:
    """MFA_SETUP, once the software token has been verified."""
    return (yield from answer(sign_in, challenge, {}))


def in_session(flow: Flow[T]) -> Flow[T]:
    """A step that spends a `Session`; where that is over, the error says what to do."""
    try:
        return (yield from flow)
    except service.NotAuthorizedException as error:
        # A wrong password has the same type, so the text must tell.
        if "session" not in error.message.lower():
            raise
        raise convert_error(error, type(error), f"{error.message.rstrip('.')}: sign in again") from None


def _chosen(challenge: PendingChallenge, name: str) -> Texts:
    return {"ANSWER": name} if challenge.name == "SELECT_CHALLENGE" else {}
