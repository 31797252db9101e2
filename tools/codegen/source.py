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


@dataclass(frozen=True, eq=False)
class ServiceModel:
    """The model and where it comes from; `service` is the name of the service in hosts and signatures."""

    service: str
    api_version: str
    botocore: str
    sha256: str
    operations: dict[str, Shape]
    shapes: dict[str, Shape]

    @property
    def is_user_pools(self) -> bool:
        """Whether it is the service that this package is about."""
        return self.service == "cognito-idp"

    @property
    def prefix(self) -> str:
        """What the modules begin with that each service has one of."""
        return "" if self.is_user_pools else "identity_"


def read(service: str = "cognito-idp") -> ServiceModel:
    """A service's model of the botocore that is installed here."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise SystemExit("botocore is not installed: install the `dev` extra")
    found = sorted((Path(spec.origin).parent / "data" / service).glob("*/service-2.json.gz"))
    raw = gzip.decompress(found[-1].read_bytes())
    model = json.loads(raw)
    return ServiceModel(
        service=service,
        api_version=model["metadata"]["apiVersion"],
        botocore=importlib.metadata.version("botocore"),
        sha256=hashlib.sha256(raw).hexdigest(),
        operations=model["operations"],
        shapes=model["shapes"],
    )
