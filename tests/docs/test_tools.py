"""The tools of the documentation site."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from cognito_async import Auth, RetryPolicy, UserPool, errors
from tools.docs import check_links, markdown


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "how-to" / "test").mkdir(parents=True)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "site.css").write_text("")
    (tmp_path / "index.html").write_text('<link rel="stylesheet" href="assets/site.css"><h2 id="start">Start</h2>')
    (tmp_path / "how-to" / "test" / "index.html").write_text('<a href="../../#start">Start</a><a href="#top" id="top">')
    return tmp_path


def add_page(site: Path, html: str, name: str = "page.html") -> list[str]:
    (site / name).write_text(html)
    return check_links.problems(site)


def test_valid_links_pass(site: Path) -> None:
    assert check_links.problems(site) == []
    links = (
        '<a href="how-to/test/">a</a><a href="https://example.com/nowhere">b</a><a href="mailto:a@example.com">c</a>'
    )
    assert add_page(site, links + f'<a href="{check_links.SITE_URL}how-to/test/#top">d</a>') == []
    assert check_links.main(site) == 0


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="nowhere/">x</a>', "page.html: nowhere/ leads nowhere"),
        ('<a href="index.html#end">x</a>', "page.html: index.html#end has no such anchor"),
        ('<a href="#end">x</a>', "page.html: #end has no such anchor"),
        (f'<a href="{check_links.SITE_URL}lost/">x</a>', "page.html: /lost/ leads nowhere"),
        ('<img src="lost.png">', "page.html: lost.png leads nowhere"),
    ],
)
def test_broken_link_is_reported(site: Path, html: str, problem: str) -> None:
    assert add_page(site, html) == [problem]


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example/a.css">',
        '<img src="//images.example/a.png">',
    ],
)
def test_files_of_other_hosts_are_refused(site: Path, html: str) -> None:
    [problem] = add_page(site, html)
    assert "from another host" in problem


def test_links_of_the_list_of_pages_are_checked(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "llms.txt").write_text(f"- [A]({check_links.SITE_URL}how-to/test.md): a page\n")
    assert check_links.main(site) == 1
    assert capsys.readouterr().err == "llms.txt: /how-to/test.md leads nowhere\n"


def test_links_of_the_error_page_start_at_the_site(site: Path) -> None:
    assert add_page(site, '<a href="/cognito-async/how-to/test/">x</a>', "404.html") == []


def test_snippet_is_a_section_without_markers_and_indentation() -> None:
    section = markdown.snippet("user_pool.py", "with-options")
    assert section.startswith("patient = pool.with_options(")
    assert "--8<--" not in markdown.snippet("user_pool.py")
    with pytest.raises(KeyError, match="no section lost"):
        markdown.snippet("user_pool.py", "lost")


def test_page_is_expanded_with_examples_and_reference_entries() -> None:
    page = markdown.expand('# A\n\n```python\n--8<-- "user_pool.py:sign-in"\n```\n\n::: cognito_async.RetryPolicy\n')
    assert "result = await pool.sign_in(username, password)" in page
    assert "## `RetryPolicy(max_attempts: int = 4, base_delay: float = 0.2, max_delay: float = 10.0) -> None`" in page
    assert "::: " not in page and "--8<--" not in page


def test_reference_entry_has_inherited_members() -> None:
    page = markdown.entry("cognito_async.UserPool")
    assert "### `aclose(self) -> None`" in page
    assert "### `sign_in(self, username: str, password: str | None = None, *, " in page


def test_reference_entry_of_a_module_is_its_docstring() -> None:
    assert markdown.entry("cognito_async.errors") == f"{inspect.getdoc(errors)}\n"


def test_reference_entry_of_a_value_has_no_signature() -> None:
    assert markdown.entry("cognito_async.testing.STORE_CHECKS") == "## `testing.STORE_CHECKS`\n\n"


def test_list_of_pages_has_groups_and_first_sentences(tmp_path: Path) -> None:
    markdown.main(tmp_path)
    lines = (tmp_path / "llms.txt").read_text("utf-8").splitlines()
    assert lines[0] == "# cognito-async"
    assert "## Tutorial" in lines and "### Sessions" in lines
    assert any(line.startswith("- [FastAPI](https://") and line.endswith("with FastAPI.") for line in lines)
    assert (tmp_path / "how-to" / "fastapi.md").exists()


@pytest.mark.parametrize("client", [UserPool, Auth])
def test_defaults_on_the_reference_pages_are_those_of_the_clients(client: type[UserPool | Auth]) -> None:
    # Parsed and not imported, because the module needs griffe, which only the extra `docs` installs.
    source = (Path(__file__).parents[2] / "tools" / "docs" / "griffe_options.py").read_text("utf-8")
    [written] = re.findall(r"^DEFAULTS = (\{.*\})$", source, re.MULTILINE)
    parameters = inspect.signature(client).parameters.values()
    real = {each.name: each.default for each in parameters if each.default not in (None, inspect.Parameter.empty)}
    assert {name: eval(text, {"RetryPolicy": RetryPolicy}) for name, text in ast.literal_eval(written).items()} == real
