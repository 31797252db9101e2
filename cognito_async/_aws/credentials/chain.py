"""The order of the sources, and the providers that the `credentials=` argument turns into.

Every program imports this file, and most have no AWS credentials: so it is light, and the sources are imported late.
"""

from __future__ import annotations

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..identity import Credentials, CredentialsProvider, StaticCredentials
from .cached import CachedCredentials
from .environment import EnvironmentSource
from .source import NoCredentials, Source


class AwsChain(Source):
    """The sources of AWS's tools, in their order; the first that has credentials provides them.

    A source that is set up and fails ends the search.
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
            reasons.append(outcome.why)
        return NoCredentials(f"pass credentials=, or set up a source ({'; '.join(reasons)})")


def _others() -> tuple[Source, ...]:
    # In a thread, because it imports.
    from .container import ContainerSource  # noqa: PLC0415
    from .instance import InstanceSource  # noqa: PLC0415
    from .profile import ProfileSource  # noqa: PLC0415

    return ProfileSource(with_environment=True), ContainerSource(), InstanceSource()


class CallableSource(Source):
    """The caller's provider: called for each attempt, unless its credentials have `expires_at`."""

    cache_seconds = 0.0

    def __init__(self, provider: CredentialsProvider) -> None:
        self._provider = provider

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        answer: object = await self._provider()
        if isinstance(answer, Credentials):
            return answer
        raise CredentialsError("the provider of AWS credentials returned something else than Credentials")


def resolve(credentials: Credentials | CredentialsProvider | None, clock: Clock) -> CredentialsProvider:
    """Convert the `credentials=` argument to a provider.

    Results of sources and callables are cached and refreshed; `None` is the default chain.
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
