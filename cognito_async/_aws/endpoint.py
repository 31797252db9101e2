"""The URL of a service: AWS's own in a region, or one that the caller passes."""

from __future__ import annotations

import re

from .._core.errors import ConfigurationError
from .._core.ids import hint
from .._http.origin import check_base_url

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2}")
_AWS = "amazonaws.com"
_DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
# The suffixes of hosts that also have IPv6 addresses.
_DUAL_STACK_SUFFIXES = (
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws.ic.gov",
    "api.aws.scloud",
    "api.aws.hci.ic.gov",
    "api.cloud-aws.adc-e.uk",
)


def endpoint_for(region: str, *, service: str = "cognito-idp", fips: bool = False) -> str:
    """Return a service's URL in a region of any AWS partition.

    Args:
        region: name of the region, such as `eu-central-1`.
        service: name of the service in its host name; user pools by default.
        fips: whether to use the endpoint with validated cryptography (FIPS 140), which not all regions have; by
            default it is not used.

    Raises:
        ConfigurationError: if `region` is not the name of a region.
    """
    if not _REGION.fullmatch(region):
        raise ConfigurationError(
            f"the region must be an AWS region, such as 'eu-central-1', not {region[:64]!r}{hint('region', region)}"
        )
    suffix = next((dns for prefix, dns in _DNS_SUFFIXES.items() if region.startswith(prefix)), _AWS)
    return f"https://{service}{'-fips' if fips else ''}.{region}.{suffix}"


def is_of_aws(host: str) -> bool:
    """Return whether this is the name of a host of AWS."""
    return host.endswith(tuple(f".{suffix}" for suffix in (_AWS, *_DNS_SUFFIXES.values(), *_DUAL_STACK_SUFFIXES)))


def check_endpoint(url: str) -> str:
    """Return `url` in the form that requests and signatures use: without a slash at its end.

    Raises:
        ConfigurationError: if `url` is not http(s)://host[:port][/path]. The message does not show the URL, which may
            hold a password.
    """
    return check_base_url(url, "endpoint")
