"""The code in an event of a custom sender, which only the holder of a KMS key can read.

Cognito encrypts it with the AWS Encryption SDK: a message of version 1, with a signature and without key commitment,
in the context `{"userpool-id": …}`. awslabs/aws-sdk-rust#1250 quotes one.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from .._core import checks
from .._core.errors import ConfigurationError, DecryptionFailed
from .._core.redact import mask
from .._core.secret import Secret

_ARN = re.compile(r"arn:aws[\w-]*:kms:[\w-]+:\d{12}:key/[\w-]+", re.ASCII)
# Only these: a password may contain `&copy`, which `html.unescape` would change.
_ESCAPES: Final = {
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
    **dict.fromkeys(("&quot;", "&#34;"), '"'),
    **dict.fromkeys(("&apos;", "&#39;", "&#x27;"), "'"),
}


def decrypt_code(code: str, *, key_id: str | None = None, kms: Any = None) -> str:
    """Decrypt a code, as `CustomSender.decrypt_code` describes it."""
    code = mask(code)
    encrypted = checks.secret(code, "code")
    if key_id is not None and not (isinstance(key_id, str) and _ARN.fullmatch(key_id)):
        raise ConfigurationError("key_id must be the ARN of a KMS key, not of an alias: arn:aws:kms:<region>:…:key/…")
    if kms is not None and not callable(getattr(kms, "decrypt", None)):
        raise ConfigurationError("kms must have the method decrypt, as boto3.client('kms') has")
    try:
        # It imports boto3, which takes 200 ms.
        from .sender_keys import decrypt  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "the code of a custom sender needs an extra: pip install 'cognito-async[senders]'"
        ) from None
    return decrypt(_decode(encrypted), key_id, kms).reveal()


def unescape(password: str) -> str:
    """Return a decrypted temporary password as the user must type it.

    Cognito "HTML-escapes reserved characters like `<` and `>`" in temporary passwords, but never in codes ("Things to
    know about custom sender Lambda triggers" in Amazon's guide).
    """
    return re.sub("|".join(_ESCAPES), lambda found: _ESCAPES[found[0]], password)


def _decode(code: Secret[str]) -> Secret[bytes]:
    try:
        return Secret(base64.b64decode(code.reveal(), validate=True))
    except (ValueError, binascii.Error):
        pass
    raise DecryptionFailed("the code is not in base64")
