"""The outcomes of a refresh and of a sign-out, before the facade makes results of them."""

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

    `issued`: the service issued these tokens for it. `registry`: where they are saved already. `failure`: why saving
    them failed; `unsaved`: the tokens that the store still holds then. `refused`: why there are no new tokens.
    """

    tokens: Tokens
    issued: bool = False
    registry: SessionRegistry | None = None
    failure: Failure | None = None
    unsaved: Tokens | None = None
    refused: SessionExpired | None = None


class SignOutOutcome(NamedTuple):
    """What a sign-out did at the service, and why it did not do more."""

    remote: Remote
    error: CognitoError | None = None
