"""The workloads `verifications` and `routes`: a token like those of Cognito, and a peer that makes the same checks."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidSignature

from benchmarks import routes, verifications
from benchmarks.measures import MEASURES, Job
from benchmarks.signing import our_verifier, sign
from benchmarks.verifications import bare_decode, bare_signature, by_pyjwt
from benchmarks.worker import BATCH, Arguments, cpu_of_each
from cognito_async import errors

pytestmark = pytest.mark.anyio


async def test_token_is_like_one_of_cognito() -> None:
    made = sign()
    claims = our_verifier(made).verify_nowait(made.token)
    assert claims.username == claims.sub and claims.groups == ("editors", "readers") and claims.extra == {}
    assert claims.exp - claims.iat == 3600 and 1_000 <= len(made.token) <= 1_200


@pytest.mark.parametrize(
    "change", [{"iss": "https://other.example.com"}, {"client_id": "other"}, {"token_use": "id"}, {"exp": 1}]
)
@pytest.mark.table
async def test_pyjwt_makes_the_same_checks_as_our_package(change: dict[str, Any]) -> None:
    good, bad = sign(), sign(**change)
    assert our_verifier(good).verify_nowait(good.token).sub == by_pyjwt(good)()["sub"] == bare_decode(good)()["sub"]
    with pytest.raises(errors.InvalidToken):
        our_verifier(bad).verify_nowait(bad.token)
    with pytest.raises(jwt.InvalidTokenError):
        by_pyjwt(bad)()


async def test_bare_check_verifies_the_signature() -> None:
    made = sign()
    bare_signature(made)()
    with pytest.raises(InvalidSignature):
        bare_signature(made._replace(signed=made.signed + b"A"))()


async def test_batches_of_sync_and_async_functions_alternate() -> None:
    called: list[str] = []

    def sync() -> None:
        called.append("sync")

    async def waits() -> None:
        called.append("async")

    figures = await cpu_of_each({"sync": sync, "async": waits}, 2)
    assert called == (["sync"] * BATCH + ["async"] * BATCH) * 3
    assert figures.keys() == {"sync", "async"} and min(figures.values()) > 0


@pytest.mark.parametrize("workload", [verifications, routes])
@pytest.mark.table
async def test_workload_has_the_figures_of_its_measures(workload: Any) -> None:
    name = workload.__name__.rpartition(".")[2]
    found = await workload.measure(Arguments("default", 1, {}))
    figures = [figure for one in MEASURES for figure in (one.ours, one.theirs) if figure]
    assert {figure.name for figure in figures if figure.job == Job(name, "default")} <= found.keys()
    assert min(found.values()) > 0
