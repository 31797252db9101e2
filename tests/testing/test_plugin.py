"""The pytest plugin: its fixtures in sync tests and on every event loop, and how pytest loads it."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sizes import FULL
from tests.test_packaging import PROJECT

ROOT = Path(__file__).parents[2]
FIXTURES = [
    *("cognito_settings", "cognito_client_settings", "cognito_pool", "make_user", "cognito_user", "auth_headers"),
    *("sign_token", "cognito_clock", "cognito_faults", "cognito_server"),
]
SYNC = """
    import httpx
    import pytest
    from cognito_async.local import PoolUser

    pools = []

    @pytest.mark.parametrize("number", range(2))
    def test_each_test_has_a_pool_of_its_own(number, cognito_pool, make_user):
        make_user("alice")
        pools.append(cognito_pool)
        assert len(set(map(id, pools))) == number + 1

    def test_user_is_in_the_pool(cognito_user, cognito_pool):
        assert isinstance(cognito_user, PoolUser)
        assert cognito_pool.service.find_user(cognito_pool.settings.id, cognito_user.username).sub == cognito_user.sub

    def test_headers_and_tokens(cognito_user, auth_headers, sign_token):
        assert auth_headers(cognito_user) == {"Authorization": f"Bearer {cognito_user.access_token}"}
        assert sign_token(cognito_user, scope="orders/read").count(".") == 2

    def test_clock_and_faults_are_those_of_the_pool(cognito_clock, cognito_faults, cognito_pool):
        cognito_faults.throttle()
        assert cognito_clock is cognito_pool.clock and repr(cognito_faults) == repr(cognito_pool.faults) != "Faults()"

    def test_server_serves_the_pool(cognito_server, cognito_pool):
        assert httpx.get(cognito_server.jwks_url, trust_env=False, verify=False).json() == cognito_pool.jwks
"""
ASYNC = """
    import pytest
    from cognito_async.challenges import SoftwareTokenMfa

    pytestmark = pytest.mark.anyio

    async def test_sign_in_with_a_second_factor(cognito_pool, make_user):
        user = make_user("alice", mfa="totp")
        result = await cognito_pool.user_pool().sign_in("alice", user.password)
        assert isinstance(result.challenge, SoftwareTokenMfa)
        assert (await result.challenge.answer(user.totp_code())).signed_in

    async def test_verifier(cognito_pool, cognito_user, cognito_server):
        assert (await cognito_pool.user_pool().verifier().verify(cognito_user.access_token)).sub == cognito_user.sub
"""
CONFTEST = """
    import pytest
    from cognito_async.local import AppClientSettings, PoolSettings

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(request):
        return request.param

    @pytest.fixture
    def cognito_settings():
        return PoolSettings(id="eu-central-1_Mine", mfa="OPTIONAL")

    @pytest.fixture
    def cognito_client_settings(cognito_client_settings):
        assert cognito_client_settings == AppClientSettings()
        return AppClientSettings(id="mine")
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    plugins = ("-p", "pytest_cognito_async", "-p", "no:cacheprovider", "-p", "no:randomly")
    # Without rewriting: pytest warns of modules of an installed wheel that are imported already.
    return pytester.runpytest_inprocess(*plugins, "--assert=plain", "-W", "error", *arguments)


def test_fixtures_work_in_sync_and_async_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_sync=SYNC, test_async=ASYNC, conftest=CONFTEST)
    run(pytester).assert_outcomes(passed=6 + 2 * 2)


def test_settings_can_be_overridden_anywhere(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        conftest=CONFTEST,
        test_settings="""
            import pytest
            from cognito_async.local import PoolSettings

            def test_of_the_conftest(cognito_pool):
                assert (cognito_pool.settings.id, cognito_pool.client.id) == ("eu-central-1_Mine", "mine")

            class TestStrict:
                @pytest.fixture
                def cognito_settings(self):
                    return PoolSettings(mfa="ON")

                def test_of_the_class(self, cognito_pool):
                    assert (cognito_pool.settings.mfa, cognito_pool.client.id) == ("ON", "mine")
        """,
    )
    run(pytester).assert_outcomes(passed=2)


def test_fixtures_of_the_same_name_replace_those_of_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def make_user():
            return "mine"

        def test_both(make_user, cognito_user, auth_headers):
            assert make_user == "mine" and auth_headers(cognito_user)
    """)
    run(pytester).assert_outcomes(passed=1)


def test_every_fixture_is_described(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--fixtures")
    lines = result.outlines
    described = {
        line.partition(" -- ")[0]: after for line, after in pairwise(lines) if "pytest_cognito_async.py:" in line
    }
    assert sorted(described) == sorted(FIXTURES)
    assert all(text.endswith(".") and "no docstring" not in text for text in described.values())


LOADED = """
    import sys

    def test_that_uses_no_fixture_does_not_import_the_package(pytestconfig):
        assert pytestconfig.pluginmanager.has_plugin("pytest_cognito_async")
        assert "cognito_async" not in sys.modules

    def test_that_uses_a_fixture_does(cognito_user, cognito_server):
        assert "cognito_async" in sys.modules and cognito_user.access_token
"""


def test_installed_plugin_is_loaded_and_imports_the_package_when_used(tmp_path: Path) -> None:
    ((name, module),) = PROJECT["entry-points"]["pytest11"].items()
    installed = tmp_path / "site" / "cognito_async-0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin-of-cognito-async\nVersion: 0\n")
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
    (tmp_path / "test_loaded.py").write_text("\n".join(line.removeprefix("    ") for line in LOADED.splitlines()))
    # In a plain run, spare the time of the workers.
    selection = ["--dist=each", "--tx=2*popen"] if FULL else ["-k", "uses_no_fixture"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *selection],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.returncode, f"{4 if FULL else 1} passed" in outcome.stdout) == (0, True), (
        outcome.stdout + outcome.stderr
    )
