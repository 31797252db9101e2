"""The AWS Encryption SDK, connected to KMS. Importing this file needs the extra `senders`.

The SDK's own providers of keys accept no other client of KMS than boto3's, and hide why KMS refuses. This provider does
what they do with the one data key that a message of Cognito has.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from .._core.concurrency.guard import BlockingLock
from .._core.errors import DecryptionFailed
from .._core.secret import Secret

_sdk: Any = import_module("aws_encryption_sdk")
_providers: Any = import_module("aws_encryption_sdk.key_providers.base")
_streaming: Any = import_module("aws_encryption_sdk.streaming_client")
_structures: Any = import_module("aws_encryption_sdk.structures")

# Cognito's messages have one. Each may cost a call of KMS.
_MOST_KEYS = 10

# boto3 must not make two clients of one session at once.
_MAKING = BlockingLock()
_ARN = re.compile(rb"arn:aws[\w-]*:kms:([\w-]+):\d{12}:key/[\w-]+")


@dataclass(slots=True, repr=False)
class _Access:
    """Whose keys to use, and why that did not work."""

    key_id: str | None
    kms: Any
    problem: DecryptionFailed | None = None


class _Keys(_providers.MasterKeyProvider):  # type: ignore[misc]
    provider_id = "aws-kms"
    _config_class = _Access

    def decrypt_data_key_from_list(
        self, encrypted_data_keys: Iterable[Any], algorithm: Any, encryption_context: Mapping[str, str]
    ) -> Any:
        """Return the first data key that may be decrypted. Cognito's messages have one."""
        access: _Access = self.config
        for each in encrypted_data_keys:
            arn, found = each.key_provider.key_info, _ARN.fullmatch(each.key_provider.key_info)
            if each.key_provider.provider_id != self.provider_id or found is None:
                continue
            if access.key_id in (None, arn.decode()):
                answer = Secret(self._ask(each.encrypted_data_key, arn.decode(), found[1].decode(), encryption_context))
                return _structures.DataKey(each.key_provider, answer.reveal(), each.encrypted_data_key)
        access.problem = DecryptionFailed("the code was not encrypted with the KMS key that key_id names")
        raise access.problem

    def _ask(self, wrapped: bytes, arn: str, region: str, context: Mapping[str, str]) -> bytes:
        access: _Access = self.config
        try:
            with _client(region) if access.kms is None else nullcontext(access.kms) as kms:
                answer = Secret(kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=dict(context), KeyId=arn))
        except Exception as error:
            access.problem = _problem(error)
            raise
        if answer.reveal().get("KeyId") != arn:
            access.problem = DecryptionFailed("KMS used another key than the one that the code names")
            raise access.problem
        plaintext: bytes = answer.reveal()["Plaintext"]
        return plaintext

    # The SDK's base class demands this. It calls it for encryption only.
    def _new_master_key(self, key_id: bytes) -> Any: ...


@contextmanager
def _client(region: str) -> Iterator[Any]:
    """Yield a new client, so that it calls the endpoint that the environment names now."""
    with _MAKING:
        client = _session().client("kms", region_name=region)
    with closing(client):
        yield client


@functools.cache
def _session() -> Any:
    """Return one session for all clients: it takes 50 ms, and a client 2 ms."""
    return import_module("boto3.session").Session()


class _Message(_streaming.StreamDecryptor):  # type: ignore[misc]
    def close(self) -> None:
        """Close a message that was read to its end. For others, the SDK's method raises and logs an error.

        Since Python 3.13, the interpreter writes the error of such an object to stderr when it is collected.
        """
        if hasattr(self, "footer"):
            stream: Any = super()
            stream.close()


def decrypt(message: Secret[bytes], key_id: str | None, kms: Any) -> Secret[str]:
    """Return the plain text of a message of the AWS Encryption SDK."""
    keys = _Keys(key_id=key_id, kms=kms)
    try:
        with cast("Any", _Message)(
            source=message.reveal(),
            key_provider=keys,
            # Cognito's messages have no key commitment.
            commitment_policy=_sdk.CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
            max_encrypted_data_keys=_MOST_KEYS,
        ) as opened:
            return Secret(opened.read().decode())
    except Exception:  # noqa: BLE001 - a malformed message raises errors of many kinds, some of which show a part of it
        problem: DecryptionFailed | None = keys.config.problem
    raise problem or DecryptionFailed("the code was altered, or it is not a message of the AWS Encryption SDK")


def _problem(error: Exception) -> DecryptionFailed:
    """Return why KMS cannot be used. Botocore's errors hold the whole reply, so none of it is repeated but the code."""
    reply: Any = getattr(error, "response", None)
    try:
        code = str(reply["Error"]["Code"])
    except (TypeError, KeyError):
        return DecryptionFailed(f"KMS could not be called to decrypt the code: {type(error).__name__}")
    return DecryptionFailed(f"KMS refused to decrypt the code: {code}", code=code)
