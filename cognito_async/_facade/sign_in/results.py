"""The results of sign-up and sign-in, which hold a user or a challenge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from ..._core.errors import ConfigurationError, NotSignedIn
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._tokens.states import SignUpState, pack
from ..._tokens.tokens import Tokens
from ..results import CodeDelivery, Result
from ..user.user import CognitoUser
from .kinds import AnyChallenge


class Continued(Result):
    """Base of the results that carry the service's `Session` to the next call, unseen. Copies carry none."""

    _carried: tuple[Secret[str] | None, tuple[str, str]] | None = PrivateAttr(default=None)

    def carry(self, session: Secret[str] | None, binding: tuple[str, str]) -> Self:
        """Carry this `Session`, for the user pool and app client of `binding`; return this result."""
        self._carried = (session or None, binding)
        return self

    @property
    def carried(self) -> Secret[str] | None:
        """Return the `Session`, or `None` if the service gave none."""
        return None if self._carried is None else self._carried[0]


class SignUpResult(Continued):
    """What `sign_up` returns: go on with `confirm_sign_up` unless `user_confirmed`.

    Attributes:
        user: the new user by name, not signed in.
        user_confirmed: no code is needed, the user may sign in.
        user_sub: the user's unchanging id.
        code_delivery: where the code went; `None` if none was sent.
    """

    user: CognitoUser
    user_confirmed: bool
    user_sub: str
    code_delivery: CodeDelivery | None = None

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write it as a text, to confirm in another request or process after `pool.sign_up_from_state(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may hold it.

        Raises:
            ConfigurationError: when the key is too short, or this result is a copy.
        """
        key = mask(key)
        if self._carried is None:
            raise ConfigurationError("this user is a name only (a copy or a parsed one): use pool.user(name)")
        state = SignUpState(
            username=self.user.username, sub=self.user_sub, confirmed=self.user_confirmed, session=self.carried
        )
        return pack(state, self._carried[1], Secret.maybe(key)).reveal()


class ConfirmSignUpResult(Continued):
    """What `confirm_sign_up` returns: the user may now sign in.

    Attributes:
        user: the confirmed user by name, not signed in.
    """

    user: CognitoUser


class SignInResult(BaseModel):
    """What `sign_in` and the answers to challenges return: either signed in, or one step further.

    Attributes:
        user: the user; signed in if no challenge is open.
        challenge: what the service asks for next, or `None`.
    """

    model_config = ConfigDict(frozen=True)

    user: CognitoUser
    challenge: AnyChallenge | None = None

    @property
    def signed_in(self) -> bool:
        """Whether the sign-in is complete."""
        return self.challenge is None

    @property
    def tokens(self) -> Tokens:
        """The tokens of the sign-in.

        Raises:
            NotSignedIn: while a challenge is open.
        """
        if self.challenge is not None:
            raise NotSignedIn(f"the sign-in is not complete: answer the challenge {self.challenge.name} first")
        return self.user.tokens

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        yield "user", self.user
        yield "challenge", self.challenge
