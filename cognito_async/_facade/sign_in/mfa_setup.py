"""MFA_SETUP: the pool wants a second factor, and the user sets one up before the sign-in goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from ..._client.call_options import CallArguments, CallOptions
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._flows import answers, mfa
from ..._flows.context import PendingChallenge
from ..user.totp import TotpSecret
from .challenge import Challenge

if TYPE_CHECKING:
    from .context import SignInContext
    from .results import SignInResult


class MfaSetup(Challenge):
    """MFA_SETUP: the pool wants a second factor: an authenticator app (`associate`), or an address (`set_up_email`)."""

    __slots__ = ("_app_is_verified",)

    def __init__(self, context: SignInContext, pending: PendingChallenge) -> None:
        super().__init__(context, pending)
        self._app_is_verified = False

    @property
    def options(self) -> tuple[str, ...]:
        """The factors that can be set up, such as `("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")`."""
        return self._listed("MFAS_CAN_SETUP")

    async def associate(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> MfaTotpSetup:
        """Begin with an authenticator app: the result has the secret, and `verify` for the app's first code.

        To take that code in another request or process, write the challenge down after this, and call
        `verify` of the resumed one.

        Raises:
            SoftwareTokenMFANotFoundException: the pool has no authenticator apps.

        Source: AssociateSoftwareToken with a `Session`.
        """
        client = self._context.client
        flow = answers.in_session(answers.associate(self._pending))
        secret, self._pending = await client.run(flow, client.deadline(timeout))
        self._app_is_verified = False
        return MfaTotpSetup(self, secret)

    async def verify(self, code: str, device_name: str | None = None, **call: Unpack[CallArguments]) -> SignInResult:
        """Show that the app works that `associate` began with, here or elsewhere, and go on with the sign-in.

        Args:
            code: the six digits that the app shows.
            device_name: what the user calls the app.

        Raises:
            EnableSoftwareTokenMFAException: a wrong code; try again.
            ConfigurationError: a code of fewer than six characters; nothing is sent.

        Source: VerifySoftwareToken with a `Session`; RespondToAuthChallenge.
        """
        code = mask(code)
        client, options = self._context.client, CallOptions(**call)
        given = checks.secret(code, "code")
        name = None if device_name is None else checks.text(device_name, "device_name")
        deadline = client.deadline(options.timeout)
        if not self._app_is_verified:  # else only what followed had failed, and the code is spent
            flow = answers.in_session(answers.verify(self._pending, given, name))
            reply, self._pending = await client.run(flow, deadline)
            mfa.require_success(reply)
            self._app_is_verified = True
        return await self._go_on(answers.set_up, replace(options, timeout=deadline))

    async def set_up_email(self, address: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Set up an e-mail address; the code that is sent there is asked for next.

        Source: RespondToAuthChallenge.
        """
        return await self._send(address, "address", CallOptions(**call))


class MfaTotpSetup(TotpSecret):
    """An authenticator app half set up: show `uri()` as a QR code, or `secret`, then `verify` the app's first code."""

    __slots__ = ("_challenge",)

    def __init__(self, challenge: MfaSetup, secret: Secret[str]) -> None:
        super().__init__(secret, challenge.username)
        self._challenge = challenge

    async def verify(self, code: str, device_name: str | None = None, **call: Unpack[CallArguments]) -> SignInResult:
        """Show that the app works, and go on with the sign-in: `verify` of the challenge says more."""
        code = mask(code)
        return await self._challenge.verify(code, device_name, **call)
