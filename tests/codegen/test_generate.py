"""The generator: stale files are found, and what it writes says what the service's model says."""

from __future__ import annotations

import json
import shutil
from operator import attrgetter
from pathlib import Path

import generate
import layout
import pytest
import render
from facade import FACADE
from families import FAMILIES, USER_POOLS
from source import ServiceModel, Shape, read

import cognito_async
from cognito_async._aws._generated import errors
from cognito_async._core.errors import ServiceError


def _complaints(capsys: pytest.CaptureFixture[str], target: Path, pinned: Path = generate.PINNED) -> str:
    assert generate.main(["--check"], target=target, pinned=pinned) == 1
    return capsys.readouterr().err


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(generate.TARGET, tmp_path / "_generated", ignore=shutil.ignore_patterns("__pycache__")))


def test_the_committed_files_are_what_the_generator_writes() -> None:
    assert generate.main(["--check"]) == 0


def test_an_edited_file_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (copied / "profile.py").open("a") as file:
        file.write("# edited\n")
    assert "profile.py: is stale" in _complaints(capsys, copied)


def test_a_missing_file_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copied / "common.py").unlink()
    assert "common.py: is stale" in _complaints(capsys, copied)


def test_an_edited_page_of_operations_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "operations.md"
    page.write_text("# Edited\n")
    assert generate.main(["--check"], page=page) == 1
    assert "operations.md: is stale" in capsys.readouterr().err


def test_the_page_names_only_calls_that_there_are() -> None:
    for name in {each for names in FACADE.values() for each in names}:
        attrgetter(name)(cognito_async)
    assert FACADE.keys() <= read().operations.keys()
    assert not FACADE.keys() & read("cognito-identity").operations.keys()


def test_a_file_too_many_is_named_and_goes_when_generating(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copied / "old_family.py").write_text("")
    assert "old_family.py: is not generated" in _complaints(capsys, copied)
    assert generate.main([], target=copied, pinned=tmp_path / "PINNED.json", page=tmp_path / "operations.md") == 0
    assert (tmp_path / "operations.md").read_text() == generate.PAGE.read_text()
    assert generate.main(["--check"], target=copied, pinned=tmp_path / "PINNED.json") == 0
    assert not (copied / "old_family.py").exists()


def test_another_botocore_than_the_pinned_one_is_said_plainly(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pinned = tmp_path / "PINNED.json"
    pinned.write_text(json.dumps({"botocore": "1.0.0", "sha256": ""}))
    said = _complaints(capsys, copied, pinned)
    assert f"botocore {read().botocore} is installed, but 1.0.0 is pinned" in said


def test_a_model_that_was_edited_is_noticed(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pinned = tmp_path / "PINNED.json"
    pinned.write_text(json.dumps({"botocore": read().botocore, "sha256": "0" * 64}))
    assert "has other models than the pinned ones" in _complaints(capsys, copied, pinned)


def test_every_header_says_where_the_file_comes_from() -> None:
    models = [read(service) for service in FAMILIES]
    for path in generate.TARGET.glob("*.py"):
        head = path.read_text().splitlines()[:5]
        assert head[0].endswith("do not edit.")
        told = [model for model in models if f"{model.service} model {model.api_version}" in "\n".join(head)]
        assert told == (models if path.name in ("__init__.py", "errors.py") else told[:1])
        for model, line, digest in zip(told, head[1::2], head[2::2], strict=False):
            assert f"botocore {model.botocore}" in line
            assert model.sha256 in digest


def test_an_operation_that_the_model_forgets_to_call_unsigned_is_unsigned() -> None:
    text = render.render(read(), {"tokens": ("GetClientToken", "DescribeUserPool")})["tokens.py"]
    assert '"GetClientToken", GetClientTokenRequest, GetClientTokenResponse, Authorization.NONE' in text
    assert '"DescribeUserPool", DescribeUserPoolRequest, DescribeUserPoolResponse, Authorization.SIGV4' in text


def test_a_structure_of_two_families_is_written_once_with_all_its_parts() -> None:
    files = render.render(
        read(),
        {"sign_in": USER_POOLS["sign_in"], "more": ("AdminInitiateAuth", "AdminListGroupsForUser", "GetGroup")},
    )
    assert files["common.py"].count("class NewDeviceMetadataType(Model)") == 1
    assert not any("class NewDeviceMetadataType" in text for name, text in files.items() if name != "common.py")
    assert "class GroupType(Model)" in files["more.py"]


def test_a_structure_that_contains_itself_is_refused() -> None:
    shapes = {"Node": {"type": "structure", "members": {"Next": {"shape": "Node"}}}}
    with pytest.raises(SystemExit, match="contains itself"):
        list(layout.structures(shapes, "Node"))


def test_two_members_with_one_name_in_python_are_refused() -> None:
    shapes: dict[str, Shape] = {
        "Text": {"type": "string"},
        "Twins": {"type": "structure", "members": {"UserID": {"shape": "Text"}, "UserId": {"shape": "Text"}}},
    }
    model = ServiceModel("", "", "", "", {"Op": {"input": {"shape": "Twins"}}}, shapes)
    with pytest.raises(SystemExit, match="same name in Python"):
        render.render(model, {"family": ("Op",)})


def test_an_error_without_a_text_of_its_own_is_generated_all_the_same() -> None:
    model = ServiceModel("", "", "", "", {}, {"BrandNewException": {"type": "structure", "exception": True}})
    assert "class BrandNewException(ServiceError)" in render.render_all({model: {}})["errors.py"]


def test_all_errors_of_the_model_are_there_under_their_names() -> None:
    models = [read(service) for service in FAMILIES]
    expected = {name for model in models for name, shape in model.shapes.items() if shape.get("exception")}
    assert set(errors.ERRORS) == expected
    assert len(expected) == 63
    for name, error in errors.ERRORS.items():
        assert issubclass(error, ServiceError)
        assert error.__name__ == name == error("text").code
        assert error.__doc__
        assert "its message tells" not in error.__doc__
