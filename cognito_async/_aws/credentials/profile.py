"""A profile of AWS's shared files: keys, a web identity, or a kind that only botocore supports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import ConfigurationError, CredentialsError
from ..._core.secret import opened
from ..identity import Credentials
from ..settings.files import Profile, ProfileChoice, Section
from .boto import BotoSource
from .source import NoCredentials, Source, read_credentials
from .web_identity import WebIdentitySource


@dataclass(frozen=True, slots=True)
class ProfileSource(Source):
    """The source that reads a profile. It looks for each kind of credentials in the order of AWS's tools.

    Args:
        name: name of the profile; by default the one in AWS_DEFAULT_PROFILE or AWS_PROFILE, or else `default`.
        config_file: path of the file; by default the one in AWS_CONFIG_FILE, or else `~/.aws/config`.
        credentials_file: path of the file; by default the one in AWS_SHARED_CREDENTIALS_FILE, or else
            `~/.aws/credentials`.
        with_environment: whether a web identity in the environment takes precedence over the profile's; by default
            only the profile's is used.
    """

    name: str | None = None
    config_file: str | None = None
    credentials_file: str | None = None
    with_environment: bool = False

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        choice = ProfileChoice.of(self.name, self.config_file, self.credentials_file)
        try:
            profile = await anyio.to_thread.run_sync(choice.read, abandon_on_cancel=True)
        except ConfigurationError as error:
            problem = error.message
        else:
            return await self._choose(profile).load(clock)
        raise CredentialsError(problem)

    def _choose(self, profile: Profile) -> Source:
        settings, credentials, config = profile.settings, profile.credentials or {}, profile.config or {}
        identity = self._web_identity(profile)
        boto = BotoSource(profile.name, self.config_file, self.credentials_file)
        if "role_arn" in settings and "web_identity_token_file" not in settings:
            return boto
        if identity.token_file:
            return identity
        if "sso_role_name" in settings or "sso_account_id" in settings:
            return boto
        if "aws_access_key_id" in credentials:
            return _Keys(profile.name, credentials)
        if "login_session" in settings or "credential_process" in settings:
            return boto
        return _Keys(profile.name, config)

    def _web_identity(self, profile: Profile) -> WebIdentitySource:
        given: Mapping[str, str] = os.environ if self.with_environment else {}
        settings = profile.settings
        return WebIdentitySource(
            token_file=given.get("AWS_WEB_IDENTITY_TOKEN_FILE")
            or opened(settings.get("web_identity_token_file"))
            or "",
            role_arn=given.get("AWS_ROLE_ARN") or opened(settings.get("role_arn")) or "",
            session_name=given.get("AWS_ROLE_SESSION_NAME") or opened(settings.get("role_session_name")),
            profile=profile,
        )


class _Keys(Source):
    """The source that reads the keys in a section of a file, if it has any."""

    def __init__(self, profile: str, section: Section) -> None:
        self._profile = profile
        self._section = section

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        section = self._section
        if "aws_access_key_id" not in section:
            return NoCredentials(f"the profile {self._profile!r} has no credentials")
        fields = {
            "AccessKeyId": section["aws_access_key_id"],
            "SecretAccessKey": section.get("aws_secret_access_key", ""),
            # The older name takes precedence, as in botocore.
            "Token": section.get("aws_security_token", section.get("aws_session_token")),
        }
        return read_credentials(f"the profile {self._profile!r}", fields)
