"""Secrets in foreign texts: each is found in each of its spellings, and other words are left alone."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Callable
from itertools import product
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async._core.redact import scrub
from cognito_async._core.secret import Secret
from tests.sizes import FULL, examples

LIMIT = 1000
# Each has a character that some spelling escapes.
SECRETS = [
    'Tr0ub4dor"&3xyz',
    "Tr0ub4d\\or3xyz",
    "Pässw0rdü9x",
    "a b+c-d_e'<f>g",
    "smile\U0001f600pass/",
    "line\nbreak\t99",
    "looks%41escaped&amp;\\u0042",
]
Spell = Callable[[str], str]


def _by_numbers(form: str) -> Spell:
    return lambda text: re.sub(r"\W|_", lambda match: form.format(ord(match[0])), text)


def _lower_hex(text: str) -> str:
    return re.sub("%..", lambda match: match[0].lower(), quote(text, safe=""))


SPELLINGS: dict[str, Spell] = {
    "JSON in ASCII": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "URL in lower case": _lower_hex,
    "form": quote_plus,
    "HTML": html.escape,
    "HTML in decimal": _by_numbers("&#{};"),
    "HTML in hexadecimal": _by_numbers("&#x{:x};"),
    "repr": lambda text: repr(text)[1:-1],
    "ascii": lambda text: ascii(text)[1:-1],
}
CASES: dict[str, Spell] = {"given": str, "upper": str.upper, "lower": str.lower, "swapped": str.swapcase}


@pytest.mark.parametrize("outer", ["once", *SPELLINGS])
@pytest.mark.parametrize("inner", SPELLINGS)
def test_each_spelling_of_a_secret_is_masked(inner: str, outer: str) -> None:
    def spell(text: str) -> str:
        return SPELLINGS.get(outer, str)(SPELLINGS[inner](f'{{"of":"{text}", "more": 1}}'))

    for secret, case in [*product(SECRETS, CASES.values())][:: 1 if FULL else 5]:
        assert scrub(spell(case(secret)), [secret], LIMIT) == spell("QXZ").replace("QXZ", "***")


@given(
    st.text("abc012 +-_%&;#xu\\\"'/<>\n\táß€\U0001f600", min_size=4, max_size=12),
    st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=1, max_size=2),
    st.sampled_from(sorted(CASES)),
)
@settings(max_examples=examples(500), deadline=None)
def test_any_secret_is_masked_however_often_it_is_escaped(middle: str, names: list[str], case: str) -> None:
    secret = f"Q{middle}Z"

    def spell(text: str) -> str:
        for name in names:
            text = SPELLINGS[name](text)
        return text

    assert scrub(f"[{spell(CASES[case](secret))}]", [secret], LIMIT) == "[***]"


@pytest.mark.parametrize("spelling", ["given", "JSON in ASCII", "JSON in UTF-8", "form"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["standard", "url-safe"])
def test_base64_of_a_text_with_a_secret_is_masked(encode: Callable[[bytes], bytes], spelling: str) -> None:
    for secret, before, after in product(SECRETS, ("", "1", "12"), ("", "}", "}}")):
        coded = encode(f"{before}{SPELLINGS.get(spelling, str)(secret)}{after}".encode()).decode()
        for text in (coded, coded.rstrip("="), quote(coded, safe=""), json.dumps({"body": coded})):
            shown = scrub(text, [secret], LIMIT)
            rest = re.sub(r"\W|body|3D|_", "", shown)
            assert "***" in shown and len(rest) <= 7, "only the characters that belong to its neighbours are left"


def test_base64_in_lines_is_masked() -> None:
    secret = "correct-horse-battery"
    lines = base64.encodebytes(b"x" * 50 + secret.encode() + b"y" * 60).decode()
    shown = scrub(json.dumps(lines), [secret], LIMIT)
    whole = re.sub(r"\W|n", "", shown)
    assert "***" in shown and base64.b64encode(secret.encode()).decode()[4:12] not in whole


def test_bytes_decoded_with_the_wrong_charset_are_masked() -> None:
    wrong = "Pässw0rdü9x".encode().decode("latin-1")
    assert scrub(f"a {wrong} b", ["Pässw0rdü9x"], LIMIT) == "a *** b"
    assert scrub(f"a {json.dumps('smile' + chr(0x1F600))} b", ["smile" + chr(0x1F600)], LIMIT) == 'a "***" b'
    assert scrub(f"a {'Pässw0rdü9x'.encode()!r} b", ["Pässw0rdü9x"], LIMIT) == "a b'***' b"


def test_overlapping_secrets_are_masked_together() -> None:
    secrets: list[str | Secret[str]] = ["password", Secret("password-long"), "long-tail"]
    assert scrub("x password-long-tail y password z", secrets, LIMIT) == "x *** y *** z"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"code": "1234"}', '{"code": "***"}'),
        ("code=1234&x=1", "code=***&x=1"),
        ("code = 1234", "code = ***"),
        ("1234", "***"),
        ("1234 is wrong", "1234 is wrong"),
        ("code=12345", "code=12345"),
        ("status 1234", "status 1234"),
        ("code =   12345, or ['1234', 1234]", "code =   12345, or ['***', 1234]"),
    ],
)
def test_short_secret_is_masked_where_it_is_a_whole_value(text: str, shown: str) -> None:
    assert scrub(text, ["1234", ""], LIMIT) == shown


TOKEN = "".join(f"{number:03}" for number in range(400))


@pytest.mark.parametrize(
    "part", [TOKEN[:16], TOKEN[500:516], TOKEN[-16:], TOKEN[:900], base64.b64encode(TOKEN[90:120].encode()).decode()]
)
def test_long_part_of_a_secret_is_masked(part: str) -> None:
    assert scrub(f"near {part} in the header", [TOKEN], LIMIT) == "near *** in the header"


def test_each_long_part_of_a_secret_that_repeats_itself_is_masked() -> None:
    secret = "AAAAAAbcdefAAAAAAghijklmnopqrstuvwxyz0123456789AAAAAAklmnoAAAAAA"
    for first, last in ((0, 16), (0, 17), *((at, at + size) for at in range(len(secret)) for size in (16, 17, 30))):
        if part := secret[first:last] if last <= len(secret) else "":
            assert scrub(f"near {part} in the header", [secret], LIMIT) == "near *** in the header"


@pytest.mark.parametrize("end", ["", '"', "...", "…", "'…", "\\u2026", "&hellip;"])
def test_beginning_of_a_secret_is_masked_where_the_text_was_cut(end: str) -> None:
    assert scrub(f"invalid: correct-ho{end}", ["correct-horse"], LIMIT) == f"invalid: ***{end}"


@pytest.mark.parametrize(
    "text", ["correct-ho is invalid", "rect-horse", "correc...", "the user pool eu-central-1_Abc", "Ciao"]
)
def test_other_words_are_not_masked(text: str) -> None:
    secrets = ["correct-horse"[:7] + "x", "correct-horse", "eu-central-1_11111111-2222", "Ciao bella"]
    text = text if text != "correc..." else "corr..."
    assert scrub(text, secrets, LIMIT) == text


def test_result_has_no_part_of_a_secret_beyond_the_limit() -> None:
    secret = 'correct"horse'
    for at in range(960, 1010):
        text = "x" * at + json.dumps(json.dumps(secret))[3:] + "y" * 500
        shown = scrub(text, [secret], LIMIT)
        assert len(shown) <= LIMIT and (("corr" not in shown) or at > LIMIT)
    assert scrub("y" * 5000, [secret], LIMIT) == scrub("y" * 5000, [], LIMIT) == "y" * 1000


def test_secret_that_begins_after_the_limit_changes_nothing() -> None:
    text = "The user is unknown. " * 50
    for secret in ("correct-horse", TOKEN):
        assert scrub(text + secret, [secret], LIMIT) == text[:LIMIT]
    twice = f"not correct-horse: {text}correct-horse"
    assert scrub(twice, ["correct-horse"], LIMIT) == twice[:LIMIT].replace("correct-horse", "***")


@given(
    st.text("the quick.\n", max_size=60), st.text("0123456789", min_size=6, max_size=40), st.text(), st.integers(0, 60)
)
@settings(max_examples=examples(300), deadline=None)
def test_text_before_the_first_secret_is_unchanged(before: str, secret: str, after: str, limit: int) -> None:
    shown = scrub(f"{before}({secret}){after}", [secret], limit)
    assert shown.startswith(f"{before}(***"[:limit])


@pytest.mark.parametrize("secret", ["A" * 50_000, TOKEN * 200, "%" + "25" * 100_000, "\xe4" * 10_000, "\n" * 200_000])
def test_text_is_masked_as_a_whole_if_the_search_would_take_long(secret: str) -> None:
    assert scrub("near AAAA in the header", [secret], LIMIT) == "***"
    assert scrub("near AAAA in the header", [f"{number}{secret[:5000]}" for number in range(50)], LIMIT) == "***"
    assert scrub("near AAAA in the header", [secret], 2) == "**"


def test_text_is_masked_as_a_whole_if_it_may_repeat_too_many_parts_of_a_secret() -> None:
    text = " ".join(f"{number:06b}" for number in range(64))  # all blocks that the secrets can have
    secret = "".join(f"{number * 7919 % 65521:016b}" for number in range(1, 1500))
    assert scrub(text, [secret[:1000]], LIMIT) == text
    assert scrub(text, [secret], LIMIT) == "***"


def test_message_about_long_usual_secrets_is_shown() -> None:
    for secrets in (
        [TOKEN * 8, TOKEN[::-1] * 8],
        ["\u6f22" * 2048],
        [f"{n} Main Street, {TOKEN[:100]}" for n in range(90)],
    ):
        assert scrub("The user is unknown.", secrets, LIMIT) == "The user is unknown."


LONG = {
    "plain": "the quick brown fox " * 5000,
    "backslashes": "\\" * 100_000,
    "percent signs": "%" + "25" * 50_000,
    "entities": "&amp;" * 20_000,
    "repeated": TOKEN[:7] * 15_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_longest_texts_are_scrubbed_in_milliseconds(kind: str) -> None:
    secrets = [f"{number}{TOKEN[:7] * 200}" for number in range(5)] + [f"{TOKEN}{number}" for number in range(5)]

    def measure(_: Any) -> float:
        start = time.thread_time()
        scrub(LONG[kind], secrets, LIMIT)
        return time.thread_time() - start

    assert min(map(measure, range(5))) < 0.03, "it takes 3 to 5 ms of CPU time"


@given(st.text(), st.lists(st.text(), max_size=4), st.integers(0, 50))
@settings(max_examples=examples(500), deadline=None)
def test_any_text_and_secrets_give_a_text_within_the_limit(text: str, secrets: list[str], limit: int) -> None:
    shown = scrub(text + "".join(secrets), secrets, limit)
    assert len(shown) <= limit
    assert not any(secret in shown for secret in secrets if len(secret) >= 6 and secret not in "***" * 20)
