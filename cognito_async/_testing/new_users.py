"""The options of a user that a test makes, and their check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypedDict, cast, get_args

from .._core import checks
from .._core.errors import ConfigurationError
from .._core.secret import Secret
from .._local.admin.made_users import NewUser
from .._local.settings.client import AppClientSettings
from .._local.settings.pool import Mfa
from .._local.state.entities import Status

Factor = Literal["totp", "sms", "email"]
_FACTORS: Final[dict[Factor, Mfa]] = {"totp": "SOFTWARE_TOKEN_MFA", "sms": "SMS_MFA", "email": "EMAIL_OTP"}


class UserOptions(TypedDict, total=False):
    """The options of `make_user`, which documents them."""

    password: str | None
    groups: Iterable[str]
    mfa: Factor | None
    attributes: Mapping[str, str] | None
    status: Status
    enabled: bool
    client: AppClientSettings | None


DEFAULTS: Final[dict[str, Any]] = {
    "password": None,
    "groups": (),
    "mfa": None,
    "attributes": None,
    "status": "CONFIRMED",
    "enabled": True,
    "client": None,
}


def new_user(username: str | None, options: UserOptions) -> NewUser:
    """Return the user for the local pool.

    Args:
        username: the name, or `None`.
        options: the options, of which the secret ones are masked.

    Raises:
        ConfigurationError: if an option is unknown, or has a wrong type.
    """
    unknown = options.keys() - DEFAULTS.keys()
    if unknown:
        raise ConfigurationError(f"make_user has no option {', '.join(sorted(unknown))}")
    given = cast("dict[str, Any]", {**DEFAULTS, **options})
    password: Secret[str] | None = None
    if given["password"] is not None:
        password = checks.secret(given["password"], "password")
    if given["mfa"] not in (None, *_FACTORS):
        raise ConfigurationError(f"mfa must be None or one of {', '.join(_FACTORS)}")
    if given["status"] not in get_args(Status):
        raise ConfigurationError(f"status must be one of {', '.join(get_args(Status))}")
    if not isinstance(given["enabled"], bool):
        raise ConfigurationError("enabled must be True or False")
    return NewUser(
        username=None if username is None else checks.text(username, "username"),
        password=None if password is None else password.reveal(),
        groups=_names(given["groups"]),
        mfa=None if given["mfa"] is None else _FACTORS[given["mfa"]],
        attributes=checks.texts(given["attributes"], "attributes"),
        status=given["status"],
        enabled=given["enabled"],
    )


def _names(groups: Any) -> tuple[str, ...]:
    if isinstance(groups, (str, bytes)) or not isinstance(groups, Iterable):
        raise ConfigurationError("groups must be a list of names")
    return tuple(checks.text(each, "each of groups") for each in cast("Iterable[object]", groups))
