"""Which source is asked when, and what a user pool makes of what it is given as `credentials=`.

Every program imports this file, and most have no AWS credentials: so it is light, and the sources are imported late.
"""

from __future__ import annotations

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..identity import AtOnce, Credentials, CredentialsProvider
from .cached import Kept
from .environment import EnvironmentSource
from .source import Absent, Source


class AwsChain(Source):
    """The sources of AWS's tools, in their order; the first that has credentials gives them.

    One that should have some and fails ends the search.
    """

    def at_hand(self) -> Credentials | None:
        return EnvironmentSource().at_hand()

    async def look(self, clock: Clock) -> Credentials | Absent:
        others = await anyio.to_thread.run_sync(_others, abandon_on_cancel=True)
        reasons: list[str] = []
        for source in (EnvironmentSource(), *others):
            outcome = await source.look(clock)
            if isinstance(outcome, Credentials):
                return outcome
            reasons.append(outcome.why)
        return Absent(f"pass credentials=, or set up a source ({'; '.join(reasons)})")


def _others() -> tuple[Source, ...]:
    # In a thread, because it imports.
    from .container import ContainerSource  # noqa: PLC0415
    from .instance import InstanceSource  # noqa: PLC0415
    from .profile import ProfileSource  # noqa: PLC0415

    return ProfileSource(with_environment=True), ContainerSource(), InstanceSource()


class Asked(Source):
    """What the user gave: asked at each attempt, unless it says when its credentials end."""

    lasting = 0.0

    def __init__(self, provider: CredentialsProvider) -> None:
        self._provider = provider

    async def look(self, clock: Clock) -> Credentials | Absent:
        answer: object = await self._provider()
        if isinstance(answer, Credentials):
            return answer
        raise CredentialsError("the provider of AWS credentials returned something else than Credentials")


def resolve(credentials: Credentials | CredentialsProvider | None, clock: Clock) -> CredentialsProvider:
    """What a caller may give as `credentials=`, as a provider that keeps and renews; `None` is AWS's chain."""
    if credentials is None:
        return Kept(AwsChain(), clock)
    if isinstance(credentials, Source):
        return Kept(credentials, clock)
    return Kept(Asked(credentials), clock) if callable(credentials) else AtOnce(credentials)
