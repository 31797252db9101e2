"""The two files that AWS's tools share, `~/.aws/config` and `~/.aws/credentials`. Read them in a worker thread."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from ..._core.errors import ConfigurationError
from ..._core.redact import mask
from ..._core.secret import opened

# The highest number of characters in a file: more than any has, because a device such as /dev/zero has no end.
_LONGEST = 16 * 1024 * 1024

Section = dict[str, str]  # its values are masked


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. `config` and `credentials` are its sections in the two files, or `None` if a file has none.

    `settings` merges both sections. A setting in the credentials file takes precedence.
    """

    name: str
    config: Section | None = field(repr=False)
    credentials: Section | None = field(repr=False)
    services: Mapping[str, Section] = field(default_factory=dict[str, Section], repr=False)

    @property
    def exists(self) -> bool:
        return self.config is not None or self.credentials is not None

    @property
    def settings(self) -> Section:
        return {**(self.config or {}), **(self.credentials or {})}

    def service_settings(self, key: str) -> Section:
        """Return the settings of one service, such as `sts`, in the `services` section that the profile names.

        Raises:
            ConfigurationError: if the section is missing.
        """
        name: str | None = opened(self.settings.get("services"))
        if name is None:
            return {}
        if name not in self.services:
            raise ConfigurationError(f"the profile {self.name!r} names the section [services {name}], which is missing")
        lines = (line.partition("=") for line in str(opened(self.services[name].get(key, ""))).splitlines())
        return {option.strip(): mask(value.strip()) for option, sign, value in lines if sign}


class ProfileChoice(NamedTuple):
    """The profile to read, and the paths of the two files. `named` is false for the profile that is the default."""

    name: str
    named: bool
    config_file: str
    credentials_file: str

    @classmethod
    def of(cls, name: str | None = None, config_file: str | None = None, credentials_file: str | None = None) -> Self:
        """Choose from the arguments, then from the environment, then as AWS's tools do by default."""
        # AWS_DEFAULT_PROFILE takes precedence, as in botocore.
        named = name or os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE")
        return cls(
            named or "default",
            bool(named),
            config_file or os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config",
            credentials_file or os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
        )

    def read(self) -> Profile:
        """Return the profile. A path that does not lead to a file counts as an empty file.

        Raises:
            ConfigurationError: if a file cannot be read, or has no profile with the chosen name.
        """
        sections = _sections(self.config_file)
        config = {known: section for title, section in sections if (known := _profile_name(title))}
        services = {known: section for title, section in sections if (known := _name_after("services", title))}
        credentials = dict(_sections(self.credentials_file))
        profile = Profile(self.name, config.get(self.name), credentials.get(self.name), services)
        if self.named and not profile.exists:
            raise ConfigurationError(
                f"the profile {self.name!r} is neither in {self.config_file} nor in {self.credentials_file}"
            )
        return profile


def _profile_name(title: str) -> str | None:
    """Return the name of a profile in the config file: only `[default]` and `[profile NAME]` are profiles."""
    return title if title == "default" else _name_after("profile", title)


def _name_after(kind: str, title: str) -> str | None:
    if title.startswith(kind):
        try:
            parts = shlex.split(title)
        except ValueError:  # a quotation without an end
            return None
        if len(parts) == 2:
            return parts[1]
    return None


def read_text(path: str) -> str:
    """Return the content of a file of AWS's tools.

    Raises:
        OSError: if it cannot be read.
        ValueError: if the path is invalid, or the file is too large, or not UTF-8.
    """
    with open(path, encoding="utf-8") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError("the file is too large")
    return content


def _sections(path: str) -> list[tuple[str, Section]]:
    # Path's own methods raise an error if the home folder is unknown, or if a folder cannot be searched.
    place = os.path.expanduser(os.path.expandvars(path))
    parsed = _parsed(place) if os.path.isfile(place) else []
    if isinstance(parsed, str):
        raise ConfigurationError(f"the file {place!r} of AWS's tools cannot be read ({parsed})")
    return parsed


def _parsed(place: str) -> list[tuple[str, Section]] | str:
    """Return the sections of a file, or why it cannot be read.

    This never raises, because a traceback can show the content of the parser, which is a mapping.
    """
    import configparser  # noqa: PLC0415 - many programs read no such file

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_text(place))
        return [(title, mask(dict(parser.items(title)))) for title in parser.sections()]
    except (OSError, ValueError, configparser.Error) as error:
        return type(error).__name__  # the error itself quotes a line, which may contain the secret
