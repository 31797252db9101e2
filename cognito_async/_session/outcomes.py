"""The outcomes of a refresh and of a sign-out, which the facade converts to public results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._core.errors import CognitoError, SessionExpired
from .._core.single_flight import Failure
from .._core.value_class import value_class
from .._flows.sign_out import Remote

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens
    from .registry import SessionRegistry


@value_class
class RefreshOutcome:
    """The result of one shared refresh.

    Attributes:
        tokens: the session's tokens; with `refused` the old ones.
        issued: whether the service has issued these tokens for this refresh.
        registry: the registry whose store took part in the refresh; `None` if no store did.
        failure: the error of saving them.
        unsaved: the tokens that the store still holds after that error.
        refused: the error that says why there are no new tokens.
    """

    tokens: Tokens
    issued: bool = False
    registry: SessionRegistry | None = None
    failure: Failure | None = None
    unsaved: Tokens | None = None
    refused: SessionExpired | None = None


class SignOutOutcome(NamedTuple):
    """The result of a sign-out at the service, and the error if it failed."""

    remote: Remote
    error: CognitoError | None = None
