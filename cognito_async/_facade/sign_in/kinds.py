"""The challenges as typed values. Each has a method that answers it.

Every answer takes the keyword arguments `client_metadata`, `user_context` and `timeout`. It raises
`CodeMismatchException` if the code or answer is wrong: answer the same challenge again. It raises
`NotAuthorizedException` if the `Session` has expired or was used before: sign in again.
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
    """Base of the challenges for a code that the service has sent."""

    __slots__ = ()

    @property
    def delivery(self) -> results.CodeDelivery:
        """The address to which the service sent the code. Show it to the user."""
        parameters = self._pending.parameters
        return results.CodeDelivery(
            destination=parameters.get("CODE_DELIVERY_DESTINATION"),
            medium=parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM"),
        )

    async def answer(self, code: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the code that the user received.

        Source: RespondToAuthChallenge.
        """
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
        """The name that the app got when it was set up; `None` if the service sends none."""
        return self._pending.parameters.get("FRIENDLY_DEVICE_NAME")

    async def answer(self, code: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the six digits that the app shows.

        Raises:
            ExpiredCodeException: if the code was used before. Wait for the next one.

        Source: RespondToAuthChallenge.
        """
        code = mask(code)
        return await self._send(code, "code", CallOptions(**call))

    async def answer_from_secret(self, secret: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Compute the current code from a TOTP secret that the program holds, and answer with it.

        The code is computed for the service's time, so it is right even if the local clock is wrong.

        Args:
            secret: the base32 string from `associate()` or `setup_totp()`.

        Raises:
            ConfigurationError: if the secret is not base32.

        Source: RFC 6238; RespondToAuthChallenge.
        """
        secret = mask(secret)
        code = code_from(Secret.of(secret), self._context.client.now())
        return await self._send(code, "code", CallOptions(**call))


class SelectMfaType(Challenge):
    """SELECT_MFA_TYPE: the user has several second factors and must choose one."""

    __slots__ = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The factors to choose from, such as `("SMS_MFA", "SOFTWARE_TOKEN_MFA")`."""
        return self._json_list("MFAS_CAN_CHOOSE", "MFAS_CAN_SELECT")

    async def choose(self, mfa: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Choose one of the options. The result has the challenge of that factor.

        Source: RespondToAuthChallenge.
        """
        return await self._send(mfa, "mfa", CallOptions(**call))


class CustomChallenge(Challenge):
    """CUSTOM_CHALLENGE: a question of the pool's Lambda triggers. Their public parameters are in `parameters`."""

    __slots__ = ()

    async def answer(self, answer: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer the question. The triggers verify it, and react to a wrong answer with another question or an error.

        The trigger that verifies the answer receives `client_metadata`.

        Source: RespondToAuthChallenge.
        """
        answer = mask(answer)
        return await self._send(answer, "answer", CallOptions(**call))


class UnknownChallenge(Challenge):
    """A challenge that this version does not know. `name` and `parameters` contain everything that the service sent."""

    __slots__ = ()

    async def answer(self, responses: Mapping[str, str], **call: Unpack[CallArguments]) -> SignInResult:
        """Answer the challenge.

        Args:
            responses: the `ChallengeResponses` under the service's names, such as `{"CREDENTIAL": "…"}`. The
                library adds USERNAME, SECRET_HASH and `Session`.

        Source: RespondToAuthChallenge.
        """
        responses = mask(responses)
        given = checks.secret_texts(responses, "responses")
        return await self._respond(lambda s, pending: challenges.answer(s, pending, given), CallOptions(**call))


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

# The class for each challenge, by the service's name for it, such as `SmsMfa` for SMS_MFA.
CHALLENGE_TYPES: dict[str, type[AnyChallenge]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper(): kind
    for kind in get_args(AnyChallenge)
    if kind is not UnknownChallenge
}
