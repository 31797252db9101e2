"""Prompts that ask the user at a terminal to answer a challenge, with one case for each kind of challenge.

Prompts appear before a call, never while an event loop runs, because then Ctrl-C would not end them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from .. import challenges, errors
from .._facade.pool import Auth
from .._facade.sign_in.kinds import AnyChallenge
from .._facade.sign_in.results import SignInResult
from .session import RETRY_ON, call, until_accepted
from .terminal import ask, ask_app_code, ask_code, ask_password, choose, note, require_terminal, show_totp_secret

Answer = Callable[[], Awaitable[SignInResult]]
_NEW = "COGNITO_NEW_PASSWORD"


def answer(auth: Auth, challenge: AnyChallenge) -> SignInResult:
    """Prompt for the answer to a challenge until the service accepts it or ends the sign-in; return the next result."""
    require_terminal(f"{_describe(challenge)}; run sign-in in a terminal to answer it", code="ChallengeRequired")
    match challenge:
        case challenges.MfaSetup():
            return _set_up(auth, challenge)
        case challenges.NewPasswordRequired():
            note("Your password is temporary. Choose a new one now.")
            return until_accepted(auth, lambda: _new_password(challenge), variable=_NEW)
        case challenges.CustomChallenge():
            return until_accepted(auth, lambda: _custom(challenge))
        case challenges.UnknownChallenge():
            note(_describe(challenge))
            return until_accepted(auth, lambda: partial(challenge.answer, _responses()))
        case challenges.SmsMfa() | challenges.SmsOtp() | challenges.EmailOtp():
            note(f"A code was sent to {challenge.delivery.destination or 'you'}.")
            return until_accepted(auth, lambda: partial(challenge.answer, ask_code()))
        case challenges.SoftwareTokenMfa():
            # The service accepts each code only once. Prompt again, so that the user can enter the app's next code.
            retry_on = (*RETRY_ON, errors.ExpiredCodeException)
            return until_accepted(auth, lambda: partial(challenge.answer, ask_app_code()), retry_on=retry_on)
        case challenges.SelectMfaType():
            chosen = choose("Which second factor?", challenge.options)
            return call(auth, partial(challenge.choose, chosen))
        case challenges.SelectChallenge():
            return call(auth, _choose_factor(challenge))
        case _:
            # Type checkers refuse this assignment if a challenge has no case above.
            password: challenges.Password | challenges.PasswordSrp = challenge
            return call(auth, partial(password.answer, ask_password()))


def _describe(challenge: AnyChallenge) -> str:
    parameters = ", ".join(sorted(challenge.parameters)) or "none"
    return f"the service asks for {challenge.name} (parameters: {parameters})"


def _choose_factor(challenge: challenges.SelectChallenge) -> Answer:
    chosen = choose("How do you want to sign in?", challenge.options)
    if chosen in ("PASSWORD", "PASSWORD_SRP"):
        return partial(challenge.choose_password, ask_password(), srp=chosen == "PASSWORD_SRP")
    return partial(challenge.choose, chosen)


def _new_password(challenge: challenges.NewPasswordRequired) -> Answer:
    password = ask_password("New password", new=True, variable=_NEW)
    return partial(challenge.answer, password, {name: ask(name) for name in challenge.required_attributes})


def _custom(challenge: challenges.CustomChallenge) -> Answer:
    for name, value in sorted(challenge.parameters.items()):
        if name not in ("USERNAME", "USER_ID_FOR_SRP"):
            note(f"{name}: {value}")
    return partial(challenge.answer, ask("Answer", hidden=True))


def _responses() -> dict[str, str]:
    """Prompt for the names and values of the responses that the service expects, until a name is empty."""
    responses: dict[str, str] = {}
    while name := ask("Response name, such as CREDENTIAL (empty to send)", default=""):
        responses[name] = ask(name, hidden=True)
    return responses


def _set_up(auth: Auth, challenge: challenges.MfaSetup) -> SignInResult:
    note("The user pool requires a second factor. Set one up now.")
    options = tuple(each for each in challenge.options if each in ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP"))
    chosen = choose("Which one?", options) if len(options) > 1 else (*options, "SOFTWARE_TOKEN_MFA")[0]
    if chosen == "EMAIL_OTP":
        return until_accepted(auth, lambda: partial(challenge.set_up_email, ask("E-mail address")))
    setup = call(auth, challenge.associate)
    show_totp_secret(setup, auth.pool.user_pool_id)
    return until_accepted(auth, lambda: partial(setup.verify, ask_app_code()))
