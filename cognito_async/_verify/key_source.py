"""The keys behind one URL: fetched when they are first needed, again when they are old, and when one is missing."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from .._core.clock import Clock, Deadline
from .._core.concurrency.guard import guard
from .._core.concurrency.process_flights import ProcessFlights
from .._core.errors import CallTimeout, CognitoError, KeysUnavailable
from .._core.secret import Secret
from .._core.token_errors import UnknownKey
from .._http.connections import HttpConnections
from .._http.message import HttpRequest
from .._http.origin import Url
from .public_keys import PublicKey, public_keys
from .strict_json import read_object

# The most fetches in COOL_DOWN_SECONDS, unless one of them has found the key that was missing. One would be too few: a
# token with an invented key id could use it up just before the pool replaces its keys. If they are used up, another one
# is allowed after a part of this time, so that even many such tokens delay a new key only a little.
_FETCHES = 3
COOL_DOWN_SECONDS = 10.0
_SPACING_SECONDS = COOL_DOWN_SECONDS / _FETCHES
# A key set of Cognito has 1 KB.
_MOST_BYTES = 64 * 1024
# Seconds after its timeout at which a fetch is given up: its event loop is blocked, or was stopped and not closed.
_GRACE_SECONDS = 1.0

_log = logging.getLogger("cognito_async.keys")


class KeySource:
    """The keys that one URL serves, shared by all event loops and threads of the process.

    Args:
        url: the address of the key set.
        connections: send the requests.
        clock: measures the age of the keys.
        ttl: seconds after which the keys are fetched again.
        timeout: seconds that one fetch may take.
    """

    def __init__(self, url: Url, connections: HttpConnections, clock: Clock, *, ttl: float, timeout: float) -> None:
        self._url = url
        self._connections = connections
        self._clock = clock
        self._ttl = ttl
        self._timeout = timeout
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at = self._started_at = float("-inf")
        self._failure: str | None = None  # of the last fetch
        self._added: Mapping[str, PublicKey] = {}
        self._refused = False  # whether the last fetch got a reply with a status from 400 to 499
        self._flights: ProcessFlights[None] = ProcessFlights()
        self._flight = 0  # the name of the running fetch in `_flights`
        # The times of the last fetches since one has found the missing key.
        self._fetches: deque[float] = deque(maxlen=_FETCHES)

    def add(self, keys: Mapping[str, PublicKey]) -> None:
        """Add keys that stay until the end of the process, whatever the URL serves."""
        self._added = {**self._added, **keys}

    def find(self, kid: str) -> PublicKey | None:
        """Return a key that is there, however old it is."""
        return self._keys.get(kid) or self._added.get(kid)

    def wants_fetch(self, kid: str) -> bool:
        """Return whether to fetch the keys before this one is used: it is missing or old, and a fetch is allowed."""
        if not self._is_due(kid):
            return False
        is_running = self._is_running()
        if self.find(kid) is not None:  # while one caller fetches the keys, the others use the old ones
            return not is_running and self._seconds_to_wait() <= 0
        return is_running or self._seconds_to_wait() <= 0

    async def fetch(self, kid: Secret[str]) -> None:
        """Fetch the keys because this one is wanted, or wait for a fetch that is running.

        If the fetch fails, no error is raised: use `find` and `error` afterwards. `kid` is secret, because it is a part
        of a token.
        """
        await self._run(lambda: self._fetch_for(kid))

    async def preload(self) -> None:
        """Fetch the keys now, unless they were fetched several times a moment ago.

        Raises:
            KeysUnavailable: if the fetch has failed, and no earlier one has succeeded.
        """
        await self._run(self._fetch)
        if not self.has_keys:
            raise self.unavailable()

    def error(self) -> CognitoError:
        """Return the error for a key that is not there."""
        return unknown_key() if self._failure is None and self._keys else self.unavailable()

    @property
    def has_keys(self) -> bool:
        """Return whether there are keys, however old they are."""
        return bool(self._keys or self._added)

    @property
    def does_not_exist(self) -> bool:
        """Return whether the server has never sent keys from this URL, and has refused the last request."""
        return self._refused and not self.has_keys

    def unavailable(self) -> KeysUnavailable:
        """Return the error for keys that are not there and may exist."""
        problem = self._failure or "they are not here yet, so await verify() or preload()"
        message = f"the token cannot be verified without the keys of the user pool: {problem}"
        return KeysUnavailable(message, retry_after=max(1.0, self._seconds_to_wait()))

    def _is_due(self, kid: str) -> bool:
        if kid in self._keys:
            return self._clock.monotonic() - self._fetched_at >= self._ttl
        return kid not in self._added

    def _seconds_to_wait(self) -> float:
        """Return the seconds until the next fetch is allowed; at most 0 if it is allowed now."""
        fetches = [*self._fetches]  # a copy, because other threads change it
        if len(fetches) < _FETCHES:
            return 0.0
        allowed_at = min(fetches[0] + COOL_DOWN_SECONDS, fetches[-1] + _SPACING_SECONDS)
        return allowed_at - self._clock.monotonic()

    def _is_running(self) -> bool:
        """Return whether a fetch is running that will end in time."""
        return self._flights.is_running(str(self._flight)) and not self._is_overdue()

    def _is_overdue(self) -> bool:
        return self._clock.monotonic() - self._started_at >= self._timeout + _GRACE_SECONDS

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run a fetch, or wait for the one that is running, but not longer than a fetch may take."""
        number, is_overdue = self._flight, self._is_overdue()
        is_running = self._flights.is_running(str(number))
        with guard:
            if is_running and is_overdue and self._flight == number:
                self._flight += 1  # give up that fetch: the next callers share another one
            if is_overdue or not is_running:
                self._started_at = self._clock.monotonic()
        with suppress(CallTimeout):
            await self._flights.run(str(self._flight), work, Deadline(self._clock, self._timeout + _GRACE_SECONDS))

    async def _fetch_for(self, kid: Secret[str]) -> None:
        if self._is_due(kid.reveal()):  # otherwise another thread has fetched it in the meantime
            await self._fetch()
            if self._failure is None and kid.reveal() in self._keys:
                self._fetches.clear()

    async def _fetch(self) -> None:
        if self._seconds_to_wait() > 0:
            return
        self._fetches.append(self._clock.monotonic())  # now, because this caller may be cancelled
        try:
            found = await self._load()
        except BaseException:
            self._failure = "the last fetch was cancelled"
            raise
        if isinstance(found, str):
            self._failure = found
            _log.warning("the keys of the user pool cannot be fetched: %s", found)
        else:
            self._keys, self._fetched_at, self._failure = found, self._clock.monotonic(), None

    async def _load(self) -> Mapping[str, PublicKey] | str:
        """Return the keys that the URL serves now, or the reason for the failure."""
        request = HttpRequest(
            "GET", self._url, {"accept": "application/json"}, repeatable=True, max_reply_bytes=_MOST_BYTES
        )
        try:
            reply = await self._connections.send(request, Deadline(self._clock, self._timeout))
        except CognitoError as error:
            return error.message
        self._refused = 400 <= reply.status_code < 500
        if reply.status_code != 200:
            address = f"{self._url.origin.authority} has answered with the status {reply.status_code}"
            return f"{address}; check user_pool_id and jwks_url" if reply.status_code == 404 else address
        document = read_object(reply.body)
        keys = {} if isinstance(document, str) else public_keys(document)
        return keys or f"the reply of {self._url.origin.authority} has no usable key"


def unknown_key() -> UnknownKey:
    """Return the error for a key that does not exist."""
    return UnknownKey("the user pool has no key with the id that the token names")


class KeySources:
    """The key sources of one client, shared by all its verifiers."""

    def __init__(self, connections: HttpConnections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._sources: dict[tuple[str, float, float], KeySource] = {}

    def get(self, url: Url, *, ttl: float, timeout: float) -> KeySource:
        """Return the source of this URL, always the same for the same arguments."""
        new = KeySource(url, self._connections, self._clock, ttl=ttl, timeout=timeout)
        return self._sources.setdefault((url.text, ttl, timeout), new)
