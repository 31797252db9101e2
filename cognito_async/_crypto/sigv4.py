"""AWS Signature Version 4 of a JSON `POST`, step by step as AWS documents it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import quote, urlsplit

from .._ground.redact import Masked

_ALGORITHM = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def sign(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    access_key_id: str,
    secret_access_key: str,
    session_token: str | None,
    region: str,
    at: datetime,
    service: str = "cognito-idp",
) -> dict[str, str]:
    """The headers to add to a `POST` of `body` to `url`: `x-amz-date`, `authorization` and `x-amz-security-token`.

    Args:
        url: without a query.
        headers: lower-case names; all of them are signed, and `host` with them.
        at: aware; the service refuses a time that is more than five minutes from its own.
    """
    time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-date": time}
    if session_token is not None:
        added["x-amz-security-token"] = Masked(session_token)
    signed = {**headers, **added, "host": _host(url)}
    scope = f"{time[:8]}/{region}/{service}/aws4_request"
    to_sign = _string_to_sign(time, scope, _canonical_request(url, signed, body))
    signature = _signature(secret_access_key, scope, to_sign)
    added["authorization"] = (
        f"{_ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={_names(signed)}, Signature={signature}"
    )
    return added


def _canonical_request(url: str, headers: Mapping[str, str], body: bytes) -> str:
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
    path = quote(urlsplit(url).path or "/", safe="/-_.~")
    return f"POST\n{path}\n\n{lines}\n{_names(headers)}\n{hashlib.sha256(body).hexdigest()}"


def _string_to_sign(time: str, scope: str, canonical_request: str) -> str:
    return f"{_ALGORITHM}\n{time}\n{scope}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"


def _signature(secret_access_key: str, scope: str, to_sign: str) -> str:
    """The key is derived by signing date, region, service and "aws4_request" in turn, each with the one before."""
    steps = [*scope.split("/"), to_sign]
    secret = f"AWS4{secret_access_key}".encode()
    return reduce(lambda key, step: hmac.digest(key, step.encode(), "sha256"), steps, secret).hex()


def _names(headers: Mapping[str, str]) -> str:
    return ";".join(sorted(headers))


def _host(url: str) -> str:
    parts = urlsplit(url)
    default = parts.port == _DEFAULT_PORTS.get(parts.scheme)
    return parts.netloc.rpartition(":")[0] if default else parts.netloc
