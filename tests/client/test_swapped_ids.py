"""An id that was passed in place of another is named in the error, with the part to pass if it contains that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import CognitoIdentity, CognitoIdentityProvider, UserPool, errors
from cognito_async._core import ids
from cognito_async.credentials import Credentials
from cognito_async.local import AppClientSettings, PoolSettings

POOL, CLIENT = "eu-central-1_AbCdEfGhI", "4example5client6id78901234"
IDENTITY_POOL = "eu-central-1:01234567-89ab-cdef-0123-456789abcdef"
ARN = f"arn:aws:cognito-idp:eu-central-1:123456789012:userpool/{POOL}"
IDENTITY_ARN = f"arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/{IDENTITY_POOL}"
ISSUER = f"https://cognito-idp.eu-central-1.amazonaws.com/{POOL}"
LIKE_POOL = r"user_pool_id must look like eu-central-1_AbCdEfGhI \(at most 55 characters\), but this is "
LIKE_CLIENT = "client_id must be 1 to 128 letters, digits, _ or +, but this is ".replace("+", r"\+")


def refused(message: str, make: Any, **arguments: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=f"{message}$"):
        make(**arguments)


@pytest.mark.parametrize(
    ("user_pool_id", "kind"),
    [
        (ARN, f"an ARN: pass only its part '{POOL}'"),
        (ISSUER, f"a URL: pass only its part '{POOL}'"),
        (f"{ISSUER}/.well-known/jwks.json", f"a URL: pass only its part '{POOL}'"),
        ("https://my-app.auth.eu-central-1.amazoncognito.com", "a URL"),
        (IDENTITY_ARN, "an ARN"),
        (IDENTITY_POOL, "the id of an identity pool"),
        ("eu-central-1", "the name of a region"),
        (CLIENT, "the id of an app client"),
        (f"{POOL}\n", f"a value with spaces or line breaks around it: pass only its part '{POOL}'"),
    ],
)
def test_value_in_place_of_a_user_pool_id_is_named(user_pool_id: str, kind: str) -> None:
    refused(LIKE_POOL + kind, UserPool, user_pool_id=user_pool_id, client_id="client")


@pytest.mark.parametrize(
    ("client_id", "kind"),
    [
        (POOL, "the id of a user pool"),
        (IDENTITY_POOL, "the id of an identity pool"),
        ("eu-central-1", "the name of a region"),
        (ARN, "an ARN"),
        (f" {CLIENT}", f"a value with spaces or line breaks around it: pass only its part '{CLIENT}'"),
    ],
)
def test_value_in_place_of_a_client_id_is_named(client_id: str, kind: str) -> None:
    refused(LIKE_CLIENT + kind, UserPool, user_pool_id=POOL, client_id=client_id)


@pytest.mark.parametrize("client_id", [CLIENT, "4example5client6id7890"])
def test_swapped_ids_are_named(client_id: str) -> None:
    message = "user_pool_id and client_id are swapped: the id of the user pool comes first"
    refused(message, UserPool, user_pool_id=client_id, client_id=POOL)


@pytest.mark.parametrize("make", [CognitoIdentity, CognitoIdentityProvider])
@pytest.mark.parametrize(
    ("region", "kind"),
    [
        (POOL, "the id of a user pool: pass only its part 'eu-central-1'"),
        (IDENTITY_POOL, "the id of an identity pool: pass only its part 'eu-central-1'"),
        (ARN, "an ARN: pass only its part 'eu-central-1'"),
        (CLIENT, "the id of an app client"),
        ("eu-central-1\n", "a value with spaces or line breaks around it: pass only its part 'eu-central-1'"),
    ],
)
def test_value_in_place_of_a_region_is_named(make: Any, region: str, kind: str) -> None:
    refused(f"such as 'eu-central-1', not .*, but this is {kind}", make, region=region)


@pytest.mark.anyio
async def test_operation_names_a_value_in_place_of_an_id() -> None:
    given: dict[str, Any] = {"region": "eu-central-1", "credentials": Credentials("AKIDEXAMPLE", "s")}
    identity, provider = CognitoIdentity(**given), CognitoIdentityProvider(**given)
    for call, message in (
        (
            identity.api.get_id(identity_pool_id=IDENTITY_ARN),
            f"identity_pool_id must look like {IDENTITY_POOL}, but this is an ARN: pass only its part '{IDENTITY_POOL}",
        ),
        (identity.api.get_id(identity_pool_id=POOL), "but this is the id of a user pool"),
        (provider.api.describe_user_pool(user_pool_id=ARN), f"an ARN: pass only its part '{POOL}'"),
        (provider.api.describe_user_pool(user_pool_id=IDENTITY_POOL), "but this is the id of an identity pool"),
        (
            provider.api.describe_user_pool_client(user_pool_id=CLIENT, client_id=POOL),
            "client_id must look like .*, but this is the id of a user pool|user_pool_id .* the id of an app client",
        ),
    ):
        with pytest.raises(errors.ConfigurationError, match=message):
            await call


def test_settings_of_a_local_pool_name_a_value_in_place_of_an_id() -> None:
    refused(f"us-east-1_LocalPool, but this is an ARN: pass only its part '{POOL}'", PoolSettings, id=ARN)
    refused(r"digits, _ or \+, but this is the id of a user pool", AppClientSettings, id=POOL)


ascii_text = st.text(st.characters(codec="ascii"), max_size=60)


@given(
    name=st.sampled_from(["region", "user_pool_id", "identity_pool_id", "client_id"]),
    value=ascii_text
    | st.sampled_from([POOL, CLIENT, IDENTITY_POOL, ARN, ISSUER]).flatmap(lambda known: ascii_text.map(known.__add__)),
)
def test_hint_shows_only_a_part_of_the_right_kind(name: str, value: str) -> None:
    """The value may be a secret that was passed by mistake."""
    hint = ids.hint(name, value)
    part = hint.partition(": pass only its part ")[2].strip("'")
    assert part in value and ids.hint(name, part or "x") == ""
    assert hint == "" or hint.startswith(", but this is ")
