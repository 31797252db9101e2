"""KMS in process: a small substitute for boto3's client, for functions that run beside their local pool."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ..settings.senders import require_sdk
from ..wire.refusals import Refusal
from .decryption import decrypt_blob
from .keys import KmsKeys


class LocalKms:
    """Pass one as `kms=` where a function of yours decrypts a code: `event.decrypt_code(kms=local.kms)`.

    Raises:
        ConfigurationError: if the extra `senders` is not installed.
    """

    def __init__(self, keys: KmsKeys) -> None:
        require_sdk()
        self._keys = keys

    def decrypt(
        self,
        *,
        CiphertextBlob: bytes,  # noqa: N803 - boto3's names
        EncryptionContext: Mapping[str, str] | None = None,  # noqa: N803
        KeyId: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        """Return what boto3's client of KMS returns, or raise its `ClientError`."""
        try:
            return decrypt_blob(self._keys, None, CiphertextBlob, EncryptionContext or {}, KeyId)
        except Refusal as refusal:
            problem = {"Error": {"Code": refusal.code, "Message": refusal.message}}
        raise import_module("botocore.exceptions").ClientError(problem, "Decrypt")
