"""Docstrings of operations and models: what each member means, in our own words, and the limits of its values."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest
from layout import structures
from meanings import MEANINGS, TABLES
from members import describe, limits
from names import attribute
from source import ServiceModel, Shape

from cognito_async._aws._generated import cimd_policies, sign_up
from cognito_async._aws._generated.methods import Operations

from .services import MODELS, Case, each_family, noting

LONGEST_COMMON_RUN = 8


def _members() -> Iterator[tuple[str, str]]:
    """Yield each structure that an operation uses, with each of its members."""
    for model in MODELS.values():
        for row in model.operations.values():
            for side in {"input", "output"} & row.keys():
                for name in structures(model.shapes, row[side]["shape"]):
                    yield from ((name, member) for member in model.shapes[name]["members"])


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", unescape(re.sub(r"<[^>]*>", " ", text)).lower())


def _runs(text: str) -> set[tuple[str, ...]]:
    words, length = _words(text), LONGEST_COMMON_RUN + 1
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def _documentation(part: object) -> Iterator[str]:
    """Yield every text of documentation in a model."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "documentation" and isinstance(value, str):
                yield value
            else:
                yield from _documentation(value)


def test_every_member_has_a_meaning_and_every_meaning_a_member() -> None:
    named = {
        f"{structure}.{member}" if f"{structure}.{member}" in MEANINGS else member for structure, member in _members()
    }
    assert named - MEANINGS.keys() == set(), "add a phrase to tools/codegen/meanings/"
    assert MEANINGS.keys() - named == set(), "remove the phrase: no member has this name any more"


def test_meaning_is_in_one_table_and_reads_as_part_of_a_sentence() -> None:
    assert [
        member for member, times in Counter(member for table in TABLES for member in table).items() if times > 1
    ] == []
    assert [phrase for phrase in MEANINGS.values() if len(phrase) > 80 or phrase.endswith((".", " "))] == []


def test_no_meaning_is_copied_from_the_documentation_of_the_service() -> None:
    theirs = {
        run
        for model in MODELS.values()
        for text in _documentation({"operations": model.operations, "shapes": model.shapes})
        for run in _runs(text)
    }
    assert len(theirs) > 10_000
    assert [phrase for phrase in MEANINGS.values() if _runs(phrase) & theirs] == []


@each_family
def test_docstring_has_one_entry_for_each_parameter_and_a_link(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            text = inspect.cleandoc(case.method.__doc__ or "")
            entries = re.findall(r"^ {4}(\w+): ", text.partition("Args:")[2].partition("Raises:")[0], re.MULTILINE)
            assert sorted(entries) == sorted(map(attribute, case.input["members"]))
            place = {"cognito-idp": "cognito-user-identity-pools", "cognito-identity": "cognitoidentity"}[case.service]
            source = f"Source: https://docs.aws.amazon.com/{place}/latest/APIReference/API_{case.name}.html"
            assert [line.strip() for line in text.splitlines() if "Source:" in line] == [source]
            assert source in (case.row.input.__doc__ or "") or not case.input["members"]


@each_family
def test_docstring_of_a_model_has_one_entry_for_each_member(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            for side in {"input", "output"} & case.description.keys():
                shape = case.description[side]["shape"]
                text = inspect.cleandoc(getattr(case.row, side).__doc__ or "")
                entries = re.findall(r"^([a-z]\w*): ", text, re.MULTILINE)
                assert entries == [attribute(key) for key in case.model.shapes[shape]["members"]]


def test_docstrings_tell_limits_and_what_is_sensitive() -> None:
    lines = [line.strip() for line in (sign_up.ConfirmSignUpRequest.__doc__ or "").splitlines()]
    code = "the code that the user received (required, 1 to 2048 characters, without spaces, sensitive)"
    assert f"confirmation_code: {code}." in lines
    assert "cache_duration: for how many seconds a document stays cached (86400 to 31556952)." in (
        cimd_policies.CreateCIMDPolicyRequest.__doc__ or ""
    )
    assert "user_pool_id: the id of the user pool (by default the client's own, 1 to 55 characters," in (
        Operations.admin_get_user.__doc__ or ""
    )


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ({"type": "string", "min": 6, "max": 6, "pattern": "[0-9]+"}, ["6 characters", "digits only"]),
        ({"type": "string", "max": 131072}, []),
        ({"type": "string", "min": 1, "max": 131072, "pattern": "[\\S]+"}, ["at least 1 character", "without spaces"]),
        ({"type": "string", "pattern": "^x+$"}, ["matching `^x+$`"]),
        ({"type": "string", "pattern": "arn:[a-z]+"}, ["an ARN"]),
        ({"type": "integer", "min": 0, "max": 60}, ["up to 60"]),
        ({"type": "blob", "max": 1}, ["up to 1 byte"]),
        ({"type": "string", "enum": ["ON", "OFF"], "max": 9}, ["ON, OFF or a newer value"]),
        ({"type": "list", "min": 1, "max": 5, "member": {"shape": "Key"}}, ["1 to 5 items", "each 1 to 9 characters"]),
        ({"type": "map", "key": {"shape": "Key"}, "value": {"shape": "Any"}}, ["keys of 1 to 9 characters"]),
    ],
)
def test_limits_are_told_in_words(shape: Shape, told: list[str]) -> None:
    shapes: dict[str, Shape] = {"Key": {"type": "string", "min": 1, "max": 9}, "Any": {"type": "string"}}
    model = ServiceModel("", "", "", "", {}, shapes)
    assert limits(model, shape, sent=True) == told
    assert limits(model, shape, sent=False) == [each for each in told if "newer value" in each]


def test_new_member_has_its_limits_only() -> None:
    shapes: dict[str, Shape] = {
        "Text": {"type": "string", "max": 9},
        "Some": {"type": "structure", "members": {"BrandNew": {"shape": "Text"}}},
    }
    model = ServiceModel("", "", "", "", {}, shapes)
    assert describe(model, "Some", "BrandNew", ["required"], sent=True) == "brand_new: (required, up to 9 characters)."
    assert describe(model, "Some", "BrandNew", [], sent=False) is None
