"""The challenges that are answered with a password: a new one, the current one, or the choice of that factor."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

from ..._client.call_options import CallArguments, CallOptions
from ..._core import checks
from ..._core.redact import mask
from ..._flows import answers
from .challenge import Challenge

if TYPE_CHECKING:
    from .results import SignInResult


class NewPasswordRequired(Challenge):
    """NEW_PASSWORD_REQUIRED: the password is temporary, and the user must set a new one."""

    __slots__ = ()

    @property
    def required_attributes(self) -> tuple[str, ...]:
        """The names of the attributes that the pool requires and the user lacks."""
        return tuple(name.removeprefix("userAttributes.") for name in self._json_list("requiredAttributes"))

    @property
    def attributes(self) -> Mapping[str, str]:
        """The attributes that the user has, by name."""
        known = self._json("userAttributes")
        whole: Any = known  # keeps `Any`: the checks would narrow the type
        pairs = whole.items() if isinstance(known, dict) else ()
        return MappingProxyType({name: value for name, value in pairs if isinstance(value, str)})

    async def answer(
        self, new_password: str, attributes: Mapping[str, str] | None = None, **call: Unpack[CallArguments]
    ) -> SignInResult:
        """Set the new password.

        Args:
            new_password: the new password.
            attributes: values for the `required_attributes`. Attributes that the user already has cannot be changed.

        Raises:
            InvalidPasswordException: if the password violates the pool's policy. Answer again with another one.
            InvalidParameterException: if a required attribute is missing.

        Source: RespondToAuthChallenge.
        """
        new_password = mask(new_password)
        given, wanted = checks.secret(new_password, "new_password"), checks.texts(attributes, "attributes")
        return await self._respond(
            lambda s, pending: answers.with_new_password(s, pending, given, wanted), CallOptions(**call)
        )


class Password(Challenge):
    """PASSWORD: the user's password, which is sent to the service."""

    __slots__ = ()

    async def answer(self, password: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the password.

        Source: RespondToAuthChallenge.
        """
        password = mask(password)
        given = checks.secret(password, "password")
        return await self._respond(lambda s, pending: answers.with_password(s, pending, given), CallOptions(**call))


class PasswordSrp(Challenge):
    """PASSWORD_SRP: a proof of the user's password by SRP. The password itself is not sent."""

    __slots__ = ()

    async def answer(self, password: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the password.

        Source: RespondToAuthChallenge; RFC 5054 with Cognito's changes.
        """
        password = mask(password)
        given = checks.secret(password, "password")
        return await self._respond(lambda s, pending: answers.with_srp(s, pending, given), CallOptions(**call))


class SelectChallenge(Challenge):
    """SELECT_CHALLENGE: the user can sign in with several factors and must choose one."""

    __slots__ = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The factors to choose from, such as `("PASSWORD_SRP", "EMAIL_OTP")`."""
        return self._pending.available

    async def choose(self, name: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Choose one of the options. The result has the challenge of that factor.

        For a password, `choose_password` does both steps in one call.

        Source: RespondToAuthChallenge.
        """
        return await self._send(name, "name", CallOptions(**call))

    async def choose_password(self, password: str, *, srp: bool = True, **call: Unpack[CallArguments]) -> SignInResult:
        """Choose the password as the factor, and answer with it in the same call.

        Args:
            password: the user's password.
            srp: whether to prove the password by SRP (PASSWORD_SRP), which is the default, or to send it (PASSWORD).

        Source: RespondToAuthChallenge.
        """
        password = mask(password)
        given = checks.secret(password, "password")
        flow = answers.with_srp if srp else answers.with_password
        return await self._respond(lambda s, pending: flow(s, pending, given), CallOptions(**call))
