"""The encryption of codes for custom senders. Importing this file needs the extra `senders`.

The messages are like those of the service, of which awslabs/aws-sdk-rust#1250 quotes one: version 1, the algorithm
0x0378 (without key commitment, with a signature), frames of 4,096 bytes, the context `userpool-id`, one data key. The
key policy in "Custom sender Lambda triggers" of Amazon's guide names the same context.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..kms.keys import KmsKey

_sdk: Any = import_module("aws_encryption_sdk")
_identifiers: Any = import_module("aws_encryption_sdk.identifiers")
_providers: Any = import_module("aws_encryption_sdk.key_providers.base")
_structures: Any = import_module("aws_encryption_sdk.structures")


@dataclass(frozen=True, slots=True)
class _Config:
    key: KmsKey
    provider_id: str = "aws-kms"

    @property
    def key_id(self) -> bytes:
        return self.key.arn.encode()


class _MasterKey(_providers.MasterKey):  # type: ignore[misc]
    """A key of the local KMS, as the SDK's `KMSMasterKey` is one of AWS's."""

    provider_id = "aws-kms"
    _config_class = _Config

    def _generate_data_key(self, algorithm: Any, encryption_context: Mapping[str, str]) -> Any:
        plaintext = secrets.token_bytes(algorithm.kdf_input_len)
        wrapped = self.config.key.encrypt(plaintext, encryption_context)
        return _structures.DataKey(self.key_provider, plaintext, wrapped)

    # The SDK's base class demands these two. It calls them for other keys, and for decryption.
    def _encrypt_data_key(self, data_key: Any, algorithm: Any, encryption_context: Any) -> Any: ...

    def _decrypt_data_key(self, encrypted_data_key: Any, algorithm: Any, encryption_context: Any) -> Any: ...


def encrypt(code: str, key: KmsKey, user_pool_id: str) -> str:
    """Return a code as `request.code` of an event: encrypted, and in base64."""
    policy = _sdk.CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    message, _ = _sdk.EncryptionSDKClient(commitment_policy=policy).encrypt(
        source=code.encode(),
        key_provider=_MasterKey(key=key),
        encryption_context={"userpool-id": user_pool_id},
        algorithm=_identifiers.AlgorithmSuite.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
    )
    return base64.b64encode(message).decode()
