"""Reading the service's model out of an installed botocore, without importing botocore."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Shape = dict[str, Any]


@dataclass(frozen=True)
class ServiceModel:
    """The model and where it comes from."""

    api_version: str
    botocore: str
    sha256: str
    operations: dict[str, Shape]
    shapes: dict[str, Shape]


def read() -> ServiceModel:
    """The `cognito-idp` model of the botocore that is installed here."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise SystemExit("botocore is not installed: install the `dev` extra")
    found = sorted((Path(spec.origin).parent / "data" / "cognito-idp").glob("*/service-2.json.gz"))
    raw = gzip.decompress(found[-1].read_bytes())
    model = json.loads(raw)
    return ServiceModel(
        api_version=model["metadata"]["apiVersion"],
        botocore=importlib.metadata.version("botocore"),
        sha256=hashlib.sha256(raw).hexdigest(),
        operations=model["operations"],
        shapes=model["shapes"],
    )
