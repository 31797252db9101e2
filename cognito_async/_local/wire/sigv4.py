"""The check of AWS Signature Version 4, from the server's side.

It follows "Create a signed AWS API request" in the AWS General Reference. It shares no code with the client's signer,
so that each tests the other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .refusals import Refusal
from .requests import LocalRequest

_ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=5)
_REGION = re.compile(r"(?=.{5,32}$)[a-z]+(-[a-z]+)+-[0-9]+")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class AcceptedScope:
    """The service and the regions for which a request may be signed; `None` if it may be signed for any region."""

    service: str
    regions: frozenset[str] | None


def check_signature(
    request: LocalRequest, secret_keys: Mapping[str, str], accepted: AcceptedScope, now: datetime
) -> str:
    """Refuse a request, unless it was signed with one of these keys, for an accepted scope, within 5 minutes of now.

    Return the region for which it was signed.
    """
    authorization = request.headers.get("authorization")
    if not authorization:
        raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
    credential, signed, signature = _fields(authorization)
    stamp, moment = _moment(request.headers.get("x-amz-date", ""))
    key_id, scope = _scope(credential, stamp, accepted)
    if key_id not in secret_keys:
        raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
    _check_signed_headers(request, signed)
    _check_time(moment, now)
    text = "\n".join((_ALGORITHM, stamp, "/".join(scope), _sha256(_canonical(request, signed).encode())))
    key = ("AWS4" + secret_keys[key_id]).encode()
    for part in (*scope, text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(key.hex().encode(), signature.encode()):
        raise _invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )
    return scope[1]


def _fields(authorization: str) -> tuple[str, list[str], str]:
    algorithm, _, rest = authorization.strip().partition(" ")
    pairs = [part.strip().partition("=") for part in rest.split(",")]
    fields = {name: value for name, _, value in pairs}
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not fields.get(name)]
    if algorithm != _ALGORITHM or missing:
        raise _incomplete(
            " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
            or f"Authorization header requires the algorithm {_ALGORITHM}."
        )
    return fields["Credential"], fields["SignedHeaders"].split(";"), fields["Signature"]


def _moment(stamp: str) -> tuple[str, datetime]:
    try:
        return stamp, datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise _incomplete("Authorization header requires existence of an 'X-Amz-Date' header, such as 20150830T123600Z.")


def _scope(credential: str, stamp: str, accepted: AcceptedScope) -> tuple[str, tuple[str, str, str, str]]:
    parts = credential.split("/")
    if len(parts) != 5:
        raise _incomplete("Credential must have exactly 5 slash-delimited elements.")
    key_id, date, region, service, end = parts
    if date != stamp[:8]:
        raise _invalid(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{stamp[:8]}', from '{stamp}'."
        )
    if not (_REGION.fullmatch(region) if accepted.regions is None else region in accepted.regions):
        raise _invalid(f"Credential should be scoped to a valid region, not '{region}'.")
    if service != accepted.service:
        raise _invalid(f"Credential should be scoped to correct service: '{accepted.service}'.")
    if end != "aws4_request":
        raise _invalid(f"Credential should be scoped with a valid terminator: 'aws4_request', not '{end}'.")
    return key_id, (date, region, service, end)


def _check_signed_headers(request: LocalRequest, signed: list[str]) -> None:
    needed = ["host", *sorted(name for name in request.headers if name.startswith("x-amz-"))]
    for name in needed:
        if name not in signed:
            raise _invalid(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")


def _check_time(moment: datetime, now: datetime) -> None:
    stamps = f"{now:{_STAMP}}", f"{moment:{_STAMP}}"
    if moment < now - _SKEW:
        limit = f"{now - _SKEW:{_STAMP}}"
        raise _invalid(f"Signature expired: {stamps[1]} is now earlier than {limit} ({stamps[0]} - 5 min.)")
    if moment > now + _SKEW:
        limit = f"{now + _SKEW:{_STAMP}}"
        raise _invalid(f"Signature not yet current: {stamps[1]} is still later than {limit} ({stamps[0]} + 5 min.)")


def _canonical(request: LocalRequest, signed: list[str]) -> str:
    headers = "".join(f"{name}:{_one_space(request.headers.get(name, ''))}\n" for name in signed)
    return "\n".join((request.method, request.path, "", headers, ";".join(signed), _sha256(request.body)))


def _one_space(value: str) -> str:
    return re.sub(r" +", " ", value.strip())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidSignatureException", message)


def _incomplete(message: str) -> Refusal:
    return Refusal("IncompleteSignatureException", message)
