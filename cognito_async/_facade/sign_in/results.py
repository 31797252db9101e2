"""The results of sign-up and sign-in, which contain a user or a challenge."""

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


class ResultWithSession(Result):
    """Base of the results that pass the service's `Session` to the next call without showing it. Copies have none."""

    _carried: tuple[Secret[str] | None, tuple[str, str]] | None = PrivateAttr(default=None)

    def carry(self, session: Secret[str] | None, binding: tuple[str, str]) -> Self:
        """Add the `Session` of the user pool and app client in `binding`. Return this result."""
        self._carried = (session or None, binding)
        return self

    @property
    def carried(self) -> Secret[str] | None:
        """The `Session`; `None` if the service issued none."""
        return None if self._carried is None else self._carried[0]


class SignUpResult(ResultWithSession):
    """The result of `sign_up`. If `user_confirmed` is false, call `confirm_sign_up` next.

    Attributes:
        user: the new user, not signed in.
        user_confirmed: whether the account is confirmed already, so that the user can sign in at once.
        user_sub: the user's permanent id.
        code_delivery: where the confirmation code was sent; `None` if the service sent none.
    """

    user: CognitoUser
    user_confirmed: bool
    user_sub: str
    code_delivery: CodeDelivery | None = None

    def to_state(self, key: str | bytes | None = None) -> str:
        """Return the result as a string.

        Another request or process restores it with `pool.sign_up_from_state(state, key)` and confirms the account.

        Args:
            key: at least 32 random characters or bytes, with which the string is encrypted. Then others, such as a
                browser, may store it. Without a key, the string is not encrypted.

        Raises:
            ConfigurationError: if the key is too short, or this result is a copy.
        """
        key = mask(key)
        if self._carried is None:
            raise ConfigurationError("this SignUpResult is a copy without a client: use pool.user(name)")
        state = SignUpState(
            username=self.user.username, sub=self.user_sub, confirmed=self.user_confirmed, session=self.carried
        )
        return pack(state, self._carried[1], Secret.maybe(key)).reveal()


class ConfirmSignUpResult(ResultWithSession):
    """The result of `confirm_sign_up`. The user can now sign in.

    Attributes:
        user: the confirmed user, not signed in.
    """

    user: CognitoUser


class SignInResult(BaseModel):
    """The result of `sign_in` and of an answer to a challenge: a signed-in user or the next challenge.

    Attributes:
        user: the user, who is signed in if `challenge` is `None`.
        challenge: the challenge to answer next; `None` if the sign-in is complete.
    """

    model_config = ConfigDict(frozen=True)

    user: CognitoUser
    challenge: AnyChallenge | None = None

    @property
    def signed_in(self) -> bool:
        """Return whether the sign-in is complete: `challenge` is `None`."""
        return self.challenge is None

    @property
    def tokens(self) -> Tokens:
        """The tokens of the signed-in user.

        Raises:
            NotSignedIn: if a challenge must be answered first.
        """
        if self.challenge is not None:
            raise NotSignedIn(f"the sign-in is not complete: answer the challenge {self.challenge.name} first")
        return self.user.tokens

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        yield "user", self.user
        yield "challenge", self.challenge
