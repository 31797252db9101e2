"""The record that names the users of one `Auth`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from .._core.errors import ConfigurationError
from .._core.redact import mask


class People(BaseModel):
    """Who is signed in here: the one that calls without a name mean, and all, the latest first."""

    model_config = ConfigDict(hide_input_in_errors=True)

    current: str | None = None
    users: list[str] = []

    def entering(self, username: str) -> People:
        """With this user as the current one."""
        return People(current=username, users=[username, *(name for name in self.users if name != username)])

    def leaving(self, username: str) -> People:
        """Without this user; nobody is current then, if this user was."""
        current = None if self.current == username else self.current
        return People(current=current, users=[name for name in self.users if name != username])

    @classmethod
    def read(cls, text: str) -> People:
        """The record's text.

        Raises:
            ConfigurationError: it is something else.
        """
        text = mask(text)
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            raise ConfigurationError("the store holds something else where the names of its users should be") from None
