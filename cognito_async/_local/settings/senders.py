"""What a pool with a custom sender needs: a KMS key, and the AWS Encryption SDK."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from ..._core.errors import ConfigurationError

KEY_ARN: Final = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"


def require_sdk() -> None:
    """Load the AWS Encryption SDK, so that no call of the pool has to wait for it. Refuse settings without it."""
    try:
        import_module("aws_encryption_sdk")
    except ImportError:
        pass
    else:
        return
    raise ConfigurationError("custom senders need an extra: pip install 'cognito-async[senders]'")
