"""Whatever bytes a server sends, our connections find in them what h11 finds, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.oracle import KINDS, by_h11, by_us, garbled, in_pieces, replies
from tests.http.shapes import Shape
from tests.sizes import examples

pytestmark = pytest.mark.anyio
EACH_KIND = pytest.mark.parametrize("kind", KINDS)
FUZZ = settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))


@EACH_KIND
@FUZZ
@given(in_pieces(replies()))
async def test_a_well_formed_reply_is_understood_however_it_is_cut(
    kind: Callable[..., Any], shape: Shape, pieces: list[bytes]
) -> None:
    expected, found = by_h11(b"".join(pieces), shape.method), await by_us(kind, pieces, shape)
    assert expected and found and found.same_reply_as(expected)
    assert expected.reusable or not found.reusable


@EACH_KIND
@FUZZ
@given(in_pieces(garbled()))
async def test_what_is_taken_for_a_reply_h11_takes_for_the_same(
    kind: Callable[..., Any], shape: Shape, pieces: list[bytes]
) -> None:
    found = await by_us(kind, pieces, shape)
    if found:
        expected = by_h11(b"".join(pieces), shape.method)
        assert expected, "h11 refuses it"
        assert found.same_reply_as(expected)
        assert expected.reusable or not found.reusable


@EACH_KIND
@FUZZ
@given(st.binary(max_size=60), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 "]))
async def test_any_bytes_at_all(kind: Callable[..., Any], shape: Shape, sent: bytes, before: bytes) -> None:
    found = await by_us(kind, [before, sent], shape)
    if found:
        expected = by_h11(before + sent, shape.method)
        assert expected and found.same_reply_as(expected)
        assert expected.reusable or not found.reusable
