"""The location of a service at a URL, for tests of single layers."""

from __future__ import annotations

from cognito_async._aws.settings.location import LocationOptions
from cognito_async._aws.settings.service_location import ServiceLocation


def location_of(url: str, region: str = "eu-central-1") -> ServiceLocation:
    """Return the location of the user pools service at a URL."""
    return ServiceLocation("cognito-idp", LocationOptions(region, url))
