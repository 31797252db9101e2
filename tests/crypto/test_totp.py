"""Time-based one-time passwords and the URI for authenticator apps, compared with vectors and a second formula."""

from __future__ import annotations

import base64
import hashlib
import hmac
import traceback
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import errors
from cognito_async._core.secret import Secret
from cognito_async._crypto.totp import otpauth_uri
from cognito_async.lowlevel import totp_code

SECRET = base64.b32encode(b"12345678901234567890").decode()
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_the_last_six_digits_of_rfc_6238s_vectors(seconds: int, eight_digits: str) -> None:
    assert totp_code(SECRET, EPOCH + timedelta(seconds=seconds)) == eight_digits[2:]


def formula(key: bytes, seconds: int) -> str:
    digest = hmac.new(key, (seconds // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[19] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number)[-6:].rjust(6, "0")


@given(
    key=st.binary(min_size=1, max_size=80),
    seconds=st.integers(0, 250_000_000_000),
    hours=st.integers(-12, 14),
    fraction=st.floats(0, 0.99),
)
def test_code_equals_the_formula_in_every_time_zone(key: bytes, seconds: int, hours: int, fraction: float) -> None:
    at = (EPOCH + timedelta(seconds=seconds + fraction)).astimezone(timezone(timedelta(hours=hours)))
    assert totp_code(base64.b32encode(key).decode(), at) == formula(key, seconds)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_secret_may_have_spaces_lower_case_and_no_padding(key: bytes, data: st.DataObject) -> None:
    secret = base64.b32encode(key).decode()
    written = secret.rstrip("=") if data.draw(st.booleans()) else secret
    written = written.lower() if data.draw(st.booleans()) else written
    size = data.draw(st.integers(1, 9))
    space = data.draw(st.sampled_from(["", " ", "  ", "\t", "\n"]))
    written = space.join(written[i : i + size] for i in range(0, len(written), size))
    assert totp_code(written, EPOCH) == formula(key, 0)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        " ",
        "====",
        "A",
        "ABC",
        "ABCDEF",
        "not base32!",
        "GEZD0189",
        "GE=ZDGNB",
        "\uff27EZDGNBV",
        None,
        b"GEZDGNBV",
    ],
)
def test_invalid_secret_is_refused(secret: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="base32"):
        totp_code(secret, EPOCH)


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), 59, None])  # noqa: DTZ001 - a naive time is the point
def test_invalid_time_is_refused(at: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="time zone"):
        totp_code(SECRET, at)


def test_time_before_1970_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="before 1970"):
        totp_code(SECRET, EPOCH - timedelta(seconds=1))


def test_refused_secret_is_not_in_a_traceback_with_locals() -> None:
    for secret in ("Mark3rMark3rMark3r!", "mark3rmark3rmark3r!"):
        with pytest.raises(errors.ConfigurationError) as caught:
            totp_code(secret, EPOCH)
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        ours = [repr(frame.locals) + str(frame.line) for frame in shown.stack if "/_crypto/" in frame.filename]
        assert len(ours) == 3 and "mark3r" not in "".join(ours).lower()


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(issuer=texts.filter(lambda text: ":" not in text), account_name=texts)
def test_uri_can_be_parsed_back(issuer: str, account_name: str) -> None:
    uri = otpauth_uri(Secret(SECRET), issuer, account_name)
    assert uri.isascii() and " " not in uri and "+" not in uri
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    # Apps split the label at its first colon, before or after decoding.
    assert unquote(parts.path).removeprefix("/").partition(":") == (issuer, ":", account_name)
    assert parse_qs(parts.query, strict_parsing=True) == {"secret": [SECRET], "issuer": [issuer]}


def test_uri_follows_the_key_uri_format() -> None:
    assert (
        otpauth_uri(Secret("MZXW6YQ="), "Example & Söhne", "alice@example.com")
        == "otpauth://totp/Example%20%26%20S%C3%B6hne:alice%40example.com"
        "?secret=MZXW6YQ&issuer=Example%20%26%20S%C3%B6hne"
    )


def test_issuer_with_a_colon_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="colon"):
        otpauth_uri(Secret(SECRET), "Example: Ltd", "alice")
