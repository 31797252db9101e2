"""Credentials in the environment, which need no file or network."""

from __future__ import annotations

import os

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..identity import Credentials
from .source import NoCredentials, Source


class EnvironmentSource(Source):
    """The source that reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if set, AWS_SESSION_TOKEN at each call."""

    def load_nowait(self) -> Credentials | None:
        if not os.environ.get("AWS_ACCESS_KEY_ID"):
            return None
        if not os.environ.get("AWS_SECRET_ACCESS_KEY"):
            raise CredentialsError("AWS_ACCESS_KEY_ID is set without its secret: set AWS_SECRET_ACCESS_KEY too")
        return Credentials(
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ["AWS_SECRET_ACCESS_KEY"],
            # The older name takes precedence, as in botocore.
            os.environ.get("AWS_SECURITY_TOKEN") or os.environ.get("AWS_SESSION_TOKEN"),
        )

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        return self.load_nowait() or NoCredentials("AWS_ACCESS_KEY_ID is not set")
