"""The constraints of the requests of KMS, from botocore's model."""

from __future__ import annotations

from .shape_parts import request
from .validation import Blob, Flag, Listing, Structure, Text, TextMap

_RECIPIENT = Structure(
    {"KeyEncryptionAlgorithm": Text(values=("RSAES_OAEP_SHA_256",)), "AttestationDocument": Blob(1, 262144)}
)

KMS_SHAPES = {
    "Decrypt": request(
        # Required, because the local pool does not support DryRunModifiers.
        "CiphertextBlob",
        CiphertextBlob=Blob(1, 6144),
        EncryptionContext=TextMap(),
        GrantTokens=Listing(Text(1, 8192), 0, 10),
        KeyId=Text(1, 2048),
        EncryptionAlgorithm=Text(values=("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE")),
        Recipient=_RECIPIENT,
        DryRun=Flag(),
        DryRunModifiers=Listing(Text(values=("IGNORE_CIPHERTEXT",))),
    ),
}
