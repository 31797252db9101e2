"""The pages of the site: their examples are tested files, and their lists, commands and settings are the real ones."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from cognito_async._cli.program import ACCOUNT_COMMANDS
from cognito_async._cli.program import run as run_program
from cognito_async._local.settings.file import parse_settings
from tests.fake_aws import CODE, PASSWORD, FakeAws
from tools.docs.markdown import first_sentence, pages, snippet

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
REPOSITORY = "https://github.com/cognito-async/cognito-async/blob/main/"
PUBLIC = [
    "cognito_async",
    *(f"cognito_async.{name}" for name in ("challenges", "credentials", "errors", "local", "lowlevel", "testing")),
    *(f"cognito_async.integrations.{name}" for name in ("fastapi", "httpx", "keyring", "pytest", "redis", "starlette")),
]
SNIPPET = re.compile(r'--8<-- "([\w./-]+)(?::([\w-]+))?"')


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def read(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def find_blocks(language: str | None = None) -> Iterator[Block]:
    for page in PAGES:
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL):
            if language in (None, found[1]):
                yield Block(page, found[1], found[2])


def test_each_block_has_a_known_language() -> None:
    assert {block.language for block in find_blocks()} == {"python", "sh", "console", "js", "toml"}


def test_python_blocks_only_include_examples() -> None:
    for block in find_blocks("python"):
        for line in filter(None, block.text.splitlines()):
            found = SNIPPET.fullmatch(line)
            assert found, f"{block.page}: move this code to docs/examples: {line}"
            assert snippet(found[1], found[2])


def test_each_example_is_shown_on_a_page() -> None:
    shown = {name for page in PAGES for name, _ in SNIPPET.findall(read(page))}
    assert shown == {path.name for path in (DOCS / "examples").glob("*.py")}


def test_each_section_of_an_example_is_shown() -> None:
    shown = {found for page in PAGES for found in SNIPPET.findall(read(page))}
    for path in (DOCS / "examples").glob("*.py"):
        sections = re.findall(r"\[start:([\w-]+)\]", path.read_text("utf-8"))
        assert [each for each in sections if (path.name, each) not in shown] == [], path.name


def test_each_page_is_in_the_navigation() -> None:
    navigation = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    assert sorted(name for _, _, name in pages(navigation) if name is not None) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_page_has_a_title_and_an_introduction(page: str) -> None:
    text = re.sub(r"^<!--.*-->\n", "", read(page))
    assert re.match(r"# .+\n\n[\w`]", text)
    assert 20 < len(first_sentence(text)) < 200


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_to_files(page: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", read(page))
    files = [(DOCS / page).parent / link.split("#")[0] for link in links if not re.match(r"https?:|#", link)]
    files += [ROOT / link.removeprefix(REPOSITORY) for link in links if link.startswith(REPOSITORY)]
    generated = DOCS / "assets" / "chart.svg"  # `scripts/docs` copies it from the benchmarks
    assert [path for path in files if not path.exists() and path.resolve() != generated] == []


def documented(prefix: str) -> list[str]:
    entries = [entry for page in PAGES for entry in re.findall(r"^::: ([\w.]+)$", read(page), re.MULTILINE)]
    return sorted(entry.rpartition(".")[2] for entry in entries if entry.rpartition(".")[0] == prefix)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_has_one_reference_entry(name: str) -> None:
    module = importlib.import_module(name)
    modules = {each for each in module.__all__ if isinstance(getattr(module, each), ModuleType)}
    assert [each for each in documented(name) if each not in modules] == sorted(set(module.__all__) - modules)


def test_lowlevel_page_lists_all_families() -> None:
    lowlevel = importlib.import_module("cognito_async.lowlevel")
    families = [name for name in lowlevel.__all__ if isinstance(getattr(lowlevel, name), ModuleType)]
    assert re.findall(r"^- `lowlevel\.(\w+)`$", read("reference/lowlevel.md"), re.MULTILINE) == families


def test_commands_work_as_shown(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [block] = [block for block in find_blocks("sh") if "export COGNITO" in block.text]
    monkeypatch.setenv("COGNITO_STORE", str(tmp_path / "sessions.json"))
    monkeypatch.setenv("COGNITO_PASSWORD", PASSWORD)
    first, *commands = [shlex.split(line) for line in block.text.splitlines()]
    assert first[0] == "export"
    for setting in first[1:]:
        monkeypatch.setenv(*setting.split("=", 1))
    for program, *arguments in commands:
        assert program == "cognito-async"
        assert run_program([CODE if argument == "123456" else argument for argument in arguments]) == 0
        if "--json" in arguments:
            assert json.loads(capsys.readouterr().out)["user"]["username"] == "alice"
        capsys.readouterr()


def test_reference_lists_all_commands() -> None:
    table = read("reference/command-line.md").partition("## Commands")[2].partition("## ")[0]
    commands = re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)
    assert sorted(commands) == sorted([*ACCOUNT_COMMANDS, "demo", "local"])


def test_settings_file_is_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [block] = [each for each in find_blocks("toml") if each.page == "how-to/other-languages.md"]
    monkeypatch.delitem(sys.modules, "my_triggers", raising=False)
    (tmp_path / "my_triggers.py").write_text("async def confirm_colleagues(event): return event\n")
    monkeypatch.syspath_prepend(tmp_path)
    pool, client = parse_settings(block.text)
    assert pool.triggers.pre_sign_up is not None and pool.mfa == "OPTIONAL"
    assert client.explicit_auth_flows == {"ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def test_settings_file_for_handlers_is_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [block] = [each for each in find_blocks("toml") if each.page == "how-to/triggers.md"]
    (tmp_path / "my_triggers.py").write_text("def handler(event, context): return event\ndefine = handler\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_triggers", raising=False)
    triggers = parse_settings(block.text)[0].triggers
    assert triggers.define_auth_challenge is not None and triggers.pre_sign_up is not None


def test_served_pool_prints_the_line_that_is_shown() -> None:
    from tests.cli.program import serve

    [block] = [block for block in find_blocks("console") if block.page == "how-to/other-languages.md"]
    command, line = block.text.splitlines()
    _, program, *arguments = shlex.split(command)
    assert program == "cognito-async"
    shown = json.loads(line)
    # Another process may use the port that is shown.
    port = arguments.index("--port") + 1
    with serve(*arguments[1:port], "0", *arguments[port + 1 :]) as served:
        assert {**served.settings, "endpoint": shown["endpoint"]} == shown
        assert set(served.settings) == set(shown)


def test_served_pool_answers_containers_by_the_name_that_is_shown() -> None:
    from tests.cli.program import serve

    [block] = [block for block in find_blocks("sh") if "--allow-host" in block.text]
    _, _, *arguments = shlex.split(block.text)
    arguments[arguments.index("--port") + 1] = "0"  # another process may use the port that is shown
    with serve(*arguments) as served:
        asked = httpx.get(f"{served.endpoint}/health", headers={"Host": "cognito:9229"}, trust_env=False)
    assert asked.json() == {"status": "ok"}
    assert "http://cognito:9229" in read(block.page)


@pytest.mark.peer
def test_javascript_example_signs_in(tmp_path: Path) -> None:
    from tests.cli.program import process, serve
    from tests.peers.running import HERE, environment, node

    [block] = (each for each in find_blocks("js") if each.page == "how-to/other-languages.md")
    script = tmp_path / "example.js"
    with serve("--code", CODE) as served:
        options = {**served.variables, "COGNITO_PASSWORD": PASSWORD}
        assert process("sign-up", "alice", "--attribute", "email=alice@example.com", **options).returncode == 0
        assert process("confirm", "alice", CODE, **options).returncode == 0
        script.write_text(block.text.replace("http://127.0.0.1:9229", served.endpoint))
        outcome = subprocess.run(
            node(script, package="amazon-cognito-identity-js"),
            env={**environment(), "NODE_PATH": str(HERE / "node_modules")},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert outcome.stdout == "alice@example.com\n", outcome.stderr


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    return FakeAws(monkeypatch)
