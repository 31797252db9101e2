"""MFA_SETUP: the pool requires a second factor, and the user must set one up before the sign-in continues."""

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
    """MFA_SETUP: the user must set up a second factor: an app (`associate`) or an e-mail address (`set_up_email`)."""

    __slots__ = ("_app_is_verified",)

    def __init__(self, context: SignInContext, pending: PendingChallenge) -> None:
        super().__init__(context, pending)
        self._app_is_verified = False

    @property
    def options(self) -> tuple[str, ...]:
        """The factors that can be set up, such as `("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")`."""
        return self._json_list("MFAS_CAN_SETUP")

    async def associate(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> MfaTotpSetup:
        """Start to set up an authenticator app. Show the secret, then call the result's `verify` with the app's code.

        To receive the code in another request or process, save the challenge with `to_state` after this call. Then
        resume it and call `verify` on it.

        Raises:
            SoftwareTokenMFANotFoundException: if the pool does not allow authenticator apps.

        Source: AssociateSoftwareToken with a `Session`.
        """
        client = self._context.client
        flow = answers.in_session(answers.associate(self._pending))
        secret, self._pending = await client.run(flow, client.deadline(timeout))
        self._app_is_verified = False
        return MfaTotpSetup(self, secret)

    async def verify(self, code: str, device_name: str | None = None, **call: Unpack[CallArguments]) -> SignInResult:
        """Finish the setup of the app that `associate` started, and continue the sign-in.

        `associate` may have been called in another request or process.

        Args:
            code: the six digits that the app shows.
            device_name: a name for the app, such as one that the user chooses.

        Raises:
            EnableSoftwareTokenMFAException: if the code is wrong. Call again with the right one.
            ConfigurationError: if the code has fewer than six characters. Nothing was sent.

        Source: VerifySoftwareToken with a `Session`; RespondToAuthChallenge.
        """
        code = mask(code)
        client, options = self._context.client, CallOptions(**call)
        given = checks.secret(code, "code")
        name = None if device_name is None else checks.text(device_name, "device_name")
        deadline = client.deadline(options.timeout)
        # If an earlier `verify` failed in its second request, the service has used up the code. Do not send it again.
        if not self._app_is_verified:
            flow = answers.in_session(answers.verify(self._pending, given, name))
            reply, self._pending = await client.run(flow, deadline)
            mfa.require_success(reply)
            self._app_is_verified = True
        return await self._respond(answers.set_up, replace(options, timeout=deadline))

    async def set_up_email(self, address: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Set up an e-mail address. The result has the challenge for the code that is sent there.

        Source: RespondToAuthChallenge.
        """
        return await self._send(address, "address", CallOptions(**call))


class MfaTotpSetup(TotpSecret):
    """A pending setup of an authenticator app. Show `uri()` as a QR code, or `secret`, then call `verify`."""

    __slots__ = ("_challenge",)

    def __init__(self, challenge: MfaSetup, secret: Secret[str]) -> None:
        super().__init__(secret, challenge.username)
        self._challenge = challenge

    async def verify(self, code: str, device_name: str | None = None, **call: Unpack[CallArguments]) -> SignInResult:
        """Finish the setup with the app's code, and continue the sign-in; see `MfaSetup.verify`."""
        code = mask(code)
        return await self._challenge.verify(code, device_name, **call)
