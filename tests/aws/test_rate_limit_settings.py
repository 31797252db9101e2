"""The settings of rate limits: categories, defaults, and invalid values."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from cognito_async import RateLimits, errors
from cognito_async._aws.categories import CATEGORIES, CATEGORY_OF


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rates": {"UserReed": 1}}, "a category must be one of UserAuthentication, UserCreation, "),
        ({"rates": {"UserAuthentication, answers to challenges": 1}}, "a category must be one of"),
        ({"rates": {"UserRead": 0}}, "UserRead must be a positive number of requests per second"),
        ({"rates": {"UserRead": -1}}, "UserRead must be a positive number"),
        ({"rates": {"UserRead": float("inf")}}, "UserRead must be a positive number"),
        ({"rates": {"UserRead": float("nan")}}, "UserRead must be a positive number"),
        ({"rates": {"UserRead": "5"}}, "UserRead must be a positive number"),
        ({"rates": {"UserRead": True}}, "UserRead must be a positive number"),
        ({"rates": [("UserRead", 1)]}, "rates must be a mapping"),
        ({"share": 0}, "share must be a number"),
        ({"share": 1.1}, "share must be a number"),
        ({"share": float("nan")}, "share must be a number"),
        ({"share": "1"}, "share must be a number"),
    ],
)
def test_invalid_limits_are_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        RateLimits(**arguments)
    assert message in caught.value.message


def test_missing_rates_have_defaults_and_share_scales_all_rates() -> None:
    assert RateLimits().current == {name: category.rate for name, category in CATEGORIES.items()}
    current = RateLimits({"UserAuthentication": 300}, share=0.5).current
    assert current["UserAuthentication"] == 150.0
    assert current["UserAuthentication, answers to challenges"] == 450.0
    assert current["UserCreation"] == 25.0


@pytest.mark.parametrize("how", [copy.deepcopy, pickle.dumps])
def test_limits_cannot_be_copied_or_pickled(how: Callable[[RateLimits], Any]) -> None:
    with pytest.raises(TypeError, match="would not share it"):
        how(RateLimits())


def test_each_operation_has_one_category() -> None:
    model = botocore.session.get_session().get_service_model("cognito-idp")
    assert CATEGORY_OF.keys() == set(model.operation_names)
    assert sum(len(category.operations()) for category in CATEGORIES.values()) == len(CATEGORY_OF)
