"""The service's URL, compared with botocore's rules, and the URLs that callers pass."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import create_loader

from cognito_async._aws.settings.endpoint import check_endpoint, endpoint_for, is_of_aws
from cognito_async._core.errors import ConfigurationError

REGIONS = [
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-west-1", "us-gov-east-1", "ca-central-1"),
    *("eu-central-1", "ap-southeast-7", "mx-central-1", "il-central-1", "me-south-1", "af-south-1"),
    *("cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"),
]


@cache
def rules(service: str) -> Any:
    loader = create_loader()
    return EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), loader.load_data("partitions"))


@pytest.mark.parametrize("service", ["cognito-idp", "cognito-identity", "sts"])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
def test_endpoint_of_a_region_equals_botocores(service: str, fips: bool, dual_stack: bool) -> None:
    for region in REGIONS:
        expected = rules(service).resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack).url
        assert endpoint_for(region, service=service, fips=fips, dual_stack=dual_stack) == expected


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
def test_hosts_of_all_partitions_are_of_aws(region: str, fips: bool, dual_stack: bool) -> None:
    url = rules("cognito-idp").resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack).url
    assert is_of_aws(urlsplit(url).hostname or "")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "::1", "amazonaws.com", "myamazonaws.com", "cognito-idp.amazonaws.com.test", ""]
)
def test_other_hosts_are_not_of_aws(host: str) -> None:
    assert not is_of_aws(host)


@pytest.mark.parametrize(
    "region", ["", "eu-central", "EU-central-1", "eu-central-1.evil.test/", "eu-central-1\n", "x" * 500]
)
def test_invalid_region_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        endpoint_for(region)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("given", "normalized"),
    [
        ("https://cognito-idp.eu-central-1.amazonaws.com", "https://cognito-idp.eu-central-1.amazonaws.com"),
        ("http://127.0.0.1:9229/", "http://127.0.0.1:9229"),
        ("HTTP://LocalHost:5000", "http://localhost:5000"),
        ("http://cognito_local:9229", "http://cognito_local:9229"),
        ("http://[::1]:9229", "http://[::1]:9229"),
        ("https://example.test/Prefix/", "https://example.test/Prefix"),
    ],
)
def test_endpoint_is_normalized(given: str, normalized: str) -> None:
    assert check_endpoint(given) == normalized


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:9229", "ftp://localhost", "//localhost", "https://", "http://:80", "http:///path"),
        *("http://user:hunter22@localhost", "http://hunter22@localhost", "http://localhost?x=hunter22"),
        *(
            "http://localhost#hunter22",
            "http://localhost?",
            "http://localhost#",
            "http://local host",
            "http://bücher.test",
        ),
        *("http://localhost\n", "http://local\thost", "http://localhost:port", "http://localhost:99999", "http://[::1"),
        *("http://[hunter22]", "http://a%20b", "http://local\\host", "https://x{y}.test"),
    ],
)
def test_invalid_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="endpoint: ") as caught:
        check_endpoint(url)
    assert "hunter22" not in str(caught.value)
    assert caught.value.__context__ is None
