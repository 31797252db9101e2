"""The URL of a service: AWS's own in a region, or one that the caller passes."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..._core.errors import ConfigurationError
from ..._core.ids import REGION, hint
from ..._core.redact import mask
from ..._core.secret import Text
from ..._http.origin import check_base_url


class _Partition(NamedTuple):
    """The ends of host names in one partition of AWS: the usual one, and that of hosts with IPv4 and IPv6."""

    suffix: str
    dual_stack: str


_AWS = _Partition("amazonaws.com", "api.aws")
_PARTITIONS = {
    "us-gov-": _AWS,
    "cn-": _Partition("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "eusc-": _Partition("amazonaws.eu", "api.amazonwebservices.eu"),
    "us-iso-": _Partition("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": _Partition("sc2s.sgov.gov", "api.aws.scloud"),
    "us-isof-": _Partition("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    "eu-isoe-": _Partition("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
}
_SUFFIXES = tuple(f".{suffix}" for partition in {_AWS, *_PARTITIONS.values()} for suffix in partition)
_COGNITO = frozenset({"cognito-idp", "cognito-identity"})
# In these regions, Cognito's FIPS hosts have IPv6 under their usual names.
_COGNITO_FIPS_REGIONS = frozenset({"us-east-1", "us-east-2", "us-west-1", "us-west-2"})


def endpoint_for(
    region: str, *, service: str = "cognito-idp", fips: bool = False, dual_stack: bool = False, name: str = "the region"
) -> str:
    """Return a service's URL in a region of any AWS partition.

    Args:
        region: name of the region, such as `eu-central-1`.
        service: name of the service in its host name; user pools by default.
        fips: whether to use the endpoint with validated cryptography (FIPS 140), which not all regions have; by
            default it is not used.
        dual_stack: whether to use the endpoint with IPv6 addresses; by default it is not used.
        name: names the region in the error.

    Raises:
        ConfigurationError: if `region` is not the name of a region.
    """
    if not re.fullmatch(REGION, region):
        raise ConfigurationError(
            f"{name} must be an AWS region, such as 'eu-central-1', not {region[:64]!r}{hint('region', region)}"
        )
    partition = next((each for start, each in _PARTITIONS.items() if region.startswith(start)), None)
    if dual_stack and partition is None and service in _COGNITO:
        dual_stack = fips and region not in _COGNITO_FIPS_REGIONS  # the usual hosts of Cognito have IPv6 addresses
    if service == "sts" and region.startswith("us-gov-") and not dual_stack:
        fips = False  # the usual hosts are the FIPS ones
    suffixes = partition or _AWS
    suffix = suffixes.dual_stack if dual_stack else suffixes.suffix
    return f"https://{service}{'-fips' if fips else ''}.{region}.{suffix}"


def is_of_aws(host: str) -> bool:
    """Return whether this is the name of a host of AWS."""
    return host.endswith(_SUFFIXES)


def check_endpoint(url: Text, name: str = "endpoint") -> str:
    """Return `url` in the form that requests and signatures use: without a slash at its end.

    Raises:
        ConfigurationError: if `url` is not http(s)://host[:port][/path]. The message begins with `name`. Neither it nor
            the traceback's local variables show the URL, which may hold a password.
    """
    url = mask(url)
    return check_base_url(url, name)
