"""The program without an account: help, wrong usage, missing extras."""

from __future__ import annotations

import io
import json
import re
import runpy
import sys

import pytest

import cognito_async
from cognito_async.__main__ import main
from cognito_async._cli.program import run
from tests.cli.conftest import Program
from tests.cli.program import process

COMMANDS = ["demo", "local", "sign-up", "confirm", "resend", "sign-in", "whoami", "accounts", "switch", "sign-out"]
ACCOUNT_COMMANDS = COMMANDS[2:]
POOL = ("--user-pool-id", "eu-central-1_Abc", "--client-id", "client")


@pytest.mark.parametrize("missing", [(), ("typer", "rich", "uvicorn")], ids=["everything", "nothing"])
def test_help_lists_every_command_even_without_the_extras(missing: tuple[str, ...]) -> None:
    outcome = process("--help", without=missing)
    assert outcome.returncode == 0
    for command in COMMANDS:
        assert f"\n    {command} " in outcome.stdout


def test_version_is_printed(capsys: pytest.CaptureFixture[str], program: Program) -> None:
    with pytest.raises(SystemExit) as ended:
        program("--version")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"cognito-async {cognito_async.__version__}\n"


@pytest.mark.parametrize("command", ACCOUNT_COMMANDS)
def test_command_without_its_extra_says_how_to_install_it(
    command: str, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forget(monkeypatch, "commands", "terminal")
    monkeypatch.setitem(sys.modules, "typer", None)
    outcome = program(command, "alice")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == f"cognito-async: `{command}` needs the extra `cli`: pip install 'cognito-async[cli]'\n"


def test_local_without_its_extra_says_how_to_install_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    _forget(monkeypatch, "serve")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    outcome = program("local")
    assert outcome == type(outcome)(
        1, "", "cognito-async: `local` needs the extra `local`: pip install 'cognito-async[local]'\n"
    )


def test_other_import_errors_do_not_mention_an_extra(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    _forget(monkeypatch, "commands")
    monkeypatch.setitem(sys.modules, "cognito_async._cli.session", None)
    with pytest.raises(ImportError, match="session"):
        program("whoami")


def test_missing_extra_can_be_reported_as_json() -> None:
    outcome = process("whoami", "--json", without=["rich"])
    assert outcome.returncode == 1
    assert json.loads(outcome.stdout)["error"]["code"] == "MissingExtra"
    assert outcome.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "required: COMMAND"),
        (("nonsense",), "invalid choice: 'nonsense'"),
        (("local", "--port", "65536"), "the port must be a number from 0 to 65535"),
        (("local", "--port", "-1"), "--port"),
        (("local", "--port", "²"), "the port must be a number from 0 to 65535"),
        (("local", "--user-pool-id", "x"), "the user pool id must look like us-east-1_LocalPool"),
        (("local", "--client-id", "a b"), "the app client id must have"),
        (("local", "--code", ""), "argument --code: the value must not be empty"),
        (("local", "--code", " "), "fixed_code must be one or more characters without spaces"),
        (("local", "--user-pool-id", ""), "argument --user-pool-id: the value must not be empty"),
        (("local", "--client-id", ""), "argument --client-id: the value must not be empty"),
        (("local", "--host", ""), "argument --host: the value must not be empty"),
        (("local", "--settings", ""), "argument --settings: the value must not be empty"),
        (("local", "--mfa", "maybe"), "invalid choice: 'maybe'"),
        (("local", "--nonsense"), "unrecognized arguments: --nonsense (see cognito-async local --help)"),
        (("demo", "--backend", "curio"), "invalid choice: 'curio'"),
        (("--nonsense", "demo"), "unrecognized arguments: --nonsense (see cognito-async demo --help)"),
        (("whoami", "--nonsense"), "No such option: --nonsense"),
        (("sign-in", "alice", "--flow", "NONSENSE"), "'NONSENSE' is not one of"),
        (("sign-in",), "Missing argument"),
        (
            ("sign-up", "alice", "--attribute", "email", "--user-pool-id", "a_b", "--client-id", "c"),
            "such as email=alice@",
        ),
        (("mfa",), "Missing command. (choose from show, totp, set; see cognito-async mfa --help)"),
        (
            ("attributes", "nonsense"),
            "No such command 'nonsense'. (choose from list, set, delete, verify; see cognito-async attributes --help)",
        ),
        (("attributes", "set", "a", *POOL), "attributes set needs NAME=VALUE, such as email=alice@example.com"),
        (("attributes", "set", "a", *POOL), "(see cognito-async attributes set --help)"),
        (("mfa", "set", *POOL), "set needs --sms, --totp or --email"),
        (
            ("mfa", "set", "--sms", "PREFERRED", "--totp", "PREFERRED", *POOL),
            "only one of them can be the preferred one",
        ),
        (("mfa", "set", "--sms", "maybe", *POOL), "'maybe' is not one of"),
        (("mfa", "totp", "--issuer", "a:b", *POOL), "the issuer must not contain a colon"),
        (("local", "--port", "65536"), "from 0 to 65535"),
        (("local", "--port", "9" * 5000), "from 0 to 65535"),
        (("sign-in", "alice", "--preferred-challenge", "EMAIL_OTP", *POOL), "needs --flow USER_AUTH"),
        (("whoami", "--client-id", "client"), "--user-pool-id"),
        (("whoami", "--user-pool-id", "eu-central-1_Abc"), "--client-id"),
        (("whoami", "--client-id", "client", "--user-pool-id", "nonsense"), "eu-central-1_AbCdEfGhI"),
        (("whoami", "--client-id", "client", "--user-pool-id", "a_b", "--endpoint", "nonsense"), "http"),
        (("whoami", "--client-id", "eu-central-1_Abc", "--user-pool-id", "client"), "client_id are swapped"),
        (("whoami", *POOL, "--region", "eu-central-1_Abc"), "the id of a user pool: pass only its part 'eu-central-1'"),
        (("local", "--client-id", "eu-central-1_Abc"), "but this is the id of a user pool"),
        (("whoami", *POOL, "--endpoint", ""), "endpoint must not be empty"),
        (("whoami", *POOL, "--region", ""), "region must not be empty"),
        (("whoami", *POOL, "--store", ""), "path must be the path of a file, not of a folder: ."),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(program: Program, arguments: tuple[str, ...], said: str) -> None:
    outcome = program(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("cognito-async: ")
    assert outcome.err.count("\n") == 1
    assert said in outcome.err


def test_wrong_usage_can_be_reported_as_json(program: Program) -> None:
    outcome = program("sign-in", "--json")
    assert outcome.status == 2
    assert outcome.json["error"]["code"] == "UsageError"


SECRET = r"hunter\2's"


@pytest.mark.parametrize(
    "arguments",
    [
        ("sign-in", "alice", SECRET),
        ("sign-in", "alice", "--password", SECRET),
        ("sign-in", "alice", f"--password={SECRET}"),
        ("sign-in", "alice", f"-p{SECRET}"),
        ("sign-in", "alice", f"-{SECRET}"),
        ("sign-in", "alice", f"--{SECRET}"),
        ("sign-in", "alice", f"--{SECRET}=1"),
        ("mfa", f"--{SECRET}"),
        ("demo", f"-p{SECRET}"),
        ("demo", f"--{SECRET}"),
        (f"-p{SECRET}", "demo"),
        ("sign-up", "alice", SECRET),
        ("sign-up", "alice", "--attribute", SECRET),
        ("sign-in", "--client-secret", SECRET),
        ("--password", SECRET, "sign-in", "alice"),
        ("local", "--client-secret", SECRET),
        ("local", f"--client-secret={SECRET}"),
        ("local", f"--show-codes={SECRET}"),
        ("local", "--code", "123456", SECRET),
        ("whoami", f"--json={SECRET}"),
        ("demo", SECRET),
    ],
)
def test_secret_as_an_argument_is_refused_and_not_shown(
    program: Program, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", "eu-central-1_Abc")
    monkeypatch.setenv("COGNITO_CLIENT_ID", "client")
    outcome = program(*arguments)
    assert outcome.status == 2
    assert "hunter" not in outcome.out + outcome.err


@pytest.mark.parametrize("command", ["sign-in", "mfa", "demo"])
@pytest.mark.parametrize("word", ["-S3cret", "--S3cret", "--s3cret=1", "-pS3cret"])
def test_unknown_word_after_a_command_is_masked_as_a_whole(program: Program, command: str, word: str) -> None:
    outcome = program(command, word)
    # Older versions of click suggest an option of the command.
    said = r"(No such option|unrecognized arguments): \*\*\*( Did you mean --[a-z-]+\?)? \("
    assert re.search(said, outcome.err)
    assert f"see cognito-async {command} --help" in outcome.err


def test_names_of_commands_and_options_are_not_masked(program: Program) -> None:
    outcome = program("--password", "S3cret", "sign-in")
    assert "invalid choice: '***' (choose from" in outcome.err and "'sign-in'" in outcome.err
    outcome = program("demo", "--pasword=S3cret", "--other", "--", "-")
    assert "unrecognized arguments: --pasword=*** --other -" in outcome.err


@pytest.mark.parametrize("command", ACCOUNT_COMMANDS)
def test_no_command_has_an_option_for_a_secret(command: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    outcome = program(command, "--help")
    assert outcome.status == 0
    assert "--json" in outcome.out
    assert "--password" not in outcome.out
    assert "--client-secret" not in outcome.out


def test_interrupt_is_status_130(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(backend: str) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("cognito_async._cli.demo.run", interrupt)
    assert program("demo").status == 130


def test_replaced_stderr_is_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    assert run(["nonsense"]) == 2
    assert written.getvalue().startswith("cognito-async: ")


def _forget(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """Remove these modules of the command line, so that they are imported again."""
    for name in modules:
        monkeypatch.delitem(sys.modules, f"cognito_async._cli.{name}", raising=False)
        monkeypatch.delattr(f"cognito_async._cli.{name}", raising=False)


@pytest.mark.parametrize(("arguments", "status"), [(["--version"], 0), (["no-such-command"], 2)])
def test_the_process_ends_with_the_programs_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["cognito-async", *arguments])
    with pytest.raises(SystemExit) as by_name:
        main()
    monkeypatch.delitem(sys.modules, "cognito_async.__main__")
    with pytest.raises(SystemExit) as by_module:
        runpy.run_module("cognito_async", run_name="__main__")
    assert by_name.value.code == by_module.value.code == status
    capsys.readouterr()
