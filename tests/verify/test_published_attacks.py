"""Published attacks on tokens, each with its source: each token is refused, with an `InvalidToken`."""

from __future__ import annotations

import pytest

from cognito_async import errors

from .attacks import ON_HEADERS, ON_SIGNATURES
from .attacks_on_parsers import ON_CLAIMS, ON_ENCODINGS, ON_JSON
from .making import ISSUER, UPDATED_ISSUER, Keys, access_claims, id_claims, machine_claims, verifier

GROUPS = {
    "headers": ON_HEADERS,
    "signatures": ON_SIGNATURES,
    "encodings": ON_ENCODINGS,
    "JSON": ON_JSON,
    "claims": ON_CLAIMS,
}
ALL = [attack for group in GROUPS.values() for attack in group]


@pytest.mark.anyio
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.table
async def test_attacks_are_refused_for_the_right_reason(group: str, keys: Keys) -> None:
    for attack in GROUPS[group]:
        token = attack.make(keys)
        with pytest.raises(errors.InvalidToken) as caught:
            await verifier(keys).verify(token)
        assert (attack.name, caught.value.reason) == (attack.name, attack.reason)
        # If the pool could have replaced its keys, `verify_nowait` cannot know whether an unknown key is a new one.
        expected = errors.KeysUnavailable if attack.reason == "key" else errors.InvalidToken
        with pytest.raises(expected):
            verifier(keys).verify_nowait(token)


@pytest.mark.anyio
async def test_attacks_are_refused_while_there_are_no_keys(keys: Keys) -> None:
    """A malformed token is invalid during an outage too, so that its sender does not try again."""
    for attack in ALL:
        made, token = verifier(None), attack.make(keys)
        expected = errors.KeysUnavailable if attack.wants_keys else errors.InvalidToken
        with pytest.raises(expected):
            made.verify_nowait(token)
        with pytest.raises(expected):
            await made.verify(token)


def test_same_tokens_without_an_attack_are_accepted(keys: Keys) -> None:
    assert verifier(keys).verify_nowait(keys.access.sign(access_claims())).username == "alice"
    assert verifier(keys).verify_nowait(keys.access.sign(access_claims(iss=UPDATED_ISSUER))).iss == UPDATED_ISSUER
    assert verifier(keys).verify_nowait(keys.access.sign(machine_claims())).username is None
    assert verifier(keys, "id").verify_nowait(keys.id.sign(id_claims(iss=ISSUER))).email == "alice@example.com"
    # A key set does not say which of its keys is for which tokens, so `token_use` alone decides.
    assert verifier(keys).verify_nowait(keys.id.sign(access_claims())).username == "alice"
    assert verifier(keys, "id").verify_nowait(keys.access.sign(id_claims())).username == "alice"


@pytest.mark.parametrize(
    "filler", [[[{}]] * 500, "[" * 5000, {"a": {"a": [["b"] * 20] * 90}}], ids=["wide", "text", "both"]
)
def test_wide_claims_are_accepted(filler: object, keys: Keys) -> None:
    """The limit is for the depth, and not for the number of lists and objects."""
    token = keys.access.sign(access_claims(**{"custom:filler": filler}))
    assert verifier(keys).verify_nowait(token).extra["custom:filler"] == filler


def test_hundred_levels_are_accepted(keys: Keys) -> None:
    filler: list[object] = []
    for _ in range(97):
        filler = [filler]
    assert verifier(keys).verify_nowait(keys.access.sign(access_claims(x=[filler]))).extra["x"] == [filler]
    with pytest.raises(errors.InvalidToken, match="malformed"):
        verifier(keys).verify_nowait(keys.access.sign(access_claims(x=[[filler, {}]])))


def test_each_attack_names_a_source_and_is_made_once() -> None:
    names = [attack.name for attack in ALL]
    assert len(set(names)) == len(names)
    assert all(attack.source.startswith(("RFC ", "CVE-", "GHSA-", "https://", "JSONTestSuite ")) for attack in ALL)
