"""The settings of AWS's tools that say where a service is, from the environment and from a profile."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..._core.errors import ConfigurationError
from ..._core.redact import mask
from ..._core.secret import opened
from ..._core.value_class import value_class
from .endpoint import check_endpoint
from .files import Profile

# The key of each service in a `services` section. In upper case, it ends the name of the service's own variable.
_KEYS = {"cognito-idp": "cognito_identity_provider", "cognito-identity": "cognito_identity", "sts": "sts"}
# The settings other than the URL, and their variables. The first variable that is set decides.
_VARIABLES = {
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "ignore_configured_endpoint_urls": ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",),
    "use_fips_endpoint": ("AWS_USE_FIPS_ENDPOINT",),
    "use_dualstack_endpoint": ("AWS_USE_DUALSTACK_ENDPOINT",),
    "ca_bundle": ("AWS_CA_BUNDLE",),
}
_FLAGS = ("ignore_configured_endpoint_urls", "use_fips_endpoint", "use_dualstack_endpoint")


@value_class
class Setting:
    """The text of one setting, and the name of its origin for error messages, such as `AWS_ENDPOINT_URL`.

    Its `repr` hides the text, because a URL may hold a password.
    """

    text: str
    origin: str

    def is_true(self) -> bool:
        """Return whether the setting is `true`.

        Raises:
            ConfigurationError: if it is neither `true` nor `false`.
        """
        word = self.text.strip().lower()
        if word not in ("true", "false"):
            raise ConfigurationError(f"{self.origin} must be 'true' or 'false', not {self.text[:64]!r}")
        return word == "true"

    def as_url(self) -> str:
        """Return the setting as the URL of a service.

        Raises:
            ConfigurationError: if it is not a valid URL.
        """
        return check_endpoint(mask(self.text.strip()), self.origin)


Settings = Mapping[str, Setting]


def settings_of_environment(service: str) -> Settings:
    """Return the settings of a service in the environment. A variable that is empty is treated as not set."""
    wanted = {"endpoint_url": (f"AWS_ENDPOINT_URL_{_KEYS[service].upper()}", "AWS_ENDPOINT_URL"), **_VARIABLES}
    found: dict[str, Setting] = {}
    for name, variables in wanted.items():
        for variable in reversed(variables):
            if text := os.environ.get(variable):
                found[name] = Setting(text, variable)
    return found


def settings_of_profile(profile: Profile, service: str) -> Settings:
    """Return the settings of a service in a profile.

    Raises:
        ConfigurationError: if the profile names a `services` section that does not exist.
    """
    of_all = profile.settings
    found = {
        name: Setting(opened(of_all[name]), f"{name} of the profile {profile.name!r}")
        for name in ("endpoint_url", *_VARIABLES)
        if of_all.get(name)
    }
    key = _KEYS[service]
    if url := profile.service_settings(key).get("endpoint_url"):
        found["endpoint_url"] = Setting(opened(url), f"endpoint_url of {key} in the services of {profile.name!r}")
    return found


def check_settings(settings: Settings) -> None:
    """Check the form of each setting, except URLs that are ignored.

    Raises:
        ConfigurationError: if one is invalid. The message names its origin.
    """
    for name in _FLAGS:
        if name in settings:
            settings[name].is_true()
    is_ignored = "ignore_configured_endpoint_urls" in settings and settings["ignore_configured_endpoint_urls"].is_true()
    if "endpoint_url" in settings and not is_ignored:
        settings["endpoint_url"].as_url()
