"""The services' models, read from the files of botocore, which is not imported."""

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
    """A service's model and its origin.

    Args:
        service: the name of the service in host names and signatures.
        api_version: the date that is the version of the model.
        botocore: the version of botocore.
        sha256: the hash of the model's JSON.
    """

    service: str
    api_version: str
    botocore: str
    sha256: str
    operations: dict[str, Shape]
    shapes: dict[str, Shape]

    @property
    def is_user_pools(self) -> bool:
        """Return whether this is the service of user pools."""
        return self.service == "cognito-idp"

    @property
    def prefix(self) -> str:
        """Return the prefix of the modules that exist once for each service, such as `common`."""
        return "" if self.is_user_pools else "identity_"


def read(service: str = "cognito-idp", folder: Path | None = None) -> ServiceModel:
    """Return a service's model.

    Args:
        folder: where `pip install --target` put a botocore (default: the botocore of this interpreter).
    """
    root, version = _installed() if folder is None else (folder / "botocore", _version_in(folder))
    found = sorted((root / "data" / service).glob("*/service-2.json.gz"))
    raw = gzip.decompress(found[-1].read_bytes())
    model = json.loads(raw)
    return ServiceModel(
        service=service,
        api_version=model["metadata"]["apiVersion"],
        botocore=version,
        sha256=hashlib.sha256(raw).hexdigest(),
        operations=model["operations"],
        shapes=model["shapes"],
    )


def _installed() -> tuple[Path, str]:
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise SystemExit("botocore is not installed: install the `dev` extra")
    return Path(spec.origin).parent, importlib.metadata.version("botocore")


def _version_in(folder: Path) -> str:
    (found,) = importlib.metadata.distributions(name="botocore", path=[str(folder)])
    return found.version
