"""What making an account returns."""

from __future__ import annotations

from pydantic import PrivateAttr

from .._ground.redact import Masked
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


class ConfirmSignUpResult(Result):
    """What `confirm_sign_up` returns: the user may now sign in.

    Attributes:
        user: the confirmed user by name, not signed in.
    """

    user: CognitoUser
    _session: Masked | None = PrivateAttr(default=None)
