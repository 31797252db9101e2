"""AWS Signature Version 4 of a JSON `POST`, in the steps that AWS documents.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from .._core.outside import clamp
from .._core.secret import Secret, Text, Texts, opened

_ALGORITHM = "AWS4-HMAC-SHA256"


class Signer:
    """A signer of `POST` requests to one URL in one region.

    It caches the last signing key, because the key depends only on the secret access key and the day. Threads can share
    it.

    Args:
        host: host of the service, as in the header `host`: with the port, unless that is the default one.
        path: path of the service's URL.
        region: region of the service.
        service: name of the service in signatures; user pools by default.
    """

    __slots__ = ("_cached", "_host", "_path", "_scope")

    def __init__(self, host: str, path: str, region: str, service: str = "cognito-idp") -> None:
        self._host = host
        self._path = quote(path, safe="/-_.~")
        self._scope = f"{region}/{service}/aws4_request"
        # A signing key, and what it was derived from. They are replaced together, because threads share them.
        self._cached: tuple[tuple[Secret[str], str], Secret[bytes]] | None = None

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
        """Return the headers to add: `x-amz-date`, `authorization` and, if there is a token, `x-amz-security-token`.

        Args:
            headers: headers to sign, with lower-case names; `host` and the added headers are signed too.
            body: body of the request.
            access_key_id: id of the AWS credentials.
            secret_access_key: secret of the AWS credentials.
            session_token: token of temporary AWS credentials; `None` for permanent ones.
            at: the service's time, with a time zone. The service refuses a time that differs from its own by more than
                five minutes.
        """
        moment = clamp(at)
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
        """Hash the canonical request. This function cannot fail, so no traceback shows its local variables."""
        lines = "".join([f"{name}:{' '.join(opened(signed[name]).split())}\n" for name in names])
        request = f"POST\n{self._path}\n\n{lines}\n{listed}\n{sha256(body).hexdigest()}"
        return sha256(request.encode()).hexdigest()

    def _key_for(self, secret_access_key: Secret[str], date: str) -> Secret[bytes]:
        """Derive the signing key: sign date, region, service and "aws4_request", each with the previous result."""
        cached, key_of = self._cached, (secret_access_key, date)
        if cached is not None and cached[0] == key_of:
            return cached[1]
        key = Secret(f"AWS4{secret_access_key.reveal()}".encode())
        for step in f"{date}/{self._scope}".encode().split(b"/"):
            key = Secret(hmac.digest(key.reveal(), step, "sha256"))
        self._cached = key_of, key
        return key
