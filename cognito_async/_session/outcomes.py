"""The outcomes of a refresh and of a sign-out, which the facade converts to public results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._core.concurrency.failure import Failure
from .._core.errors import CognitoError
from .._core.value_class import value_class
from .._flows.sign_out import Remote

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens
    from .registry import SessionRegistry


@value_class
class RefreshOutcome:
    """The result of one shared refresh.

    Attributes:
        tokens: the tokens after the refresh; the old ones if `error` is set.
        issued: whether this process got these tokens from the service; false for tokens that were in the store.
        registry: the registry whose store the refresh used; `None` if it used no store.
        failure: the error of saving the new tokens, if that failed.
        unsaved: the older tokens, which the store still holds if saving failed.
        error: the error of a refresh that has brought no tokens: `SessionExpired` if the session has ended.
    """

    tokens: Tokens
    issued: bool = False
    registry: SessionRegistry | None = None
    failure: Failure | None = None
    unsaved: Tokens | None = None
    error: Failure | None = None


class SignOutOutcome(NamedTuple):
    """The result of a sign-out at the service, and the error if it failed."""

    remote: Remote
    error: CognitoError | None = None
