"""The two files that AWS's tools share, `~/.aws/config` and `~/.aws/credentials`. Read them in a worker thread."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from ..._core.errors import CredentialsError
from ..._core.redact import mask

Section = dict[str, str]  # its values are masked


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. `config` and `credentials` are its sections in the two files, or `None` if a file has none.

    `settings` merges both sections. A setting in the credentials file takes precedence.
    """

    name: str
    config: Section | None = field(repr=False)
    credentials: Section | None = field(repr=False)

    @property
    def exists(self) -> bool:
        return self.config is not None or self.credentials is not None

    @property
    def settings(self) -> Section:
        return {**(self.config or {}), **(self.credentials or {})}


def read_profile(name: str, config_file: str, credentials_file: str) -> Profile:
    """Return one profile. A missing file is treated as an empty one.

    Raises:
        CredentialsError: if a file cannot be read.
    """
    config = {known: section for title, section in _sections(config_file) if (known := _profile_name(title))}
    credentials = dict(_sections(credentials_file))
    return Profile(name, config.get(name), credentials.get(name))


def _profile_name(title: str) -> str | None:
    """Return the name of a profile in the config file: only `[default]` and `[profile NAME]` are profiles."""
    if title == "default":
        return title
    if title.startswith("profile"):
        try:
            parts = shlex.split(title)
        except ValueError:  # a quotation without an end
            return None
        if len(parts) == 2:
            return parts[1]
    return None


def _sections(path: str) -> list[tuple[str, Section]]:
    place = Path(os.path.expandvars(path)).expanduser()
    parsed = _parse(place)
    if isinstance(parsed, str):
        raise CredentialsError(f"the file {str(place)!r} of AWS's tools cannot be read ({parsed})")
    return parsed


def _parse(place: Path) -> list[tuple[str, Section]] | str:
    """Return the sections of a file, or why it cannot be read.

    This never raises, because a traceback can show the content of the parser, which is a mapping.
    """
    import configparser  # noqa: PLC0415 - most programs read no such file

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(place.read_text("utf-8"))
        return [(title, mask(dict(parser.items(title)))) for title in parser.sections()]
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return []
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        return type(error).__name__  # the error itself quotes a line, which may contain the secret
