"""One person: a name, and while signed in the tokens and the calls that need them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .._flows import profile, sign_out
from .._flows.context import CallerContext
from .._flows.refresh import Renewed, refresh
from .._ground.clock import Deadline
from .._ground.config import UserContext
from .._ground.errors import CognitoError, ConfigurationError, NotSignedIn
from .._ground.redact import mask
from .._tokens.refresh import shielded
from .._tokens.state import UserState, pack
from .._tokens.tokens import Tokens
from .checks import NOT_GIVEN, NotGiven
from .results import SignOutResult

if TYPE_CHECKING:
    from .engine import Engine
    from .keeper import Keeper


class CognitoUser:
    """Get one from a sign-in, `pool.user(name)` or `pool.user_from_tokens(tokens)`, and call what the user may do.

    As a field of a result it validates, dumps, copies and pickles as `{username, sub}` alone: a copy is a
    name without a client, a secret or a token. Whether `username` and `sub` are true is known only from the
    service's reply or a token verifier, not from this object.

    Args:
        username: the user's name; after a sign-in the canonical one, from the access token.
        sub: the user's unchanging id, where it is known.
    """

    __slots__ = ("__weakref__", "_engine", "_keeper", "_sub", "_tokens", "_username")

    def __init__(self, username: str, sub: str | None = None) -> None:
        self._username = username
        self._sub = sub
        self._engine: Engine | None = None
        self._keeper: Keeper | None = None
        self._tokens: Tokens | None = None

    @property
    def username(self) -> str:
        """The user's name at the user pool."""
        return self._username

    @property
    def sub(self) -> str | None:
        """The user's unchanging id, or `None` where nothing has told it."""
        return self._sub

    @property
    def signed_in(self) -> bool:
        """Whether there are tokens here; they may have expired or been revoked since."""
        return self._tokens is not None

    @property
    def tokens(self) -> Tokens:
        """The tokens as they are, fresh or not.

        Raises:
            NotSignedIn: while there are none.
        """
        if self._tokens is None:
            raise NotSignedIn("this user is not signed in: call sign_in first")
        return self._tokens

    async def refresh(
        self,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> Tokens:
        """Get new tokens now; whoever asks meanwhile for the same session shares the one request.

        A refresh is never torn: cancelled or not, tokens that the service gave out are kept. The old
        refresh token stays where the service gives no new one. `user_context` is sent by REFRESH_TOKEN_AUTH
        alone: GetTokensFromRefreshToken has no place for it.

        Raises:
            NotSignedIn: while there are no tokens.
            SessionExpired: when there is no refresh token, or the service refuses it: sign in again, after
                `sign_out()` where a store keeps the session.
            TransportError, ServiceError: the session stands, and the call may be made again.

        Source: GetTokensFromRefreshToken; InitiateAuth with REFRESH_TOKEN_AUTH where a server lacks it.
        """
        engine, tokens = self._connected(), self.tokens
        return await self._renewed(
            engine, tokens, engine.caller(client_metadata, user_context), engine.deadline(timeout)
        )

    async def attributes(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> dict[str, str]:
        """Ask the service for the user's attributes, as it keeps them now: all values are text.

        An access token that has expired is renewed first.

        Raises:
            NotSignedIn, SessionExpired: sign in (again).
            NotAuthorizedException: the session was ended elsewhere.

        Source: GetUser.
        """
        engine = self._connected()
        deadline = engine.deadline(timeout)
        access_token = await self._access_token(engine, self.tokens, deadline)
        return await engine.run(profile.attributes(access_token), deadline)

    async def sign_out(self, *, global_: bool = False, timeout: float | None | NotGiven = NOT_GIVEN) -> SignOutResult:
        """End the session: here in any case, and at the service as far as it can be reached.

        Never raises for what the service or the network says; that is told in the result. An error of the
        store is raised, after the session has been ended at the service.

        Args:
            global_: end all of the user's sessions, not this one alone. An expired access token is
                renewed first, if that can be done.
            timeout: seconds for everything together.

        Source: RevokeToken; GlobalSignOut.
        """
        if self._tokens is None or self._engine is None:
            return SignOutResult(remote="none")
        engine, deadline = self._engine, self._engine.deadline(timeout)
        tokens, self._tokens = self._tokens, None
        try:
            tokens = await self._settled(engine, tokens, deadline)
        finally:
            failure = await self._forgotten()
        result = await self._ended(engine, tokens, deadline, global_)
        if failure is not None:
            raise failure from None
        return result

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write the session as a text, to go on with it elsewhere by `pool.user_from_state(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may
                hold it; with three tokens inside it is longer than the 4,096 bytes of a cookie.
                Without a key it holds the tokens in the clear.

        Raises:
            NotSignedIn: while there are no tokens.
            ConfigurationError: when the key is too short, or this user belongs to no pool.
        """
        key = mask(key)
        state = UserState(username=self._username, sub=self._sub, tokens=self.tokens)
        return pack(state, self._connected().client.binding, key)

    def __repr__(self) -> str:
        return f"CognitoUser(username={self._username!r}, sub={self._sub!r}, signed_in={self.signed_in})"

    def __copy__(self) -> CognitoUser:
        return CognitoUser(self._username, self._sub)

    def __deepcopy__(self, memo: dict[int, Any]) -> CognitoUser:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return CognitoUser, (self._username, self._sub)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def detached(value: dict[str, Any]) -> CognitoUser:
            return cls(value["username"], value.get("sub"))

        fields = core_schema.typed_dict_schema(
            {
                "username": core_schema.typed_dict_field(core_schema.str_schema(min_length=1)),
                "sub": core_schema.typed_dict_field(
                    core_schema.nullable_schema(core_schema.str_schema()), required=False
                ),
            },
            config={"title": "CognitoUser"},
        )
        parsed = core_schema.no_info_after_validator_function(detached, fields)
        return core_schema.json_or_python_schema(
            json_schema=parsed,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), parsed]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda user: {"username": user.username, "sub": user.sub}, return_schema=fields
            ),
        )

    def _connected(self) -> Engine:
        if self._engine is None:
            raise ConfigurationError("this user is a name only (a copy or a parsed one): use pool.user(name)")
        return self._engine

    async def _renewed(self, engine: Engine, tokens: Tokens, caller: CallerContext, deadline: Deadline) -> Tokens:
        """New tokens for these: taken over and saved, unless this user has signed out or gone on meanwhile."""
        shared, chosen = engine.shared, engine.options.refresh_flow

        async def renew() -> Renewed:
            flow = refresh(engine.client, self._username, tokens, caller, chosen or shared.learned_refresh_flow)
            renewed = await engine.run(flow, deadline)
            if chosen is None:
                shared.learned_refresh_flow = renewed.flow
            return renewed

        async def take(renewed: Renewed) -> None:
            if self._tokens is tokens:
                self._tokens = renewed.tokens
                if self._keeper is not None:
                    await self._keeper.save(self)

        return (await shared.refreshes.get().run(_flight_key(tokens), renew, take, deadline)).tokens

    async def _forgotten(self) -> Exception | None:
        """Remove the session from the store, cancelled or not; the store's error, to be raised at the end."""
        keeper, failures = self._keeper, list[Exception]()
        if keeper is None:
            return None

        async def forget() -> None:
            try:
                await keeper.forget(self)
            except Exception as error:  # noqa: BLE001 - a third party's store raises what it likes
                failures.append(error)

        await shielded(forget)
        return failures[0] if failures else None

    async def _ended(self, engine: Engine, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutResult:
        """End the session, or all sessions, at the service."""
        sent = not everywhere
        try:
            if everywhere:
                access_token = await self._access_token(engine, tokens, deadline)
                sent = True
                await engine.run(sign_out.sign_out_everywhere(access_token), deadline)
            elif tokens.refresh_token is not None:
                await engine.run(sign_out.revoke(engine.client, mask(tokens.refresh_token)), deadline)
            else:
                return SignOutResult(remote="none")
        except CognitoError as error:
            return SignOutResult(remote=sign_out.remote_outcome(error, everywhere=everywhere, sent=sent), error=error)
        return SignOutResult(remote="done")

    async def _access_token(self, engine: Engine, tokens: Tokens, deadline: Deadline) -> str:
        """An access token that has not expired, as far as that can be had."""
        expired = tokens.expires_at is not None and tokens.expires_at <= engine.shared.pipeline.service_time.now()
        if expired and tokens.refresh_token is not None:
            tokens = await self._renewed(engine, tokens, engine.caller(), deadline)
        return mask(tokens.access_token)

    async def _settled(self, engine: Engine, tokens: Tokens, deadline: Deadline) -> Tokens:
        """The newest tokens of this session: a refresh that is under way decides which ones there are to end."""
        with deadline.scope():
            renewed = await engine.shared.refreshes.get().settled(_flight_key(tokens))
            return renewed.tokens if renewed is not None else tokens
        return tokens


def _flight_key(tokens: Tokens) -> str:
    return hashlib.sha256((tokens.refresh_token or "").encode()).hexdigest()
