"""A service that refuses calls, and users whose calls it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cognito_async import Auth, AuthEvent, CognitoUser, MemoryStore
from cognito_async.local import MovableClock
from tests.session.token_service import HOUR, ONCE, Service
from tests.support import DEVICE_KEY, Answer, Recorder, adopt, refusal, serving

REFRESH = "GetTokensFromRefreshToken"
REVOKED = refusal("NotAuthorizedException", "Access Token has been revoked")
NO_SCOPE = refusal("NotAuthorizedException", "Access Token does not have required scopes")
OVER = refusal("NotAuthorizedException", "Refresh Token has been revoked")
REPLY = {"UserAttributes": [], "SecretCode": "MZXW6YTB", "Status": "SUCCESS", "Device": {"DeviceKey": DEVICE_KEY}}
# The calls whose `NotAuthorizedException` may be about a password or a code, and those that are harmless to repeat.
PROOFS = {"change_password", "confirm_attribute", "verify_totp"}
HARMLESS = {"attributes", "delete_attributes", "verified_contacts", "auth_factors", "mfa_preference"}
HARMLESS |= {"set_mfa_preference", "devices", "device", "remember_device"}


class Refusing(Service):
    """A service that refuses calls.

    Attributes:
        refused: the replies to calls with these access tokens, or of these operations.
        refuse: a function that returns the reply to a call that `refused` does not contain.
        refreshes: the replies to the next refreshes. Afterwards, it issues tokens.
    """

    def __init__(self, clock: MovableClock) -> None:
        super().__init__(clock)
        self.refused: dict[str, Answer] = {}
        self.refuse: Callable[[str], Answer] = lambda operation: REPLY
        self.refreshes: list[Answer] = []

    def times(self, seconds: int = HOUR) -> dict[str, int]:
        return {**super().times(seconds), "jti": self.count}

    def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        if operation == REFRESH:
            return self.refreshes.pop(0) if self.refreshes else super().__call__(operation, body)
        token = body.get("AccessToken") or body.get("AuthParameters", {}).get("ACCESS_TOKEN", "")
        return self.refused.get(operation) or self.refused.get(token) or self.refuse(operation)


def refused_user(clock: MovableClock | None = None, **options: Any) -> tuple[CognitoUser, Recorder, Refusing]:
    """Return alice, signed in, whose tokens no `Auth` stores."""
    clock = clock or MovableClock()
    service = Refusing(clock)
    pool, recorder = serving(service, clock=clock, retry=ONCE, **options)
    return pool.user_from_tokens(service.tokens()), recorder, service


class Stored:
    """Alice as the current user of an `Auth`, its store, and its events: their names and the classes of the errors."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        clock = MovableClock()
        self.service = Refusing(clock)
        self.pool, self.recorder = serving(self.service, clock=clock, retry=ONCE)
        self.store = store if store is not None else MemoryStore()
        self.auth: Auth = self.pool.auth(store=self.store)
        self.events: list[tuple[str, type[Exception] | None]] = []
        self.auth.on_event(self._note)
        self.user = self.pool.user_from_tokens(self.service.tokens())

    def _note(self, event: AuthEvent) -> None:
        self.events.append((event.name, None if event.error is None else type(event.error)))

    async def adopted(self) -> Stored:
        await adopt(self.auth, self.user)
        return self
