"""The location of a service that a client calls, found in two steps, because the constructor must read no file."""

from __future__ import annotations

from contextlib import suppress

import anyio
from anyio.to_thread import run_sync

from ..._core.clock import Deadline
from ..._core.concurrency.per_loop import PerLoop
from ..._core.errors import CallTimeout, ConfigurationError
from ..._http.options import CaBundle
from .endpoint import endpoint_for
from .files import Profile, ProfileChoice
from .location import Location, LocationOptions, locate, needed
from .sources import check_settings, settings_of_environment, settings_of_profile


class ServiceLocation:
    """The location of one service, from arguments, the environment, a profile, and AWS's own hosts, in this order.

    The constructor reads the environment. The first call reads the profile, in a worker thread, unless the arguments
    leave nothing to find there.

    Args:
        service: name of the service in its host name, such as `cognito-idp`.
        options: the arguments, already checked.
        region: the region if `options` has none, such as the one in the id of a user pool; by default, the settings
            decide.

    Raises:
        ConfigurationError: if a variable is invalid, or if arguments exclude each other.
    """

    def __init__(self, service: str, options: LocationOptions, region: str | None = None) -> None:
        given, options = options.region, options._replace(region=options.region or region)
        self._service = service
        self._options = options
        self._environment = needed(settings_of_environment(service), options)
        self._profile = ProfileChoice.of()
        self._reading: PerLoop[anyio.Lock] = PerLoop(lambda: anyio.Lock())  # noqa: PLW0108 - imports its locks late
        self._found: Location | None = None
        self._check(given)

    @property
    def region(self) -> str | None:
        """Return the region. Before the first call, it is `None` if only the profile can name it."""
        if self._found is not None:
            return self._found.region
        in_environment = self._environment.get("region")
        return self._options.region or (in_environment.text if in_environment else None)

    @property
    def expected_url(self) -> str | None:
        """Return the URL that is called unless the profile names another one; `None` if only the profile can."""
        with suppress(ConfigurationError):
            return locate(self._service, self._options, self._environment).url.text
        return None

    def get_nowait(self) -> Location | None:
        """Return the location, or `None` if the profile must be read first."""
        return self._found

    async def get(self, deadline: Deadline) -> Location:
        """Return the location. The first call reads the profile.

        Raises:
            ConfigurationError: if a setting is invalid, or no region is known.
            CallTimeout: if the deadline passes first.
        """
        with deadline.scope():
            async with self._reading.get():
                found = self._found
                if found is None:
                    found = await run_sync(self.read, abandon_on_cancel=True)
                return found
        raise CallTimeout("timed out while reading the profile of AWS's tools; nothing was sent")

    def read(self, profile: Profile | None = None) -> Location:
        """Return the location. The first call reads the profile, so make it in a worker thread.

        Args:
            profile: the profile; by default, the one that the environment names.

        Raises:
            ConfigurationError: if a setting is invalid, or no region is known.
        """
        found = self._found
        if found is None:
            in_profile = needed(settings_of_profile(profile or self._profile.read(), self._service), self._options)
            settings = {**in_profile, **self._environment}
            check_settings(settings)
            found = self._found = locate(self._service, self._options, settings)
        return found

    def ca_bundle(self) -> CaBundle | None:
        """Return the certificates to trust. Call it in a worker thread, because it may read the profile."""
        return self.read().ca_bundle

    def _check(self, region: str | None) -> None:
        """Find the errors that a profile cannot correct, and the location if a profile cannot change it."""
        check_settings(self._environment)
        if self._options.endpoint is not None and (
            self._options.use_fips_endpoint or self._options.use_dualstack_endpoint
        ):
            raise ConfigurationError(
                "endpoint excludes use_fips_endpoint and use_dualstack_endpoint, which select an endpoint of AWS"
            )
        if self._options.endpoint is not None and self.region is not None:
            location = locate(self._service, self._options, self._environment)
            if location.url.origin.scheme == "http":  # no certificates are needed
                self._found = location
        elif self._options.endpoint is None and "endpoint_url" not in self._environment:
            if region is not None:
                endpoint_for(region)
            if in_environment := self._environment.get("region"):
                endpoint_for(in_environment.text, name=in_environment.origin)
