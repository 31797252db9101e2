"""The command line of AWS against our served local pool: an account from sign-up to deletion, and administration."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import CODE, KEYS
from .running import AppClient, environment, server_command

pytestmark = pytest.mark.peer
PASSWORD, NEW = "Correct horse 1 battery", "An0ther horse!"
EMAIL = "Name=email,Value=Alice@example.com"
Aws = Callable[..., Any]


@pytest.fixture
def aws(served: AppClient, tmp_path: Path) -> Aws:
    """Return a function that runs an operation and returns its reply, or the text of its error."""
    settings = environment(
        AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=served.endpoint,
        AWS_DEFAULT_REGION=served.region,
        AWS_ACCESS_KEY_ID=KEYS.access_key_id,
        AWS_SECRET_ACCESS_KEY=KEYS.secret_access_key,
        AWS_CONFIG_FILE=str(tmp_path / "config"),
        AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "credentials"),
        AWS_MAX_ATTEMPTS="1",
        AWS_PAGER="",
    )

    def run(operation: str, *arguments: str) -> Any:
        command = [server_command("aws"), "cognito-idp", operation, *arguments]
        done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            return done.stderr.strip()
        return json.loads(done.stdout or "{}")

    return run


def test_account_from_sign_up_to_deletion(aws: Aws, served: AppClient, name: str) -> None:
    user = "--client-id", served.client_id, "--username", name
    made = aws("sign-up", *user, "--password", PASSWORD, "--user-attributes", EMAIL)
    assert (made["UserConfirmed"], made["CodeDeliveryDetails"]["Destination"]) == (False, "A***@e***")
    assert "(CodeMismatchException)" in aws("confirm-sign-up", *user, "--confirmation-code", "000000")
    confirmed = aws("confirm-sign-up", *user, "--confirmation-code", CODE)
    assert confirmed.keys() <= {"Session"}
    signed_in = _sign_in(aws, served, name, PASSWORD)
    access = "--access-token", signed_in["AuthenticationResult"]["AccessToken"]
    attributes = {each["Name"]: each["Value"] for each in aws("get-user", *access)["UserAttributes"]}
    assert (attributes["email"], attributes["email_verified"]) == ("Alice@example.com", "true")
    changed = aws("change-password", *access, "--previous-password", PASSWORD, "--proposed-password", NEW)
    assert changed == {}
    assert "Incorrect username or password." in _sign_in(aws, served, name, PASSWORD)
    refresh = "--client-id", served.client_id, "--refresh-token", signed_in["AuthenticationResult"]["RefreshToken"]
    assert aws("get-tokens-from-refresh-token", *refresh)["AuthenticationResult"]["TokenType"] == "Bearer"
    assert aws("delete-user", *access) == {}
    assert "(UserNotFoundException)" in _sign_in(aws, served, name, NEW)


def test_administrator_creates_and_finds_users(aws: Aws, served: AppClient, name: str) -> None:
    pool = "--user-pool-id", served.user_pool_id
    user = *pool, "--username", name
    address = f"Name=email,Value={name}@Example.com"
    created = aws("admin-create-user", *user, "--user-attributes", address, "--message-action", "SUPPRESS")
    assert created["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert aws("admin-set-user-password", *user, "--password", PASSWORD, "--permanent") == {}
    found = aws("list-users", *pool, "--filter", f'email = "{name}@example.COM"')
    assert [each["Username"] for each in found["Users"]] == [name]
    assert aws("create-group", *pool, "--group-name", name)["Group"]["GroupName"] == name
    assert aws("admin-add-user-to-group", *user, "--group-name", name) == {}
    groups = aws("admin-list-groups-for-user", *user)["Groups"]
    assert [each["GroupName"] for each in groups] == [name]
    assert aws("admin-get-user", *user)["UserStatus"] == "CONFIRMED"
    assert aws("admin-delete-user", *user) == {}
    assert "(UserNotFoundException)" in aws("admin-get-user", *user)


def test_pool_is_made_used_changed_and_deleted(aws: Aws, name: str) -> None:
    pool = aws("create-user-pool", "--pool-name", name, "--auto-verified-attributes", "email")["UserPool"]
    assert (pool["Name"], pool["MfaConfiguration"], pool["LambdaConfig"]) == (name, "OFF", {})
    of_pool = "--user-pool-id", pool["Id"]
    flows = "--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"
    made = aws("create-user-pool-client", *of_pool, "--client-name", "app", *flows)["UserPoolClient"]
    client = AppClient("", pool["Id"], made["ClientId"])
    user = *of_pool, "--username", name
    assert aws("admin-create-user", *user, "--message-action", "SUPPRESS")["User"]["Enabled"]
    assert aws("admin-set-user-password", *user, "--password", PASSWORD, "--permanent") == {}
    access = "--access-token", _sign_in(aws, client, name, PASSWORD)["AuthenticationResult"]["AccessToken"]
    assert aws("get-user", *access)["Username"] == name
    assert aws("update-user-pool", *of_pool, "--deletion-protection", "ACTIVE") == {}
    described = aws("describe-user-pool", *of_pool)["UserPool"]
    assert (described["DeletionProtection"], described["EstimatedNumberOfUsers"]) == ("ACTIVE", 1)
    assert "deletion protection is activated" in aws("delete-user-pool", *of_pool)
    assert aws("update-user-pool", *of_pool, "--deletion-protection", "INACTIVE") == {}
    of_client = *of_pool, "--client-id", made["ClientId"]
    renamed = aws("update-user-pool-client", *of_client, "--client-name", "shop")["UserPoolClient"]
    assert (renamed["ClientName"], "ExplicitAuthFlows" in renamed) == ("shop", False)
    assert aws("delete-user-pool-client", *of_client) == {}
    assert "(ResourceNotFoundException)" in aws("describe-user-pool-client", *of_client)
    assert pool["Id"] in [each["Id"] for each in aws("list-user-pools", "--max-results", "60")["UserPools"]]
    assert aws("delete-user-pool", *of_pool) == {}
    assert "(ResourceNotFoundException)" in aws("describe-user-pool", *of_pool)


def _sign_in(aws: Aws, client: AppClient, name: str, password: str) -> Any:
    parameters = json.dumps({"USERNAME": name, "PASSWORD": password})
    flow = "--client-id", client.client_id, "--auth-flow", "USER_PASSWORD_AUTH"
    return aws("initiate-auth", *flow, "--auth-parameters", parameters)
