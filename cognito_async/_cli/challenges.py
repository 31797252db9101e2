"""Asking somebody at a terminal for the answer to a challenge, whichever it is.

Questions come before a call, never while an event loop runs: only so does Ctrl-C end them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from .. import challenges, errors
from .._facade.auth import Auth
from .._facade.challenge_kinds import AnyChallenge
from .._facade.progress import SignInResult
from .failure import Failure
from .session import call
from .terminal import ask, ask_code, ask_password, choose, note, require_terminal, show_totp_secret

Answer = Callable[[], Awaitable[SignInResult]]
_Usual: TypeAlias = (
    challenges.SmsMfa
    | challenges.SmsOtp
    | challenges.EmailOtp
    | challenges.SoftwareTokenMfa
    | challenges.SelectMfaType
    | challenges.SelectChallenge
    | challenges.Password
    | challenges.PasswordSrp
)
# What a second try can mend.
_AGAIN = (
    errors.CodeMismatchException,
    errors.EnableSoftwareTokenMFAException,
    errors.ExpiredCodeException,
    errors.InvalidPasswordException,
)


def answer(auth: Auth, challenge: AnyChallenge) -> SignInResult | None:
    """Ask, and send the answer; `None` after a wrong one that may be tried again."""
    parameters = ", ".join(sorted(challenge.parameters)) or "none"
    asked = f"the service asks for {challenge.name} (parameters: {parameters})"
    require_terminal(f"{asked}; run sign-in in a terminal to answer it", code="ChallengeRequired")
    match challenge:
        case challenges.MfaSetup():
            return _set_up(auth, challenge)
        case challenges.NewPasswordRequired():
            return _tried(auth, _new_password(challenge))
        case challenges.CustomChallenge():
            return _tried(auth, _custom(challenge))
        case challenges.UnknownChallenge():
            note(asked)
            return _tried(auth, partial(challenge.answer, _responses()))
        case _:
            return _tried(auth, _ask(challenge))


def _ask(challenge: _Usual) -> Answer:
    match challenge:
        case challenges.SmsMfa() | challenges.SmsOtp() | challenges.EmailOtp():
            note(f"A code went to {challenge.delivery.destination or 'you'}.")
            return partial(challenge.answer, ask_code())
        case challenges.SoftwareTokenMfa():
            return partial(challenge.answer, ask_code("Code of the authenticator app"))
        case challenges.SelectMfaType():
            return partial(challenge.choose, choose("Which second factor?", challenge.options))
        case challenges.SelectChallenge():
            chosen = choose("How do you want to sign in?", challenge.options)
            if chosen in ("PASSWORD", "PASSWORD_SRP"):
                return partial(challenge.choose_password, ask_password(), srp=chosen == "PASSWORD_SRP")
            return partial(challenge.choose, chosen)
        case _:
            return partial(challenge.answer, ask_password())


def _new_password(challenge: challenges.NewPasswordRequired) -> Answer:
    note("The password is a temporary one.")
    password = ask_password("New password", new=True, variable="COGNITO_NEW_PASSWORD")
    return partial(challenge.answer, password, {name: ask(name) for name in challenge.required_attributes})


def _custom(challenge: challenges.CustomChallenge) -> Answer:
    for name, value in sorted(challenge.parameters.items()):
        if name not in ("USERNAME", "USER_ID_FOR_SRP"):
            note(f"{name}: {value}")
    return partial(challenge.answer, ask("Answer", hidden=True))


def _responses() -> dict[str, str]:
    """Answers by the service's own names, as many as there are."""
    responses: dict[str, str] = {}
    while name := ask("Name of an answer, such as CREDENTIAL (empty: send)", default=""):
        responses[name] = ask(name, hidden=True)
    return responses


def _set_up(auth: Auth, challenge: challenges.MfaSetup) -> SignInResult | None:
    note("The user pool wants a second factor; it is set up now.")
    options = tuple(each for each in challenge.options if each in ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP"))
    chosen = choose("Which one?", options) if len(options) > 1 else (*options, "SOFTWARE_TOKEN_MFA")[0]
    if chosen == "EMAIL_OTP":
        return _tried(auth, partial(challenge.set_up_email, ask("E-mail address")))
    setup = call(auth, challenge.associate)
    show_totp_secret(setup, auth.pool.user_pool_id)
    while True:
        result = _tried(auth, partial(setup.verify, ask_code("Code of the authenticator app")))
        if result is not None:
            return result


def _tried(auth: Auth, given: Answer) -> SignInResult | None:
    try:
        return call(auth, given)
    except Failure as failure:
        if failure.code not in {each.__name__ for each in _AGAIN}:
            raise
        note(failure.message)
        return None
