"""Signatures compared with those of botocore's signer, and with AWS's published key derivation."""

from __future__ import annotations

import hmac
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._core.secret import Secret, opened
from cognito_async._crypto.sigv4 import Signer
from cognito_async._http.origin import Url

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)
HOSTS = st.sampled_from(["cognito-idp.eu-central-1.amazonaws.com", "127.0.0.1", "[::1]", "localhost"])
PORTS = st.sampled_from(["", ":80", ":443", ":9229", ":65535"])
EARLIEST, LATEST = (datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (1970, 2999))
PATHS = st.sampled_from(["", "/", "/prefix", "/a~b/c-d_e.f", "/with%20space"])


URL = "https://cognito-idp.us-east-1.amazonaws.com"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def signer_of(url: str, region: str = "us-east-1") -> Signer:
    parsed = Url.parse(url)
    return Signer(parsed.origin.authority, parsed.target, region)


def sign(
    signer: Signer, secret: str | Secret[str] = "secret", at: datetime = NOON, token: str | None = None
) -> dict[str, Any]:
    key, session = Secret.of(secret), Secret.maybe(token)
    return signer.sign({}, b"{}", access_key_id="AKIDEXAMPLE", secret_access_key=key, session_token=session, at=at)


def botocore_headers(
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
def test_signature_equals_botocores(
    url: str, extra: dict[str, str], body: bytes, keys: tuple[str, str, str | None], region: str, at: datetime
) -> None:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "A.ListUsers", **extra}
    for name in ("x-amz-date", "x-amz-security-token", "x-amzn-trace-id"):
        headers.pop(name, None)
    access_key_id, secret_access_key, session_token = keys
    signed = signer_of(url, region).sign(
        headers,
        body,
        access_key_id=access_key_id,
        secret_access_key=Secret(secret_access_key),
        session_token=Secret.maybe(session_token),
        at=at,
    )
    expected = botocore_headers(url, headers, body, keys, region, at)
    assert signed["authorization"] == expected["Authorization"]
    assert signed["x-amz-date"] == expected["X-Amz-Date"]
    assert opened(signed.get("x-amz-security-token")) == expected["X-Amz-Security-Token"]


@pytest.mark.parametrize("token", [None, "temporary-token"])
def test_session_token_is_sent_only_if_given_and_masked(token: str | None) -> None:
    signed = sign(signer_of(URL), token=token)
    assert sorted(signed) == sorted({"authorization", "x-amz-date"} | ({"x-amz-security-token"} if token else set()))
    assert "temporary-token" not in repr(signed)


def test_one_signer_signs_for_any_secret_and_day() -> None:
    signer = signer_of(URL)
    for secret in ("one", "two", "one"):
        for at in (NOON, NOON + timedelta(hours=11), NOON + timedelta(hours=13), NOON):
            expected = botocore_headers(URL, {}, b"{}", ("AKIDEXAMPLE", secret, None), "us-east-1", at)
            assert sign(signer, secret, at)["authorization"] == expected["Authorization"]


def test_signing_key_is_derived_once_per_secret_and_day() -> None:
    signer = signer_of(URL)
    with mock.patch("cognito_async._crypto.sigv4.hmac.digest", wraps=hmac.digest) as digest:
        for at, secret, steps in [
            (NOON, "one", 5),
            (NOON + timedelta(hours=1), "one", 1),
            (NOON, "two", 5),
            (NOON, "two", 1),
            (NOON + timedelta(days=1), "two", 5),
        ]:
            digest.reset_mock()
            sign(signer, secret, at)
            assert digest.call_count == steps


def test_call_of_another_thread_does_not_replace_the_key_of_this_one() -> None:
    signer = signer_of(URL)
    expected = sign(signer, "one")

    def compare(*pair: bytes) -> bool:
        with mock.patch("hmac.compare_digest", real):
            sign(signer, "two")  # another thread signs while this one looks for its key
        return real(*pair)

    real = hmac.compare_digest
    with mock.patch("hmac.compare_digest", compare):
        assert sign(signer, "one") == expected


def test_secrets_are_not_in_a_traceback_with_locals() -> None:
    signer, secret = signer_of(URL), Secret("wJalrXUtnFEMI")
    sign(signer, secret)
    with pytest.raises(TypeError) as caught, mock.patch("cognito_async._crypto.sigv4.hmac.digest", None):
        sign(signer, secret, NOON + timedelta(days=1))
    frames = traceback.StackSummary.extract(traceback.walk_tb(caught.value.__traceback__), capture_locals=True)
    shown = "".join(frames.format())
    assert "secret_access_key = ***" in shown
    assert secret.reveal() not in shown
    assert repr(signer._cached) == "((***, '20260102'), ***)"
