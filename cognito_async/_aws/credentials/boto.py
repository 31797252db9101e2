"""Credentials of the kinds that only botocore supports: SSO, processes, chains of roles, and later additions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..._core.outside import clamp
from ..identity import Credentials
from .source import NoCredentials, Source


@dataclass(frozen=True, slots=True)
class BotoSource(Source):
    """The source that asks botocore, in a worker thread.

    It makes a new session of botocore each time, because an old one might return cached credentials that have expired.

    Args:
        profile: name of the profile; by default, botocore searches its whole chain of sources.
        config_file, credentials_file: paths of the shared files; by default, botocore chooses them.
    """

    profile: str | None = None
    config_file: str | None = None
    credentials_file: str | None = None

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        return await anyio.to_thread.run_sync(self._resolve, abandon_on_cancel=True)

    def _resolve(self) -> Credentials | NoCredentials:
        source = "botocore's chain" if self.profile is None else f"the profile {self.profile!r}"
        try:
            found = self._ask(import_module("botocore.session"))  # an extra, and slow to import
        except ImportError:
            problem = f"{source} needs an extra: pip install 'cognito-async[boto]'"
        except Exception as error:  # noqa: BLE001 - botocore's sources may raise any error, even with a secret
            problem = f"botocore could not get credentials from {source} ({type(error).__name__})"
        else:
            return found or NoCredentials(f"botocore found no credentials in {source}")
        raise CredentialsError(problem)

    def _ask(self, botocore: Any) -> Credentials | None:
        session = botocore.Session(profile=self.profile)
        for name in ("config_file", "credentials_file"):
            if (path := getattr(self, name)) is not None:
                session.set_config_variable(name, path)
        source = session.get_credentials()
        if source is None:
            return None
        keys = source.get_frozen_credentials()
        ends: datetime | None = getattr(source, "_expiry_time", None)
        return Credentials(keys.access_key, keys.secret_key, keys.token, ends and clamp(ends))
