"""The first request of a sign-in: one flow for each `AuthFlow`."""

from __future__ import annotations

from typing import Literal

from .._core.secret import Secret, Text, Texts
from .._crypto.srp import SrpClient
from . import requests
from .challenges import handle_reply
from .context import SignIn
from .password_proof import NewSrp, begin
from .protocol import Flow, Outcome
from .requests import AuthReply
from .respond import naming_device

SignInFlow = Literal["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH"]


def with_srp(sign_in: SignIn, password: Secret[str], new_srp: NewSrp = SrpClient) -> Flow[Outcome]:
    """Start USER_SRP_AUTH: the password never leaves this process."""
    srp_a = yield from begin(sign_in, password, new_srp)
    return (yield from _start(sign_in, "USER_SRP_AUTH", {"SRP_A": srp_a}))


def with_password(sign_in: SignIn, password: Secret[str]) -> Flow[Outcome]:
    """Start USER_PASSWORD_AUTH: send the password, because the pool migrates users or the client allows only this."""
    flow = "ADMIN_USER_PASSWORD_AUTH" if sign_in.by_admin else "USER_PASSWORD_AUTH"
    return (yield from _start(sign_in, flow, {"PASSWORD": password}))


def with_custom_challenges(sign_in: SignIn, password: Secret[str] | None) -> Flow[Outcome]:
    """Start CUSTOM_AUTH: the pool's triggers issue the challenges. If a password is given, prove it by SRP first."""
    if password is None:
        return (yield from _start(sign_in, "CUSTOM_AUTH", {}))
    srp_a = yield from begin(sign_in, password)
    return (yield from _start(sign_in, "CUSTOM_AUTH", {"CHALLENGE_NAME": "SRP_A", "SRP_A": srp_a}))


def with_choice(
    sign_in: SignIn,
    preferred: str | None,
    password: Secret[str] | None,
    step_up: Texts,
    session: Secret[str] | None = None,
) -> Flow[Outcome]:
    """Start USER_AUTH: with the preferred challenge, or with a choice of the available ones.

    A password is part of the first request: in plain text if `preferred` is PASSWORD, otherwise as SRP_A. `session`
    is the `Session` of a ConfirmSignUp, which replaces the first factor. `step_up` holds TARGET_ACR_VALUES and its
    related parameters.
    """
    if password is not None:
        preferred = preferred or "PASSWORD_SRP"
    parameters: dict[str, Text] = {**step_up}
    if preferred is not None:
        parameters["PREFERRED_CHALLENGE"] = preferred
    if password is not None and preferred == "PASSWORD":
        parameters["PASSWORD"] = password
    elif password is not None:
        parameters["SRP_A"] = yield from begin(sign_in, password)
    return (yield from _start(sign_in, "USER_AUTH", parameters, session))


def _start(sign_in: SignIn, flow: str, parameters: Texts, session: Secret[str] | None = None) -> Flow[Outcome]:
    """Send the first request, with the typed username, and handle the reply."""

    def send(texts: Texts) -> Flow[AuthReply]:
        return requests.initiate(sign_in, flow, texts, session)

    texts = {"USERNAME": sign_in.username, **parameters}
    # The first sign-in after a sign-up has no device yet. An older device's key would risk the `Session`.
    reply = yield from (naming_device(sign_in, texts, send) if session is None else send(texts))
    return (yield from handle_reply(sign_in, reply))
