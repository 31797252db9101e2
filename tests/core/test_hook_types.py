"""Hooks of wrong types are refused when they are passed."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from cognito_async import Auth, Hooks, UserPool, errors
from tests.support import CLIENT_ID, POOL_ID


class AsyncCallable:
    async def __call__(self, event: object) -> None: ...


async def async_hook(event: object) -> None: ...


@pytest.mark.parametrize("name", ["on_request", "on_reply", "on_retry"])
@pytest.mark.parametrize("wrong", [async_hook, functools.partial(async_hook), AsyncCallable(), "no", 0], ids=type)
def test_async_or_uncallable_hook_is_refused(name: str, wrong: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=f"{name} must be a plain function"):
        Hooks(**{name: wrong})


@pytest.mark.parametrize("wrong", [print, {"on_request": print}, "no"])
def test_hooks_option_of_another_type_is_refused(wrong: Any) -> None:
    pool = UserPool(POOL_ID, CLIENT_ID)
    for use in (
        lambda: UserPool(POOL_ID, CLIENT_ID, hooks=wrong),
        lambda: Auth(POOL_ID, CLIENT_ID, hooks=wrong),
        lambda: pool.with_options(hooks=wrong),
    ):
        with pytest.raises(errors.ConfigurationError, match="hooks must be Hooks"):
            use()
