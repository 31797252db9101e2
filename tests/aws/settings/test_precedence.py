"""Which setting wins: an argument, the environment or the profile of AWS's tools, seen in the URL of a call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import CognitoIdentity, UserPool, errors
from cognito_async._aws.settings import files
from cognito_async.local import MovableClock
from tests.aws.settings.calls import Called, url_of_pool, url_of_service
from tests.threads import PATIENCE, until

pytestmark = [pytest.mark.anyio, pytest.mark.table]

Config = Callable[[str], object]
Given = Callable[[dict[str, str], str], None]

AWS = "https://cognito-idp.eu-central-1.amazonaws.com"
LOCAL = "http://127.0.0.1:9229"
OWN = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
GLOBAL = "AWS_ENDPOINT_URL"
IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
PROFILE = f"[default]\nendpoint_url = {LOCAL}/profile\n"
SERVICES = (
    f"[default]\nendpoint_url = {LOCAL}/profile\nservices = mine\n"
    f"[services mine]\ncognito_identity_provider =\n  endpoint_url = {LOCAL}/services\n"
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Return a function that writes the config file of AWS's tools. Before that, the file is missing."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return (tmp_path / "config").write_text


@pytest.fixture
def given(config: Config, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Return a function that sets environment variables, and writes the config file."""

    def give(variables: dict[str, str], text: str) -> None:
        config(text)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return give


@pytest.mark.parametrize(
    ("variables", "text", "options", "expected"),
    [
        ({}, "", {}, AWS),
        ({GLOBAL: LOCAL}, "", {}, LOCAL),
        ({GLOBAL: f"{LOCAL}/"}, "", {"endpoint": "http://argument.test"}, "http://argument.test"),
        ({GLOBAL: LOCAL, OWN: f"{LOCAL}/own"}, SERVICES, {}, f"{LOCAL}/own"),
        ({GLOBAL: LOCAL}, SERVICES, {}, LOCAL),
        ({"AWS_ENDPOINT_URL_STS": LOCAL, "AWS_ENDPOINT_URL_COGNITO_IDENTITY": LOCAL}, "", {}, AWS),
        ({GLOBAL: ""}, "", {}, AWS),
        ({}, SERVICES, {}, f"{LOCAL}/services"),
        ({}, PROFILE, {}, f"{LOCAL}/profile"),
        ({"AWS_PROFILE": "other"}, f"{PROFILE}[profile other]\nregion = us-east-1\n", {}, AWS),
        ({"AWS_PROFILE": "other"}, f"[profile 'other']\nendpoint_url={LOCAL}\n", {}, LOCAL),
        ({IGNORE: "true", GLOBAL: LOCAL, OWN: LOCAL}, SERVICES, {}, AWS),
        ({IGNORE: "TRUE", GLOBAL: "nonsense"}, "", {"endpoint": LOCAL}, LOCAL),
        ({IGNORE: "true", GLOBAL: "nonsense"}, "[default]\nendpoint_url = nonsense\n", {}, AWS),
        ({IGNORE: "false", GLOBAL: LOCAL}, "[default]\nignore_configured_endpoint_urls=true\n", {}, LOCAL),
        ({GLOBAL: LOCAL}, "[default]\nignore_configured_endpoint_urls=true\n", {}, AWS),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "", {}, AWS.replace("idp", "idp-fips")),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "", {"use_fips_endpoint": False}, AWS),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "", {"endpoint": LOCAL}, LOCAL),
        ({"AWS_USE_FIPS_ENDPOINT": "true", GLOBAL: LOCAL}, "", {}, LOCAL),
        ({"AWS_USE_FIPS_ENDPOINT": "false"}, "[default]\nuse_fips_endpoint = true\n", {}, AWS),
        ({}, "[default]\nuse_fips_endpoint = true\n", {}, AWS.replace("idp", "idp-fips")),
        (
            {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
            "",
            {"region": "us-gov-west-1"},
            "https://cognito-idp.us-gov-west-1.api.aws",
        ),
        (
            {},
            "[default]\nuse_dualstack_endpoint=true",
            {"region": "cn-north-1"},
            "https://cognito-idp.cn-north-1.api.amazonwebservices.com.cn",
        ),
        (
            {},
            "",
            {"use_dualstack_endpoint": True, "use_fips_endpoint": True},
            "https://cognito-idp-fips.eu-central-1.api.aws",
        ),
        ({"AWS_REGION": "us-east-1"}, "[default]\nregion = us-east-2\n", {}, AWS),
        ({}, "", {"region": "us-east-1"}, AWS.replace("eu-central-1", "us-east-1")),
    ],
)
async def test_user_pool_calls_the_endpoint_that_wins(
    variables: dict[str, str],
    text: str,
    options: dict[str, Any],
    expected: str,
    given: Given,
) -> None:
    given(variables, text)
    assert await url_of_pool(**options) == expected


@pytest.mark.parametrize(
    ("variables", "text", "options", "expected"),
    [
        ({"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}, "", {"region": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}, "[default]\nregion=a", {}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "us-east-2"}, "[default]\nregion=sa-east-1\n", {}, "us-east-2"),
        ({}, "[default]\nregion=sa-east-1\n", {}, "sa-east-1"),
    ],
)
async def test_region_of_a_service_client_is_the_one_that_wins(
    variables: dict[str, str],
    text: str,
    options: dict[str, Any],
    expected: str,
    given: Given,
) -> None:
    given(variables, text)
    assert await url_of_service("cognito-identity", **options) == f"https://cognito-identity.{expected}.amazonaws.com"


async def test_pool_id_of_an_emulator_needs_only_an_endpoint(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    config(PROFILE)
    assert await url_of_pool("local_abc") == f"{LOCAL}/profile"
    config("")
    with pytest.raises(errors.ConfigurationError, match="must be an AWS region"):
        await url_of_pool("local_abc")
    monkeypatch.setenv(GLOBAL, LOCAL)
    assert await url_of_pool("local_abc") == LOCAL


@pytest.mark.parametrize("name", [GLOBAL, OWN, "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", IGNORE])
async def test_invalid_variable_is_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://user:hunter22@localhost" if name in (GLOBAL, OWN) else "yes")
    with pytest.raises(errors.ConfigurationError, match=f"^{name}[: ]") as caught:
        UserPool("eu-central-1_Pool", "client")
    assert "hunter22" not in str(caught.value)


async def test_invalid_region_of_the_environment_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "Nowhere")
    with pytest.raises(errors.ConfigurationError, match="AWS_DEFAULT_REGION must be an AWS region"):
        CognitoIdentity()
    assert UserPool("eu-central-1_Pool", "client").user_pool_id == "eu-central-1_Pool"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[default]\nendpoint_url = ftp://hunter22\n", "endpoint_url of the profile 'default': must begin with"),
        ("[default]\nuse_fips_endpoint = 1\n", "use_fips_endpoint of the profile 'default' must be 'true' or 'false'"),
        ("[default]\nservices = none\n", r"names the section \[services none\], which is missing"),
        ("endpoint_url = hunter22\n", "config' of AWS's tools cannot be read"),
        (SERVICES.replace(LOCAL, "x"), "endpoint_url of cognito_identity_provider in the services of 'default': must"),
    ],
)
async def test_invalid_profile_is_refused_at_the_first_call(text: str, words: str, config: Config) -> None:
    config(text)
    pool = UserPool("eu-central-1_Pool", "client")
    with pytest.raises(errors.ConfigurationError, match=words) as caught:
        await pool.sign_up("alice", "Mark3r-password")
    assert caught.value.operation == "SignUp"
    assert "hunter22" not in str(caught.value)
    with pytest.raises(errors.ConfigurationError, match=words) as caught:
        await pool.admin.disable_user("alice")
    assert caught.value.operation == "AdminDisableUser"


async def test_missing_profile_is_refused_only_if_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await url_of_pool() == AWS
    monkeypatch.setenv("AWS_PROFILE", "absent")
    with pytest.raises(errors.ConfigurationError, match="the profile 'absent' is neither in"):
        await url_of_pool()


@pytest.mark.parametrize("option", ["use_fips_endpoint", "use_dualstack_endpoint"])
async def test_endpoint_excludes_the_variants_of_aws(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: dict[str, Any] = {option: True}
    wrong: dict[str, Any] = {option: "true"}
    with pytest.raises(errors.ConfigurationError, match="endpoint excludes use_fips_endpoint"):
        UserPool("eu-central-1_Pool", "client", endpoint=LOCAL, **wanted)
    with pytest.raises(errors.ConfigurationError, match=f"{option} must be True, False, or None"):
        UserPool("eu-central-1_Pool", "client", **wrong)
    monkeypatch.setenv(GLOBAL, LOCAL)  # as in botocore
    assert await url_of_pool(**wanted) == LOCAL


async def test_pools_share_refreshes_if_they_call_the_same_url(monkeypatch: pytest.MonkeyPatch) -> None:
    def refreshes(user_pool_id: str = "eu-central-1_Pool", **options: Any) -> object:
        return UserPool(user_pool_id, "client", **options)._users.sessions.refreshes

    at_aws, unknown = refreshes(), refreshes("local_Pool")
    assert refreshes() is at_aws is refreshes(endpoint=AWS)
    assert refreshes("local_Pool") is unknown
    monkeypatch.setenv(GLOBAL, LOCAL)
    assert refreshes() is refreshes(endpoint=LOCAL) is not at_aws


async def test_profile_is_read_once_in_a_thread_and_never_by_the_constructor(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(PROFILE)
    threads: list[threading.Thread] = []
    read = files.ProfileChoice.read

    def recorded(choice: files.ProfileChoice) -> files.Profile:
        threads.append(threading.current_thread())
        return read(choice)

    monkeypatch.setattr(files.ProfileChoice, "read", recorded)
    called = Called()
    async with httpx.AsyncClient(transport=called) as client:
        pool = UserPool("eu-central-1_Pool", "client", http_client=client)
        assert threads == []
        monkeypatch.setenv(GLOBAL, "http://too.late.test")  # the constructor has read the environment
        await pool.api.global_sign_out(access_token="a")
        await pool.api.global_sign_out(access_token="a")
        await pool.with_options(timeout=5).api.global_sign_out(access_token="a")
    assert called.urls == [f"{LOCAL}/profile"] * 3
    assert len(threads) == 1 and threads[0] is not threading.current_thread()


async def test_slow_profile_ends_the_call_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    started, released, clock = threading.Event(), threading.Event(), MovableClock()

    def slow(choice: files.ProfileChoice) -> files.Profile:
        started.set()
        released.wait(PATIENCE)
        return files.Profile("default", None, None)

    monkeypatch.setattr(files.ProfileChoice, "read", slow)
    pool = UserPool("eu-central-1_Pool", "client", clock=clock, timeout=5)

    async def call() -> None:
        with pytest.raises(errors.CallTimeout, match="profile of AWS's tools; nothing was sent"):
            await pool.api.global_sign_out(access_token="a")

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await until(started.is_set)
            clock.advance(6)
    finally:
        released.set()


async def test_region_of_the_profile_is_known_after_the_first_call(config: Config) -> None:
    config("[default]\nregion = sa-east-1\n")
    async with httpx.AsyncClient(transport=Called()) as client:
        identity = CognitoIdentity(http_client=client)
        assert repr(identity) == "CognitoIdentity(region=None)"
        await identity.api.unlink_identity(identity_id="i", logins={}, logins_to_remove=[])
    assert repr(identity) == "CognitoIdentity(region='sa-east-1')"


async def test_explicit_local_endpoint_reads_no_profile(config: Config) -> None:
    config("broken")
    assert await url_of_pool(endpoint=LOCAL) == LOCAL
    with pytest.raises(errors.ConfigurationError, match="cannot be read"):
        await url_of_pool(endpoint="https://own.test")  # the profile may name certificates


async def test_service_url_can_differ_by_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY", LOCAL)
    assert await url_of_service("cognito-identity") == LOCAL
    assert await url_of_service("cognito-idp") == AWS
