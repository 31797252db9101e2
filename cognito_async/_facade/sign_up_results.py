"""What making an account returns."""

from __future__ import annotations

from pydantic import PrivateAttr

from .._ground.redact import Masked, mask
from .._tokens.state import SignUpState, pack
from .results import CodeDelivery, Result
from .user import CognitoUser


class SignUpResult(Result):
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
    _session: Masked | None = PrivateAttr(default=None)

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write it as a text, to confirm in another request or process after `pool.sign_up_from_state(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may hold it.

        Raises:
            ConfigurationError: when the key is too short, or this result is a copy.
        """
        key = mask(key)
        state = SignUpState(
            username=self.user.username, sub=self.user_sub, confirmed=self.user_confirmed, session=self._session
        )
        return pack(state, self.user._connected().client.binding, key)


class ConfirmSignUpResult(Result):
    """What `confirm_sign_up` returns: the user may now sign in.

    Attributes:
        user: the confirmed user by name, not signed in.
    """

    user: CognitoUser
    _session: Masked | None = PrivateAttr(default=None)
