"""Signatures compared with those of botocore's signer, and with AWS' published key derivation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._crypto.sigv4 import sign

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)
HOSTS = st.sampled_from(["cognito-idp.eu-central-1.amazonaws.com", "127.0.0.1", "[::1]", "localhost"])
PORTS = st.sampled_from(["", ":80", ":443", ":9229", ":65535"])
EARLIEST, LATEST = (datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (1970, 2999))
PATHS = st.sampled_from(["", "/", "/prefix", "/a~b/c-d_e.f", "/with%20space"])


def botocores(
    url: str, headers: dict[str, str], body: bytes, keys: tuple[str, str, str | None], region: str, at: Any
) -> Any:
    request = botocore.awsrequest.AWSRequest(method="POST", url=url, headers=headers, data=body)
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(*keys), "cognito-idp", region)
    naive = at.astimezone(UTC).replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", return_value=naive):
        signer.add_auth(request)
    return request.headers


@given(
    st.builds("{}://{}{}{}".format, st.sampled_from(["http", "https"]), HOSTS, PORTS, PATHS),
    st.dictionaries(st.from_regex(r"\Ax-[a-z0-9-]{1,20}\Z"), VALUE, max_size=4),
    st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(TEXT, TEXT, st.none() | TEXT),
    st.sampled_from(["us-east-1", "eu-central-1", "us-gov-west-1", "eusc-de-east-1"]),
    st.datetimes(EARLIEST, LATEST, timezones=st.timezones()),
)
def test_the_signature_is_botocores(
    url: str, extra: dict[str, str], body: bytes, keys: tuple[str, str, str | None], region: str, at: datetime
) -> None:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "A.ListUsers", **extra}
    for name in ("x-amz-date", "x-amz-security-token", "x-amzn-trace-id"):
        headers.pop(name, None)
    access_key_id, secret_access_key, session_token = keys
    signed = sign(
        url,
        headers,
        body,
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        session_token=session_token,
        region=region,
        at=at,
    )
    expected = botocores(url, headers, body, keys, region, at)
    assert signed["authorization"] == expected["Authorization"]
    assert signed["x-amz-date"] == expected["X-Amz-Date"]
    assert signed.get("x-amz-security-token") == expected["X-Amz-Security-Token"]


@pytest.mark.parametrize("token", [None, "temporary-token"])
def test_the_token_is_a_header_only_where_there_is_one_and_is_not_shown(token: str | None) -> None:
    signed = sign(
        "https://cognito-idp.us-east-1.amazonaws.com",
        {},
        b"{}",
        access_key_id="AKIDEXAMPLE",
        secret_access_key="secret",
        session_token=token,
        region="us-east-1",
        at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    assert sorted(signed) == sorted({"authorization", "x-amz-date"} | ({"x-amz-security-token"} if token else set()))
    assert "temporary-token" not in repr(signed)
