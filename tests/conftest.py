"""Fixtures of all tests: both event-loop libraries, and a clean environment."""

from __future__ import annotations

import faulthandler
import functools
import gc
import os
import re
import time
from collections.abc import Iterator
from zlib import crc32

import pytest
from hypothesis import settings

from cognito_async.local import SigningKeys
from tests.sizes import FULL, examples

# Examples have no deadline, because on a busy machine they could miss it.
settings.register_profile("full", deadline=None, max_examples=100)
settings.register_profile("quick", deadline=None, max_examples=examples(100))
settings.load_profile("full" if FULL else "quick")

# Collecting the tests makes a million objects that live until the end, so a search for garbage among them finds none.
gc.disable()


# A test that hangs ends the run, and says where it hung, after so many seconds.
LIMIT = 120
# The time is not set anew for each test, as `faulthandler_timeout` of pytest does: this costs a thread for each.
RENEWED = 10
watch = {"output": 2, "renewal": 0.0}


def pytest_configure() -> None:
    watch["output"] = os.dup(2)  # before pytest captures it


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    if (now := time.monotonic()) >= watch["renewal"]:
        watch["renewal"] = now + RENEWED
        faulthandler.dump_traceback_later(LIMIT, file=int(watch["output"]), exit=True)


def pytest_sessionfinish() -> None:
    faulthandler.cancel_dump_traceback_later()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `CI=true`, run each case of a large table (marker `table`) on one of both event loops, to save time."""
    if FULL:
        return
    names = {item.nodeid for item in items}
    tables = (item for item in items if item.get_closest_marker("table"))
    spared = {item for item in tables if _on_other_loop(item) in names and _is_turn_of_other_loop(item)}
    items[:] = [item for item in items if item not in spared]
    config.hook.pytest_deselected(items=list(spared))


def _on_other_loop(item: pytest.Item) -> str:
    """Return the name of the same case on the other event loop."""
    other = {"asyncio": "trio", "trio": "asyncio"}
    return re.sub("asyncio|trio", lambda found: other[found[0]], item.nodeid)


def _is_turn_of_other_loop(item: pytest.Item) -> bool:
    case = re.sub("asyncio|trio", "", item.nodeid)
    return ("trio" in item.name) == (crc32(case.encode()) % 2 == 0)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # exempt the collected tests from now on
    gc.set_threshold(20_000)  # a test makes little garbage, and looking for it after each took 5 % of the time
    gc.enable()


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True, scope="session")
def clean_environment() -> Iterator[None]:
    """Remove the user's own credentials, proxies and settings from the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "COGNITO_", "SSL_CERT_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        # Unless a test sets these, no files of AWS's tools are read, and no instance metadata is requested.
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # Otherwise, each process that a test starts would compile the whole package.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture
def little_to_search() -> None:
    """Exempt all objects that exist from garbage collection, for tests that call `gc.collect()` often."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def one_pair_of_signing_keys() -> None:
    """Share one pair of RSA keys among all pools of a test run, because generating a pair takes 250 ms."""
    SigningKeys.generate = functools.cache(SigningKeys.generate)  # type: ignore[method-assign]
