"""The generator reports stale files, and its output matches the service's model."""

from __future__ import annotations

import functools
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


def _check_errors(capsys: pytest.CaptureFixture[str], target: Path, pinned: Path = generate.PINNED) -> str:
    assert generate.main(["--check"], target=target, pinned=pinned) == 1
    return capsys.readouterr().err


@functools.cache
def _rendered() -> dict[str, str]:
    return render.render_all({read(service): families for service, families in FAMILIES.items()})


@pytest.fixture(autouse=True)
def rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render the files once for all tests, because that takes longer than all the rest."""
    monkeypatch.setattr(generate, "render_all", lambda services: _rendered())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(generate.TARGET, tmp_path / "_generated", ignore=shutil.ignore_patterns("__pycache__")))


def test_committed_files_match_the_generator() -> None:
    assert generate.main(["--check"]) == 0


def test_edited_file_is_reported(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (copied / "profile.py").open("a") as file:
        file.write("# edited\n")
    assert "profile.py is stale" in _check_errors(capsys, copied)


def test_missing_file_is_reported(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copied / "common.py").unlink()
    assert "common.py is stale" in _check_errors(capsys, copied)


def test_edited_operations_page_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "operations.md"
    page.write_text("# Edited\n")
    assert generate.main(["--check"], page=page) == 1
    assert "operations.md is stale" in capsys.readouterr().err


def test_operations_page_names_existing_methods() -> None:
    for name in {each for names in FACADE.values() for each in names}:
        attrgetter(name)(cognito_async)
    assert FACADE.keys() <= read().operations.keys()
    assert not FACADE.keys() & read("cognito-identity").operations.keys()


def test_extra_file_is_reported_and_removed_by_generating(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copied / "old_family.py").write_text("")
    assert "old_family.py is not generated" in _check_errors(capsys, copied)
    assert generate.main([], target=copied, pinned=tmp_path / "PINNED.json", page=tmp_path / "operations.md") == 0
    assert (tmp_path / "operations.md").read_text() == generate.PAGE.read_text()
    assert generate.main(["--check"], target=copied, pinned=tmp_path / "PINNED.json") == 0
    assert not (copied / "old_family.py").exists()


def test_other_version_of_botocore_is_reported(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pinned = tmp_path / "PINNED.json"
    pinned.write_text(json.dumps({"botocore": "1.0.0", "sha256": ""}))
    reported = _check_errors(capsys, copied, pinned)
    assert f"botocore 1.0.0 is pinned, but {read().botocore} is installed" in reported


def test_edited_model_is_reported(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pinned = tmp_path / "PINNED.json"
    pinned.write_text(json.dumps({"botocore": read().botocore, "sha256": "0" * 64}))
    assert "differ from the pinned ones" in _check_errors(capsys, copied, pinned)


def test_headers_name_the_source_of_the_file() -> None:
    models = [read(service) for service in FAMILIES]
    for path in generate.TARGET.glob("*.py"):
        head = path.read_text().splitlines()[:5]
        assert head[0].endswith("do not edit.")
        named = [model for model in models if f"{model.service} model {model.api_version}" in "\n".join(head)]
        assert named == (models if path.name in ("__init__.py", "errors.py") else named[:1])
        for model, line, digest in zip(named, head[1::2], head[2::2], strict=False):
            assert f"botocore {model.botocore}" in line
            assert model.sha256 in digest


def test_operation_listed_as_unsigned_is_generated_unsigned() -> None:
    text = render.render(read(), {"tokens": ("GetClientToken", "DescribeUserPool")})["tokens.py"]
    assert '"GetClientToken", GetClientTokenRequest, GetClientTokenResponse, Authorization.NONE' in text
    assert '"DescribeUserPool", DescribeUserPoolRequest, DescribeUserPoolResponse, Authorization.SIGV4' in text


def test_structure_of_two_families_is_written_once() -> None:
    files = render.render(
        read(),
        {"sign_in": USER_POOLS["sign_in"], "more": ("AdminInitiateAuth", "AdminListGroupsForUser", "GetGroup")},
    )
    assert files["common.py"].count("class NewDeviceMetadataType(Model)") == 1
    assert not any("class NewDeviceMetadataType" in text for name, text in files.items() if name != "common.py")
    assert "class GroupType(Model)" in files["more.py"]


def test_recursive_structure_is_refused() -> None:
    shapes = {"Node": {"type": "structure", "members": {"Next": {"shape": "Node"}}}}
    with pytest.raises(SystemExit, match="contains itself"):
        list(layout.structures(shapes, "Node"))


def test_members_with_the_same_python_name_are_refused() -> None:
    shapes: dict[str, Shape] = {
        "Text": {"type": "string"},
        "Twins": {"type": "structure", "members": {"UserID": {"shape": "Text"}, "UserId": {"shape": "Text"}}},
    }
    model = ServiceModel("", "", "", "", {"Op": {"input": {"shape": "Twins"}}}, shapes)
    with pytest.raises(SystemExit, match="same name in Python"):
        render.render(model, {"family": ("Op",)})


def test_error_that_is_new_in_the_model_is_generated() -> None:
    model = ServiceModel("", "", "", "", {}, {"BrandNewException": {"type": "structure", "exception": True}})
    assert "class BrandNewException(ServiceError)" in render.render_all({model: {}})["errors.py"]


def test_every_error_of_the_model_has_a_class() -> None:
    models = [read(service) for service in FAMILIES]
    expected = {name for model in models for name, shape in model.shapes.items() if shape.get("exception")}
    assert set(errors.ERRORS) == expected
    assert len(expected) == 64
    for name, error in errors.ERRORS.items():
        assert issubclass(error, ServiceError)
        assert error.__name__ == name == error("text").code
        assert error.__doc__
        assert "the reason in its message" not in error.__doc__
