"""The challenges as typed values: what the service asks for, and the method that answers it.

Every answer raises what the service says: `CodeMismatchException` for a wrong code or answer (the value stays
usable: answer again), `NotAuthorizedException` when the `Session` is over or was used (sign in again), and takes
`client_metadata`, `user_context` and `timeout` as every call does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, Unpack, get_args

from ..._client.call_options import CallArguments, CallOptions
from ..._core import checks
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._crypto.totp import code_from
from ..._flows import challenges
from .. import results
from .challenge import Challenge
from .mfa_setup import MfaSetup
from .password_challenges import NewPasswordRequired, Password, PasswordSrp, SelectChallenge

if TYPE_CHECKING:
    from .results import SignInResult


class _SentCode(Challenge):
    """A code that the service has sent."""

    __slots__ = ()

    @property
    def delivery(self) -> results.CodeDelivery:
        """Where the code went, to tell the user where to look."""
        parameters = self._pending.parameters
        return results.CodeDelivery(
            destination=parameters.get("CODE_DELIVERY_DESTINATION"),
            medium=parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM"),
        )

    async def answer(self, code: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the code that was sent. Source: RespondToAuthChallenge."""
        code = mask(code)
        return await self._send(code, "code", CallOptions(**call))


class SmsMfa(_SentCode):
    """SMS_MFA: a code by text message, as the second factor."""

    __slots__ = ()


class SmsOtp(_SentCode):
    """SMS_OTP: a one-time password by text message, as the first factor."""

    __slots__ = ()


class EmailOtp(_SentCode):
    """EMAIL_OTP: a code by e-mail, as the first or the second factor."""

    __slots__ = ()


class SoftwareTokenMfa(Challenge):
    """SOFTWARE_TOKEN_MFA: the code of an authenticator app."""

    __slots__ = ()

    @property
    def device_name(self) -> str | None:
        """What the user called the app when it was set up."""
        return self._pending.parameters.get("FRIENDLY_DEVICE_NAME")

    async def answer(self, code: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the six digits that the app shows.

        Raises:
            ExpiredCodeException: the code was used before; wait for the next one.

        Source: RespondToAuthChallenge.
        """
        code = mask(code)
        return await self._send(code, "code", CallOptions(**call))

    async def answer_from_secret(self, secret: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer for a program that keeps the TOTP secret itself, with the code of this moment on the service's clock.

        Args:
            secret: the base32 text that `associate()` or `setup_totp()` gave.

        Raises:
            ConfigurationError: when the secret is not base32.

        Source: RFC 6238; RespondToAuthChallenge.
        """
        secret = mask(secret)
        code = code_from(Secret.of(secret), self._context.client.now())
        return await self._send(code, "code", CallOptions(**call))


class SelectMfaType(Challenge):
    """SELECT_MFA_TYPE: the user has several second factors, and chooses."""

    __slots__ = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The factors to choose from, such as `("SMS_MFA", "SOFTWARE_TOKEN_MFA")`."""
        return self._listed("MFAS_CAN_CHOOSE", "MFAS_CAN_SELECT")

    async def choose(self, mfa: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Choose one of the options; its challenge is next. Source: RespondToAuthChallenge."""
        return await self._send(mfa, "mfa", CallOptions(**call))


class CustomChallenge(Challenge):
    """CUSTOM_CHALLENGE: what the pool's triggers ask for; `parameters` holds what they made public."""

    __slots__ = ()

    async def answer(self, answer: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer this round. The triggers judge it: another round may follow a wrong answer, or an error.

        Args:
            client_metadata: for the verifying trigger.

        Source: RespondToAuthChallenge.
        """
        answer = mask(answer)
        return await self._send(answer, "answer", CallOptions(**call))


class UnknownChallenge(Challenge):
    """A challenge that this version has no typed value for: everything the service said, and a way to answer it."""

    __slots__ = ()

    async def answer(self, responses: Mapping[str, str], **call: Unpack[CallArguments]) -> SignInResult:
        """Answer the challenge.

        Args:
            responses: `ChallengeResponses` by the service's names, such as `{"CREDENTIAL": "…"}`;
                USERNAME, SECRET_HASH and `Session` are added.

        Source: RespondToAuthChallenge.
        """
        responses = mask(responses)
        given = checks.secret_texts(responses, "responses")
        return await self._go_on(lambda s, pending: challenges.answer(s, pending, given), CallOptions(**call))


AnyChallenge: TypeAlias = (
    SmsMfa
    | SmsOtp
    | EmailOtp
    | SoftwareTokenMfa
    | SelectMfaType
    | MfaSetup
    | NewPasswordRequired
    | CustomChallenge
    | SelectChallenge
    | Password
    | PasswordSrp
    | UnknownChallenge
)

# By the service's names: `SmsMfa` is the class of SMS_MFA.
KINDS: dict[str, type[AnyChallenge]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper(): kind
    for kind in get_args(AnyChallenge)
    if kind is not UnknownChallenge
}
