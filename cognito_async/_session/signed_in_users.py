"""The list of an `Auth`'s signed-in users, in its store."""

from __future__ import annotations

from contextlib import suppress

from pydantic import BaseModel, ConfigDict, ValidationError

from .._core.errors import ConfigurationError
from .._core.secret import Secret

_LONGEST = 262_144  # parsing a longer record would block the event loop


class SignedInUsers(BaseModel):
    """The signed-in users of one `Auth`, most recent first. `current` is the user of calls without a username."""

    model_config = ConfigDict(hide_input_in_errors=True)

    current: str | None = None
    users: list[str] = []

    def with_user(self, username: str) -> SignedInUsers:
        """Return the list with this user at the front, who becomes the current user only if there is none."""
        return SignedInUsers(current=self.current or username, users=self.with_current(username).users)

    def with_current(self, username: str) -> SignedInUsers:
        """Return the list with this user as the current one."""
        return SignedInUsers(current=username, users=[username, *(name for name in self.users if name != username)])

    def without(self, username: str) -> SignedInUsers:
        """Return the list without this user. If that was the current user, the new list has no current user."""
        current = None if self.current == username else self.current
        return SignedInUsers(current=current, users=[name for name in self.users if name != username])

    @classmethod
    def read(cls, text: Secret[str]) -> SignedInUsers:
        """Parse the store's record.

        Raises:
            ConfigurationError: if it is not a list of users.
        """
        with suppress(ValidationError):
            if len(text.reveal()) <= _LONGEST:
                return cls.model_validate_json(text.reveal())
        raise ConfigurationError("the store's list of users is damaged")
