"""Generated tokens, good and changed: we judge them as PyJWT and joserfc do, except where `strictness.TABLE` says."""

from __future__ import annotations

import functools
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async.local import LocalUserPool
from tests.sizes import examples
from tests.support import make_user

from . import mutations as changes
from .agreement import LENIENCY, by_us, disagreement
from .judges import JUDGES
from .making import ISSUER, NOW, Keys, pool_keys
from .mutations import KINDS, MUTATIONS, Made, Mutation, make
from .strictness import PYTHON, TABLE, Reading, strictness_of


def verdicts(made: Made) -> dict[str, Any]:
    """Return the claims that each judge has read; `None` if it refuses the token."""
    return {name: judge(made.token, made.use) for name, judge in JUDGES.items()}


def disagreements(made: Made, found: dict[str, Any]) -> list[str]:
    texts = (disagreement(made, judge, theirs) for judge, theirs in found.items())
    return [text for text in texts if text is not None]


@functools.cache
def single_changes() -> list[tuple[Made, bool, dict[str, Any]]]:
    """Return tokens with one change each, whether we accept them, and the verdicts of the judges."""
    all_made = [make(pool_keys(), kind, [mutation]) for kind in KINDS for mutation in MUTATIONS]
    return [(made, by_us(made.token, made.use) is not None, verdicts(made)) for made in all_made]


@pytest.mark.parametrize("kind", KINDS)
def test_all_accept_good_tokens(kind: str, keys: Keys) -> None:
    made = make(keys, kind)
    assert by_us(made.token, made.use) is not None
    assert None not in verdicts(made).values()
    assert not strictness_of(made.token, "PyJWT") | strictness_of(made.token, "joserfc")


def test_each_single_change_is_judged_alike() -> None:
    assert not [text for made, _, found in single_changes() for text in disagreements(made, found)]
    accepted = [is_accepted for _, is_accepted, _ in single_changes()]
    assert len(accepted) / 8 < sum(accepted) < len(accepted) / 2  # both verdicts occur often


@pytest.mark.parametrize("name", [each.name for each in TABLE if each.accepted_by & PYTHON])
def test_each_named_strictness_makes_a_difference(name: str) -> None:
    """There is a token that we refuse for this reason only, and PyJWT or joserfc accepts."""
    assert any(
        theirs is not None and strictness_of(made.token, judge) == {name}
        for made, is_accepted, found in single_changes()
        for judge, theirs in found.items()
        if not is_accepted
    ), "remove it from the table"


def test_each_named_leniency_makes_a_difference() -> None:
    """There is a token that we accept, and joserfc refuses for the type of a header member that says nothing."""
    assert any(
        is_accepted and found["joserfc"] is None and LENIENCY["joserfc"](Reading.of(made.token))
        for made, is_accepted, found in single_changes()
    )


NAMES = st.sampled_from(
    [
        *("sub", "iss", "exp", "nbf", "iat", "aud", "client_id", "token_use", "username", "cognito:username", "scope"),
        *("jti", "cognito:groups", "auth_time", "version", "email", "email_verified", "address", "identities"),
        *("custom:x", "azp", "nonce", "amr", "acr"),
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(NOW - 10_000, NOW - 100)
    | st.integers(NOW + 100_000, NOW + 200_000)
    | st.floats()
    | st.text()
    | st.sampled_from([ISSUER, "access", "id", "alice"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.sampled_from(["header part", "part", "signature part", "token"])
LETTERS = st.sampled_from("=+/-_.AZaz09 \n\t\x00%!é\ufeff")
CHANGE = st.one_of(
    st.sampled_from(MUTATIONS),
    st.sampled_from(MUTATIONS),
    st.builds(changes.claim, NAMES, JSON),
    st.builds(changes.header, st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x"]), JSON),
    st.builds(changes.inserted, PARTS, st.integers(0, 2000), LETTERS),
    st.builds(changes.flipped_bit, st.integers(0, 255), st.integers(0, 7)),
)


@settings(max_examples=examples(3000))
@given(kind=st.sampled_from(list(KINDS)), chosen=st.lists(CHANGE, min_size=1, max_size=3))
def test_combined_and_random_changes_are_judged_alike(kind: str, chosen: list[Mutation]) -> None:
    made = make(pool_keys(), kind, chosen)
    assert not disagreements(made, verdicts(made))


@settings(max_examples=examples(500))
@given(text=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_\-]{0,40}(\.[A-Za-z0-9_\-]{0,40}){0,5}", fullmatch=True))
def test_random_texts_are_refused(text: str) -> None:
    assert by_us(text, "access") is None


@pytest.mark.anyio
async def test_tokens_of_the_local_pool_are_accepted_by_all() -> None:
    async with LocalUserPool() as local:
        await make_user(local)
        pool = local.user_pool()
        tokens = (await pool.sign_in("alice", "Passw0rd!")).tokens
        jwks: Any = local.jwks
        keys, key_set = jwt.PyJWKSet.from_dict(jwks), joserfc.jwk.KeySet.import_key_set(jwks)
        for token, audience in ((tokens.access_token, None), (tokens.id_token or "", local.client.id)):
            key = keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(token, key, issuer=local.issuer, audience=audience, algorithms=["RS256"])
            assert joserfc.jwt.decode(token, key_set, algorithms=["RS256"]).claims == claims
            ours = await pool.verifier(None).verify(token)
            assert (ours.sub, ours.iss, ours.exp) == (claims["sub"], local.issuer, claims["exp"])
            assert (ours.token_use, ours.username) == (claims["token_use"], "alice")
