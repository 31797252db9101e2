"""How users of a pool come about: from a reply, from tokens, from a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._client.pool_client import Engine
from .._core.redact import mask
from .._session.registry import Keeper
from .._tokens import states
from .._tokens.claims import text_claim
from .user.user import CognitoUser

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens


def named(engine: Engine, username: str, sub: str | None = None) -> CognitoUser:
    """A user of this pool who is not signed in."""
    user = CognitoUser(username, sub)
    user._engine = engine
    return user


def signed_in(engine: Engine, username: str, tokens: Tokens, keeper: Keeper | None = None) -> CognitoUser:
    """A signed-in user, under the names that the access token gives; `username` where it gives none."""
    user = named(engine, text_claim(tokens, "username") or username, text_claim(tokens, "sub"))
    user._tokens, user._keeper = tokens, keeper
    return user


def restored(engine: Engine, state: str, key: str | bytes | None, keeper: Keeper | None = None) -> CognitoUser:
    """A signed-in user from a state, under the names that are kept there."""
    state, key = mask(state), mask(key)
    kept = states.unpack(state, states.UserState, engine.client.binding, key)
    user = named(engine, kept.username, kept.sub)
    user._tokens, user._keeper = kept.tokens, keeper
    return user
