"""All operations of both services. Each has a generated row and method, and a model in botocore."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.model import ServiceModel as BotocoreModel
from families import FAMILIES
from names import constant, snake
from source import ServiceModel, Shape, read

from cognito_async._aws._generated.identity_methods import IdentityOperations
from cognito_async._aws._generated.methods import Operations
from cognito_async._core.model import build
from cognito_async._core.operation import Operation

MODELS = {service: read(service) for service in FAMILIES}
_METHODS: dict[str, type[Operations | IdentityOperations]] = {
    "cognito-idp": Operations,
    "cognito-identity": IdentityOperations,
}
_PROTOCOL = {"protocol": "json", "jsonVersion": "1.1", "targetPrefix": "T"}
_BOTOCORE_MODELS = {service: BotocoreModel({"metadata": _PROTOCOL, **vars(model)}) for service, model in MODELS.items()}
_built: set[types.ModuleType] = set()


@dataclass(frozen=True)
class Case:
    """One operation: its description in the service's model, and the generated code for it."""

    service: str
    name: str

    @property
    def model(self) -> ServiceModel:
        return MODELS[self.service]

    @property
    def description(self) -> Shape:
        return self.model.operations[self.name]

    @property
    def input(self) -> Shape:
        return self.model.shapes[self.description["input"]["shape"]]

    @property
    def botocore_model(self) -> OperationModel:
        return _BOTOCORE_MODELS[self.service].operation_model(self.name)

    @property
    def operations(self) -> type[Operations | IdentityOperations]:
        return _METHODS[self.service]

    @property
    def method(self) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self.operations, snake(self.name))
        return method

    @cached_property
    def row(self) -> Operation[Any, Any]:
        family = next(family for family, names in FAMILIES[self.service].items() if self.name in names)
        module = importlib.import_module(f"cognito_async._aws._generated.{family}")
        if module not in _built:
            build(module)
            _built.add(module)
        row: Operation[Any, Any] = getattr(module, constant(self.name))
        return row


@contextmanager
def noting(case: Case) -> Generator[None]:
    """Add the name of the operation to any error raised in the block."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in {case}")
        raise


CASES = [Case(service, name) for service, model in MODELS.items() for name in sorted(model.operations)]
each_operation = pytest.mark.parametrize("case", CASES, ids=[f"{case.service}-{case.name}" for case in CASES])
# For checks so short that a separate test for each operation would cost more than the check.
each_family = pytest.mark.parametrize(
    "cases",
    [
        pytest.param([Case(service, name) for name in names], id=family)
        for service, families in FAMILIES.items()
        for family, names in families.items()
    ],
)
