"""The challenges that a password answers: a new one, the one there is, or the choice of it."""

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
    """NEW_PASSWORD_REQUIRED: the password is a temporary one, and the user sets another."""

    __slots__ = ()

    @property
    def required_attributes(self) -> tuple[str, ...]:
        """The attributes that the pool requires and the user does not have yet."""
        return tuple(name.removeprefix("userAttributes.") for name in self._listed("requiredAttributes"))

    @property
    def attributes(self) -> Mapping[str, str]:
        """The attributes that the user has."""
        known = self._json("userAttributes")
        whole: Any = known  # not narrowed by what follows
        pairs = whole.items() if isinstance(known, dict) else ()
        return MappingProxyType({name: value for name, value in pairs if isinstance(value, str)})

    async def answer(
        self, new_password: str, attributes: Mapping[str, str] | None = None, **call: Unpack[CallArguments]
    ) -> SignInResult:
        """Set the new password.

        Args:
            attributes: the required ones; those that the user has cannot be changed here.

        Raises:
            InvalidPasswordException: it breaks the pool's policy; answer again with a better one.
            InvalidParameterException: an attribute is missing.

        Source: RespondToAuthChallenge.
        """
        new_password = mask(new_password)
        given, wanted = checks.secret(new_password, "new_password"), checks.texts(attributes, "attributes")
        return await self._go_on(
            lambda s, pending: answers.with_new_password(s, pending, given, wanted), CallOptions(**call)
        )


class Password(Challenge):
    """PASSWORD: the password, sent as it is."""

    __slots__ = ()

    async def answer(self, password: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the password. Source: RespondToAuthChallenge."""
        password = mask(password)
        given = checks.secret(password, "password")
        return await self._go_on(lambda s, pending: answers.with_password(s, pending, given), CallOptions(**call))


class PasswordSrp(Challenge):
    """PASSWORD_SRP: the password, proved by SRP and not sent."""

    __slots__ = ()

    async def answer(self, password: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Answer with the password. Source: RespondToAuthChallenge; RFC 5054 with Cognito's changes."""
        password = mask(password)
        given = checks.secret(password, "password")
        return await self._go_on(lambda s, pending: answers.with_srp(s, pending, given), CallOptions(**call))


class SelectChallenge(Challenge):
    """SELECT_CHALLENGE: there are several ways to sign in, and the user chooses."""

    __slots__ = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The ways there are, such as `("PASSWORD_SRP", "EMAIL_OTP")`."""
        return self._pending.available

    async def choose(self, name: str, **call: Unpack[CallArguments]) -> SignInResult:
        """Choose one of the options; its challenge is next. For a password, `choose_password` does both at once.

        Source: RespondToAuthChallenge.
        """
        return await self._send(name, "name", CallOptions(**call))

    async def choose_password(self, password: str, *, srp: bool = True, **call: Unpack[CallArguments]) -> SignInResult:
        """Choose the password and give it.

        Args:
            srp: prove it (PASSWORD_SRP); else send it (PASSWORD).

        Source: RespondToAuthChallenge.
        """
        password = mask(password)
        given = checks.secret(password, "password")
        flow = answers.with_srp if srp else answers.with_password
        return await self._go_on(lambda s, pending: flow(s, pending, given), CallOptions(**call))
