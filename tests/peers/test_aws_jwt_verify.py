"""aws-jwt-verify, in Node, judges generated tokens as our verifier does, except for what `strictness.TABLE` names."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from cognito_async.local import LocalUserPool, PoolSettings
from tests.support import make_user
from tests.verify.agreement import LENIENCY, Claims, by_us, disagreement
from tests.verify.making import CLIENT_ID, POOL_ID, pool_keys
from tests.verify.mutations import KINDS, MUTATIONS, Made, make
from tests.verify.strictness import NODE, TABLE, Reading, strictness_of

from .javascript import output_of

pytestmark = pytest.mark.peer
JUDGE = "aws-jwt-verify"


def judged(tokens: Iterable[tuple[str, str]], user_pool_id: str, client_id: str, jwks: Any) -> list[Claims | None]:
    """Return the claims of each token with its use; `None` if aws-jwt-verify refuses it."""
    lines = [{"userPoolId": user_pool_id, "clientId": client_id, "jwks": jwks}]
    lines += [{"token": token, "tokenUse": use} for token, use in tokens]
    output = output_of("aws_jwt_verify.js", JUDGE, "".join(json.dumps(line) + "\n" for line in lines))
    return [json.loads(line).get("claims") for line in output.splitlines()]


@functools.cache
def verdicts() -> list[tuple[Made, Claims | None]]:
    """Return tokens with one change each, and with two or three, and the verdicts of aws-jwt-verify."""
    keys, random = pool_keys(), Random(17)
    made = [make(keys, kind, [mutation]) for kind in KINDS for mutation in MUTATIONS]
    made += [make(keys, random.choice(list(KINDS)), random.sample(MUTATIONS, random.randint(2, 3))) for _ in range(600)]
    return list(
        zip(made, judged(((each.token, each.use) for each in made), POOL_ID, CLIENT_ID, keys.jwks), strict=True)
    )


def test_it_accepts_good_tokens_as_we_do() -> None:
    made = [make(pool_keys(), kind) for kind in KINDS]
    found = judged(((each.token, each.use) for each in made), POOL_ID, CLIENT_ID, pool_keys().jwks)
    assert None not in found
    assert [disagreement(each, JUDGE, theirs) for each, theirs in zip(made, found, strict=True)] == [None] * len(made)


def test_it_judges_changed_tokens_as_we_do() -> None:
    found = [disagreement(made, JUDGE, theirs) for made, theirs in verdicts()]
    assert not [each for each in found if each is not None]


@pytest.mark.parametrize("name", [each.name for each in TABLE if each.accepted_by & NODE])
def test_each_named_strictness_makes_a_difference(name: str) -> None:
    """There is a token that we refuse for this reason only, and aws-jwt-verify accepts."""
    accepted = [made for made, theirs in verdicts() if theirs is not None]
    assert any(strictness_of(made.token, JUDGE) == {name} and not by_us(made.token, made.use) for made in accepted)


def test_the_named_leniency_makes_a_difference() -> None:
    refused = [made for made, theirs in verdicts() if theirs is None]
    assert any(by_us(made.token, made.use) and LENIENCY[JUDGE](Reading.of(made.token)) for made in refused)


@pytest.mark.anyio
async def test_it_accepts_tokens_of_the_local_pool() -> None:
    async with LocalUserPool(PoolSettings(id="eu-central-1_Local")) as local:
        await make_user(local)
        tokens = (await local.user_pool().sign_in("alice", "Passw0rd!")).tokens
        pair = [(tokens.access_token, "access"), (tokens.id_token or "", "id")]
        swapped = [(token, "id" if use == "access" else "access") for token, use in pair]
        cut = [(token[:-4], use) for token, use in pair]
        access, identity, *others = judged([*pair, *swapped, *cut], local.settings.id, local.client.id, local.jwks)
        assert access is not None and access["username"] == "alice" and access["iss"] == local.issuer
        assert identity is not None and identity["email"] == "alice@example.com"
        assert others == [None] * 4
