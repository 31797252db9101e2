"""Profiles and the chain of all sources. We must find the keys that botocore finds in the same files and servers."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_async import errors
from cognito_async._aws.credentials.chain import resolve
from cognito_async.credentials import (
    Credentials,
    default_chain,
    from_boto,
    from_environment,
    from_profile,
)
from cognito_async.local import MovableClock
from tests.aws.credentials.conftest import Files, Keys, Refusal, botocore_keys, keys_of
from tests.aws.credentials.services import KEYS, container, instance, sts
from tests.sizes import examples

Oracle = Callable[..., Awaitable[Keys | None]]


def section(title: str, key: str, *others: str) -> str:
    lines = (f"[{title}]", f"aws_access_key_id = {key}", f"aws_secret_access_key = Mark3r/{key}", *others, "")
    return "\n".join(lines)


@pytest.fixture
def process(tmp_path: Path) -> str:
    """Return a profile's line with the command of a process that prints credentials."""
    script = tmp_path / "process.py"
    script.write_text(
        "import json\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'AKIDPROCESS', 'SecretAccessKey': 'Mark3r',"
        " 'SessionToken': 'Mark3r', 'Expiration': '2100-01-02T03:04:05Z'}))\n"
    )
    return f"credential_process = {sys.executable} {script}"


SCENES: dict[str, tuple[str | None, dict[str, str], str, str]] = {
    "environment": (None, {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"}, "", section("default", "F")),
    "environment with tokens": (
        None,
        {
            "AWS_ACCESS_KEY_ID": "AKIDENV",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_SESSION_TOKEN": "new",
            "AWS_SECURITY_TOKEN": "old",
        },
        "",
        "",
    ),
    "environment besides a profile": (
        None,
        {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "a"},
        "",
        section("a", "A"),
    ),
    "both files": (None, {}, section("default", "CONFIG"), section("default", "CREDENTIALS")),
    "only the config file": (None, {}, section("default", "CONFIG", "aws_session_token = t"), ""),
    "a profile by name": ("b", {"AWS_PROFILE": "a"}, section("profile b", "B"), section("a", "A")),
    "a profile by the environment": (None, {"AWS_PROFILE": "a"}, "", section("a", "A") + section("default", "D")),
    "two variables": (
        None,
        {"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"},
        "",
        section("a", "A") + section("b", "B", "aws_session_token = new", "aws_security_token = old"),
    ),
    "a name with a blank": ("my own", {}, section('profile "my own"', "OWN"), ""),
    "defaults of the file": ("a", {}, "", "[DEFAULT]\naws_session_token = t\n" + section("a", "A")),
    "comments and other sections": (
        "a",
        {},
        "# one\n; two\n[plugins]\nx = 1\n[profile a]\nregion=eu-west-1\ns3 =\n  max = 5\n",
        section("a", "A"),
    ),
}


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.anyio
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.table
async def test_files_and_environment_give_botocores_keys(
    scene: str, files: Files, monkeypatch: pytest.MonkeyPatch, oracle: Oracle
) -> None:
    profile, variables, config, credentials = SCENES[scene]
    files(config=config, credentials=credentials)
    set_variables(monkeypatch, variables)
    found = await (default_chain() if profile is None else from_profile(profile))()
    assert keys_of(found) == await oracle(profile)
    assert keys_of(await from_boto(profile)()) == keys_of(found)


@pytest.mark.anyio
@pytest.mark.parametrize("where", ["environment", "profile", "both"])
@pytest.mark.table
async def test_web_identity_gives_botocores_keys(
    where: str, files: Files, monkeypatch: pytest.MonkeyPatch, oracle: Oracle, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("Mark3r.web.identity+/=")
    role = "arn:aws:iam::123456789012:role/in-the-{}"
    profile = (
        f"[default]\nrole_arn = {role.format('profile')}\nweb_identity_token_file = {tmp_path / 'token'}\n"
        "role_session_name = my-profile\nregion = eu-west-1\n"
    )
    files(config="" if where == "environment" else profile, credentials=section("default", "KEYS"))
    service = sts()
    async with service.served() as url:
        set_variables(monkeypatch, {"AWS_ENDPOINT_URL_STS": url, "AWS_DEFAULT_REGION": "eu-west-1"})
        if where != "profile":
            names = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME")
            values = (str(tmp_path / "token"), role.format("environment"), "my-pod")
            set_variables(monkeypatch, dict(zip(names, values, strict=True)))
        assert await default_chain()() == KEYS
        assert await oracle() == keys_of(KEYS)
        if where != "environment":
            assert await from_profile()() == KEYS
    ours, theirs, *by_profile = (request.body for request in service.requests)
    assert sorted(ours.split(b"&")) == sorted(theirs.split(b"&"))
    assert all(b"in-the-profile" in body for body in by_profile)


@pytest.mark.anyio
async def test_container_takes_precedence_over_the_instance(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    container_service, instance_service = container(), instance()
    async with container_service.served() as container_url, instance_service.served() as instance_url:
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance_url)
        assert await default_chain()() == KEYS
        ours = [(request.method, request.path) for request in instance_service.requests]
        assert await oracle() == keys_of(KEYS)
        assert [(request.method, request.path) for request in instance_service.requests] == ours * 2
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{container_url}/keys?id=1")
        assert await default_chain()() == KEYS
        assert await oracle() == keys_of(KEYS)
    assert len(container_service.requests) == 2 and len(instance_service.requests) == 6


@pytest.mark.anyio
async def test_error_lists_the_sources_without_credentials(
    monkeypatch: pytest.MonkeyPatch, oracle: Oracle, refusal: Refusal
) -> None:
    assert await oracle() is None
    message = (await refusal(default_chain()())).message
    assert "pass credentials=" in message
    for part in ("AWS_ACCESS_KEY_ID is not set", "'default'", "_FULL_URI", "AWS_EC2_METADATA_DISABLED"):
        assert part in message
    assert "botocore found no credentials" in (await refusal(from_boto()())).message
    assert "AWS_ACCESS_KEY_ID is not set" in (await refusal(from_environment()())).message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("profile", "config", "credentials", "message"),
    [
        ("b", section("profile a", "A"), "", "the profile 'b' is neither in"),
        ("a", "[profile a]\nregion = eu-west-1\n", "", "the profile 'a' has no credentials"),
        ("a", "[profile 'a]\nregion = eu-west-1\n[profile a b]\n", "", "the profile 'a' is neither in"),
        ("a", "", "[a]\naws_access_key_id = Mark3r\n", "secret_access_key must be non-empty"),
        ("a", "", section("a", "A") * 2, "cannot be read (DuplicateSectionError)"),
        ("a", "Mark3r = 1\n", section("a", "A"), "cannot be read (MissingSectionHeaderError)"),
        ("a", "[profile a]\nMark3r\n", section("a", "A"), "cannot be read (ParsingError)"),
    ],
)
@pytest.mark.table
async def test_unusable_profile_is_refused_without_quoting_it(
    profile: str, config: str, credentials: str, message: str, files: Files, refusal: Refusal
) -> None:
    files(config=config, credentials=credentials)
    assert message in (await refusal(from_profile(profile)())).message


@pytest.mark.anyio
async def test_profile_is_read_from_the_given_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    (tmp_path / "mine").write_text(section("a", "A"))
    (tmp_path / "settings").write_text(f"[profile p]\n{process}\n")
    monkeypatch.setenv("HERE", str(tmp_path))
    keys = await from_profile("a", config_file="$HERE/none", credentials_file="$HERE/mine")()
    assert keys.access_key_id == "A"
    other = from_profile("p", config_file=str(tmp_path / "settings"), credentials_file=str(tmp_path / "mine"))
    assert (await other()).access_key_id == "AKIDPROCESS"


@pytest.mark.anyio
async def test_botocore_runs_a_credential_process(files: Files, process: str, oracle: Oracle) -> None:
    files(config=f"[profile p]\n{process}\n")
    found = await from_profile("p")()
    assert found.expires_at == datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert keys_of(found) == await oracle("p")


BOTOCORE_PROFILES = {
    "a role": "[profile o]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = o\n",
    "SSO": "[profile o]\nsso_account_id = 123456789012\nsso_role_name = Mark3r\n",
    "a process": "[profile o]\ncredential_process = /nowhere/Mark3r\n",
    "a login": "[profile o]\nlogin_session = Mark3r\n",
}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", BOTOCORE_PROFILES)
async def test_error_of_botocore_is_replaced_by_a_credentials_error(kind: str, files: Files, refusal: Refusal) -> None:
    files(config=BOTOCORE_PROFILES[kind])
    assert "botocore could not get credentials from the profile 'o'" in (await refusal(from_profile("o")())).message


@pytest.mark.anyio
async def test_error_without_botocore_names_the_extra_to_install(
    files: Files, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(config=BOTOCORE_PROFILES["SSO"])
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    for source in (from_profile("o"), from_boto()):
        assert "cognito-async[boto]" in (await refusal(source())).message


@pytest.mark.anyio
async def test_environment_is_read_at_each_call_without_waiting(
    monkeypatch: pytest.MonkeyPatch, clock: MovableClock, refusal: Refusal
) -> None:
    for provider in (resolve(None, clock), resolve(from_environment(), clock)):
        for key in ("AKIDONE", "AKIDTWO"):
            set_variables(monkeypatch, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "s"})
            asking = provider().__await__()
            with pytest.raises(StopIteration) as done:
                next(asking)
            assert done.value.value == Credentials(key, "s")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
        assert "set AWS_SECRET_ACCESS_KEY too" in (await refusal(provider())).message


def test_static_credentials_are_used_unchanged(clock: MovableClock) -> None:
    keys = Credentials("AKIDEXAMPLE", "s")
    with pytest.raises(StopIteration) as done:
        next(resolve(keys, clock)().__await__())
    assert done.value.value is keys


Texts = st.SearchStrategy[str]


def one_in(count: int, rare: Texts, usual: Texts) -> Texts:
    """Draw from `rare` once in `count` times, otherwise from `usual`."""
    return st.integers(1, count).flatmap(lambda number: rare if number == count else usual)


# Strategies for the lines of the files. They include odd lines, which configparser reads in unexpected ways.
words = st.text("abAZ09 '\"#;=:[]%$_-\t\\é", max_size=12)
values = one_in(8, words, st.sampled_from(["K1", "K/2+=", "a;b", "%(x)s", '"K3"']))
separators = st.sampled_from(["=", " = ", ":", " : ", " =\t"])
titles = one_in(
    4,
    st.sampled_from(['profile "a"', "profile  a", "profiles a", "profile 'a", "DEFAULT", "sso-session a", "[a"]),
    st.sampled_from(["default", "profile a", "a"]),
)
noise = one_in(
    3,
    st.builds("x{}{}".format, separators, words),
    st.sampled_from(["", "# c", "; c", "region = eu-west-1", "s3 =\n  a = b", "  # d", "  e = f"]),
)


def setting(name: str) -> Texts:
    """Return a line that sets this name to some value."""
    return st.builds("{}{}{}".format, st.sampled_from([name, name.upper()]), separators, values)


bodies = st.tuples(
    one_in(9, noise, setting("aws_access_key_id")),
    one_in(3, setting("aws_session_token"), noise),
    one_in(9, noise, setting("aws_secret_access_key")),
    one_in(3, setting("aws_security_token"), noise),
)
texts = st.lists(st.tuples(titles, bodies), min_size=1, max_size=4, unique_by=lambda section: section[0]).map(
    lambda sections: "".join("\n".join([f"[{title}]", *body, ""]) for title, body in sections)
)


def _ours(profile: str, config_file: Path, credentials_file: Path) -> Keys | None:
    source = from_profile(profile, config_file=str(config_file), credentials_file=str(credentials_file))
    try:
        return keys_of(anyio.run(source))
    except errors.CredentialsError:
        return None


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=texts, credentials=texts, profile=st.sampled_from(["default", "a"]))
def test_generated_files_give_botocores_keys(
    config: str, credentials: str, profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = tmp_path / "config", tmp_path / "credentials"
    for path, text, variable in zip(
        paths, (config, credentials), ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), strict=True
    ):
        path.write_text(text, "utf-8")
        monkeypatch.setenv(variable, str(path))
    try:
        theirs = botocore_keys(profile)
    except Exception:  # noqa: BLE001 - botocore raises its own errors, and others
        theirs = None
    ours = _ours(profile, *paths)
    if theirs is not None and _are_sendable(theirs):
        assert ours == (*theirs[:2], theirs[2] or None)  # if the token is empty, ours is `None`
    else:
        assert ours is None


def _are_sendable(keys: Keys) -> bool:
    """Return whether the keys are valid in a header. Botocore also returns keys that are not."""
    try:
        Credentials(*keys)
    except errors.CredentialsError:
        return False
    return True
