"""The fields of `Hooks`: each one is checked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from cognito_async import Hooks, errors


@pytest.mark.parametrize("name", [each.name for each in fields(Hooks)])
def test_hook_must_be_a_plain_function(name: str) -> None:
    async def waits(event: object) -> None: ...

    wrong: dict[str, Any] = {name: waits}
    with pytest.raises(errors.ConfigurationError, match=f"{name} must be a plain function"):
        Hooks(**wrong)
