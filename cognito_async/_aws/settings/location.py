"""The location of a service: its URL, its region, and the certificates to trust. A function combines all settings."""

from __future__ import annotations

from typing import NamedTuple

from ..._core.errors import ConfigurationError
from ..._http.options import CaBundle
from ..._http.origin import Url
from .endpoint import endpoint_for
from .sources import Settings

_GLOBAL_STS = "https://sts.amazonaws.com"
_REGION_OF_GLOBAL_STS = "us-east-1"


class Location(NamedTuple):
    """The location of a service. `ca_bundle` is a file with the certificates to trust, or `None` for the usual ones."""

    url: Url
    region: str
    ca_bundle: CaBundle | None = None


class LocationOptions(NamedTuple):
    """A caller's arguments that say where a service is. They take precedence over all settings."""

    region: str | None = None
    endpoint: str | None = None
    use_fips_endpoint: bool | None = None
    use_dualstack_endpoint: bool | None = None


def needed(settings: Settings, options: LocationOptions) -> Settings:
    """Return the settings that no argument overrides."""
    overridden = {name for name, value in options._asdict().items() if value is not None}
    if options.endpoint is not None:
        overridden |= {"endpoint_url", "ignore_configured_endpoint_urls"}
        overridden |= {"use_fips_endpoint", "use_dualstack_endpoint"}
    return {name: setting for name, setting in settings.items() if name not in overridden}


def locate(service: str, options: LocationOptions, settings: Settings) -> Location:
    """Return the location of a service. A URL that is set takes precedence over FIPS and dual-stack, as in botocore.

    Args:
        service: name of the service in its host name, such as `cognito-idp`.
        options: the arguments, already checked.
        settings: the settings of the environment and of a profile that the arguments do not override.

    Raises:
        ConfigurationError: if a setting is invalid, or if no region is known.
    """
    fips = _is_on("use_fips_endpoint", options.use_fips_endpoint, settings)
    dual_stack = _is_on("use_dualstack_endpoint", options.use_dualstack_endpoint, settings)
    url, region, region_name = options.endpoint, options.region, "the region"
    if "endpoint_url" in settings and not _is_on("ignore_configured_endpoint_urls", None, settings):
        url = settings["endpoint_url"].as_url()
    if region is None and "region" in settings:
        region, region_name = settings["region"].text, settings["region"].origin
    if region is None and service == "sts":
        region = _REGION_OF_GLOBAL_STS
        url = url or (None if fips or dual_stack else _GLOBAL_STS)
    if region is None:
        raise ConfigurationError("there is no region: pass region=, or set AWS_REGION")
    if url is None:
        url = endpoint_for(region, service=service, fips=fips, dual_stack=dual_stack, name=region_name)
    bundle = settings.get("ca_bundle")
    return Location(Url.parse(url), region, None if bundle is None else CaBundle(bundle.text, bundle.origin))


def _is_on(name: str, given: bool | None, settings: Settings) -> bool:
    return (name in settings and settings[name].is_true()) if given is None else given
