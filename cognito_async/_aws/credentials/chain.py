"""The order of the sources, and the conversion of the `credentials=` argument to a provider.

Every program imports this file, and most use no AWS credentials. Therefore it imports the sources only when needed.
"""

from __future__ import annotations

from typing import cast

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..._core.secret import Secret
from ..identity import Credentials, CredentialsProvider, StaticCredentials
from .cached import CachedCredentials
from .environment import EnvironmentSource
from .source import NoCredentials, Source


class AwsChain(Source):
    """The sources of AWS's tools, in their order. The first one that has credentials provides them.

    If a source is configured but fails, the search ends with its error.
    """

    def load_nowait(self) -> Credentials | None:
        return EnvironmentSource().load_nowait()

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        others = await anyio.to_thread.run_sync(_others, abandon_on_cancel=True)
        reasons: list[str] = []
        for source in (EnvironmentSource(), *others):
            outcome = await source.load(clock)
            if isinstance(outcome, Credentials):
                return outcome
            reasons.append(outcome.reason)
        return NoCredentials(f"pass credentials=, or set up a source ({'; '.join(reasons)})")


def _others() -> tuple[Source, ...]:
    # Called in a thread, because the imports take long.
    from .container import ContainerSource  # noqa: PLC0415
    from .instance import InstanceSource  # noqa: PLC0415
    from .profile import ProfileSource  # noqa: PLC0415

    return ProfileSource(with_environment=True), ContainerSource(), InstanceSource()


class CallableSource(Source):
    """The program's own provider. It is called for each attempt, but credentials with `expires_at` are cached."""

    cache_seconds = 0.0

    def __init__(self, provider: CredentialsProvider) -> None:
        self._provider = provider

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        answer: Secret[object] = Secret(await self._provider())  # a value of another type may show its secret
        if isinstance(answer.reveal(), Credentials):
            return cast("Credentials", answer.reveal())
        raise CredentialsError("the credentials= callable must return Credentials")


def resolve(credentials: Credentials | CredentialsProvider | None, clock: Clock) -> CredentialsProvider:
    """Convert the `credentials=` argument to a provider. `None` means the default chain.

    Credentials from a source are cached and refreshed, and those from a callable if they have `expires_at`.
    """
    if credentials is None:
        return CachedCredentials(AwsChain(), clock)
    if isinstance(credentials, Source):
        return CachedCredentials(credentials, clock)
    return (
        CachedCredentials(CallableSource(credentials), clock)
        if callable(credentials)
        else StaticCredentials(credentials)
    )
