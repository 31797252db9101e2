"""The settings of AWS's tools, read by this package and by botocore: both call the same URL, or both refuse."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.loaders import create_loader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_async import errors
from tests.aws.settings.calls import url_of_service
from tests.sizes import examples

flags = st.sampled_from([None, None, "true", "false", "True"])
urls = st.sampled_from([None, None, "http://127.0.0.1:1", "https://own.test/path", "http://[::1]:2"])
regions = st.sampled_from([None, "us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
variables = st.fixed_dictionaries(
    {
        "AWS_ENDPOINT_URL": urls,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": urls,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY": urls,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": flags,
        "AWS_USE_FIPS_ENDPOINT": flags,
        "AWS_USE_DUALSTACK_ENDPOINT": flags,
        "AWS_DEFAULT_REGION": regions,
        "AWS_PROFILE": st.sampled_from([None, "default", "one", "none"]),
    }
)
lines = st.fixed_dictionaries(
    {
        "region": regions,
        "endpoint_url": urls,
        "ignore_configured_endpoint_urls": flags,
        "use_fips_endpoint": flags,
        "use_dualstack_endpoint": flags,
        "services": st.sampled_from([None, None, "mine", "two words"]),
    }
)
nested = st.fixed_dictionaries({"cognito_identity_provider": urls, "cognito_identity": urls, "s3": urls})


def section(title: str, values: Mapping[str, str | None]) -> str:
    return f"[{title}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items() if value is not None)


def services_section(title: str, values: Mapping[str, str | None]) -> str:
    given = {name: f"\n  max_attempts = 2\n  endpoint_url = {url}" for name, url in values.items() if url is not None}
    return section(title, {"other": "1", **given})  # botocore treats an empty section as missing


@cache
def loader() -> Any:
    return create_loader()


def url_of_botocore(service: str) -> str | None:
    """Return the URL that botocore calls, or `None` if it refuses."""
    session = botocore.session.Session()
    session.register_component("data_loader", loader())
    urls: list[str] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        urls.append(request.url.rstrip("/"))
        response = AWSResponse(request.url, 200, {}, None)
        response._content = b"{}"
        return response

    try:
        client = session.create_client(service)
        client.meta.events.register("before-send", answer)
        if service == "cognito-idp":
            client.global_sign_out(AccessToken="a")
        else:
            client.unlink_identity(IdentityId="eu-central-1:1", Logins={}, LoginsToRemove=[])
    except botocore.exceptions.BotoCoreError:
        return None
    return urls[0]


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    service=st.sampled_from(["cognito-idp", "cognito-identity"]),
    variables=variables,
    default=lines,
    one=lines,
    mine=nested,
    words=nested,
)
def test_url_equals_botocores(
    tmp_path: Path,
    service: str,
    variables: dict[str, str | None],
    default: dict[str, str | None],
    one: dict[str, str | None],
    mine: dict[str, str | None],
    words: dict[str, str | None],
) -> None:
    text = section("default", default) + section("profile one", one)
    text += services_section("services mine", mine) + services_section("services 'two words'", words)
    (tmp_path / "config").write_text(text)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        for name, value in variables.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        expected, found = url_of_botocore(service), None
        with contextlib.suppress(errors.ConfigurationError):
            found = anyio.run(url_of_service, service)
    assert found == expected, text
