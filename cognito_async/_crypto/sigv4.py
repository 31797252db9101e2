"""AWS Signature Version 4 of a JSON `POST`, step by step as AWS documents it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from .._core.secret import Secret, Text, Texts, opened

_ALGORITHM = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Signer:
    """Signs `POST`s to one URL in one region.

    It remembers the signing key that it derived last, which stays the same for a whole day of one secret.

    Args:
        url: without a query.
        region: of the service.
        service: its name in signatures.
    """

    __slots__ = ("_host", "_key", "_key_of", "_path", "_scope")

    def __init__(self, url: str, region: str, service: str = "cognito-idp") -> None:
        self._host = _host(url)
        self._path = quote(urlsplit(url).path or "/", safe="/-_.~")
        self._scope = f"{region}/{service}/aws4_request"
        self._key_of: tuple[Secret[str], str] | None = None
        self._key = Secret(b"")

    def sign(
        self,
        headers: Texts,
        body: bytes,
        *,
        access_key_id: str,
        secret_access_key: Secret[str],
        session_token: Secret[str] | None,
        at: datetime,
    ) -> dict[str, Text]:
        """The headers to add: `x-amz-date`, `authorization` and `x-amz-security-token`.

        Args:
            headers: lower-case names; all of them are signed, and `host` with them.
            at: aware; the service refuses a time that is more than five minutes from its own.
        """
        moment = at.astimezone(UTC)
        date = f"{moment.year:04}{moment.month:02}{moment.day:02}"
        time = f"{date}T{moment.hour:02}{moment.minute:02}{moment.second:02}Z"
        added: dict[str, Text] = {"x-amz-date": time}
        if session_token is not None:
            added["x-amz-security-token"] = session_token
        signed: dict[str, Text] = {**headers, **added, "host": self._host}
        names = sorted(signed)
        listed = ";".join(names)
        scope = f"{date}/{self._scope}"
        to_sign = f"{_ALGORITHM}\n{time}\n{scope}\n{self._digest(signed, names, listed, body)}"
        signature = hmac.digest(self._key_for(secret_access_key, date).reveal(), to_sign.encode(), "sha256").hex()
        added["authorization"] = (
            f"{_ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={listed}, Signature={signature}"
        )
        return added

    def _digest(self, signed: Texts, names: list[str], listed: str, body: bytes) -> str:
        """The hash of the canonical request. Nothing here fails, so what it holds does not show."""
        lines = "".join([f"{name}:{' '.join(opened(signed[name]).split())}\n" for name in names])
        request = f"POST\n{self._path}\n\n{lines}\n{listed}\n{sha256(body).hexdigest()}"
        return sha256(request.encode()).hexdigest()

    def _key_for(self, secret_access_key: Secret[str], date: str) -> Secret[bytes]:
        """Derived by signing date, region, service and "aws4_request" in turn, each with the one before."""
        key_of = secret_access_key, date
        if key_of != self._key_of:
            key = Secret(f"AWS4{secret_access_key.reveal()}".encode())
            for step in f"{date}/{self._scope}".encode().split(b"/"):
                key = Secret(hmac.digest(key.reveal(), step, "sha256"))
            self._key_of, self._key = key_of, key
        return self._key


def _host(url: str) -> str:
    parts = urlsplit(url)
    default = parts.port == _DEFAULT_PORTS.get(parts.scheme)
    return parts.netloc.rpartition(":")[0] if default else parts.netloc
