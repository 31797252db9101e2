"""MFA_SETUP: the pool wants a second factor, and the user sets one up before the sign-in goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .._flows import answers
from .._flows.context import PendingChallenge
from .._ground.redact import Masked, mask
from . import checks
from .challenge import Challenge
from .engine import CallArguments, CallOptions
from .totp import TotpSecret

if TYPE_CHECKING:
    from .progress import SignInResult


class MfaSetup(Challenge):
    """MFA_SETUP: the pool wants a second factor: an authenticator app (`associate`) or an address (`email`)."""

    __slots__ = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The factors that can be set up, such as `("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")`."""
        return self._listed("MFAS_CAN_SETUP")

    async def associate(self, **call: Unpack[CallArguments]) -> MfaTotpSetup:
        """Begin with an authenticator app: the result has the secret, and `verify` for the app's first code.

        Raises:
            SoftwareTokenMFANotFoundException: the pool has no authenticator apps.

        Source: AssociateSoftwareToken with a `Session`.
        """
        engine, options = self._progress.engine, CallOptions(**call)
        secret, pending = await engine.run(answers.associated(self._pending), engine.deadline(options.timeout))
        self._pending = pending
        return MfaTotpSetup(self, secret)

    async def email(self, address: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Set up an e-mail address; the code that is sent there is asked for next.

        Source: RespondToAuthChallenge.
        """
        return await self._send(address, "address", CallOptions(**call))


class MfaTotpSetup(TotpSecret):
    """An authenticator app half set up: show `uri()` as a QR code, or `secret`, then `verify` the app's first code."""

    __slots__ = ("_challenge", "_verified")

    def __init__(self, challenge: MfaSetup, secret: str) -> None:
        secret = mask(secret)
        super().__init__(secret, challenge.username)
        self._challenge = challenge
        self._verified: PendingChallenge | None = None

    async def verify(self, code: str, device_name: str | None = None, **call: Unpack[CallArguments]) -> SignInResult:
        """Show that the app works, and go on with the sign-in.

        Args:
            code: the six digits that the app shows.
            device_name: what the user calls the app.

        Raises:
            EnableSoftwareTokenMFAException: a wrong code; try again.
            ConfigurationError: a code of fewer than six characters; nothing is sent.

        Source: VerifySoftwareToken with a `Session`; RespondToAuthChallenge.
        """
        code = mask(code)
        challenge, options = self._challenge, CallOptions(**call)
        given = Masked(checks.text(code, "code"))
        name = None if device_name is None else checks.text(device_name, "device_name")
        if self._verified is None:  # else only what followed had failed, and the code is spent
            engine = challenge._progress.engine
            flow = answers.verified(challenge._pending, given, name)
            self._verified = challenge._pending = await engine.run(flow, engine.deadline(options.timeout))
        return await challenge._go_on(answers.set_up, options)
