"""The caller's answers to challenges, as flows that send them to the service."""

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
from .respond import is_about_session

T = TypeVar("T")


def with_text(sign_in: SignIn, challenge: PendingChallenge, text: Text) -> Flow[Outcome]:
    """Answer a challenge that asks for one string: a code, a choice, an address or a custom answer."""
    return (yield from answer(sign_in, challenge, {CHALLENGES[challenge.name].response: text}))


def with_new_password(
    sign_in: SignIn, challenge: PendingChallenge, password: Secret[str], attributes: Mapping[str, str]
) -> Flow[Outcome]:
    """Answer NEW_PASSWORD_REQUIRED with a password and the attributes that the pool requires."""
    given = {f"userAttributes.{name}": value for name, value in attributes.items()}
    return (yield from answer(sign_in, challenge, {"NEW_PASSWORD": password, **given}))


def with_password(sign_in: SignIn, challenge: PendingChallenge, password: Secret[str]) -> Flow[Outcome]:
    """Answer PASSWORD. If the challenge is SELECT_CHALLENGE, choose PASSWORD in the same request."""
    return (yield from answer(sign_in, challenge, {**_chosen(challenge, "PASSWORD"), "PASSWORD": password}))


def with_srp(sign_in: SignIn, challenge: PendingChallenge, password: Secret[str]) -> Flow[Outcome]:
    """Answer PASSWORD_SRP; the proof follows automatically.

    If the challenge is SELECT_CHALLENGE, choose PASSWORD_SRP in the same request.
    """
    srp_a = yield from begin(sign_in, password, urgent=True)
    return (yield from answer(sign_in, challenge, {**_chosen(challenge, "PASSWORD_SRP"), "SRP_A": srp_a}))


def associate(challenge: PendingChallenge) -> Flow[tuple[Secret[str], PendingChallenge]]:
    """Request a secret for an authenticator app; return it, and the challenge with its newest `Session`."""
    secret, session = yield from mfa.associate(session=challenge.session)
    return secret, challenge.after(session)


def verify(
    challenge: PendingChallenge, code: Secret[str], device_name: str | None
) -> Flow[tuple[operations.VerifySoftwareTokenResponse, PendingChallenge]]:
    """Send a code of the app; return the reply, even to a wrong code, and the challenge with its newest `Session`."""
    reply = yield from mfa.verify(code, device_name, session=challenge.session)
    return reply, challenge.after(open_session(reply))


def set_up(sign_in: SignIn, challenge: PendingChallenge) -> Flow[Outcome]:
    """Answer MFA_SETUP after the software token has been verified."""
    return (yield from answer(sign_in, challenge, {}))


def in_session(flow: Flow[T]) -> Flow[T]:
    """Run a flow that sends a `Session`. If the `Session` has expired, add the remedy to the error message."""
    try:
        return (yield from flow)
    except service.NotAuthorizedException as error:
        if not is_about_session(error):
            raise
        raise convert_error(error, type(error), f"{error.message.rstrip('.')}: sign in again") from None


def _chosen(challenge: PendingChallenge, name: str) -> Texts:
    return {"ANSWER": name} if challenge.name == "SELECT_CHALLENGE" else {}
