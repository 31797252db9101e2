"""Our connections parse any bytes of a server like h11, or refuse them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.oracle import KINDS, garbled, in_pieces, parse_h11, parse_ours, replies
from tests.http.shapes import Shape
from tests.sizes import examples

pytestmark = pytest.mark.anyio
EACH_KIND = pytest.mark.parametrize("kind", KINDS)
FUZZ = settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))


@EACH_KIND
@FUZZ
@given(in_pieces(replies()))
@pytest.mark.table
async def test_valid_replies_are_parsed_in_any_segments(
    kind: Callable[..., Any], shape: Shape, pieces: list[bytes]
) -> None:
    expected, found = parse_h11(b"".join(pieces), shape.method), await parse_ours(kind, pieces, shape)
    assert expected and found and found.same_reply_as(expected)
    assert expected.reusable or not found.reusable


@EACH_KIND
@FUZZ
@given(in_pieces(garbled()))
@pytest.mark.table
async def test_garbled_replies_are_parsed_like_h11_or_refused(
    kind: Callable[..., Any], shape: Shape, pieces: list[bytes]
) -> None:
    found = await parse_ours(kind, pieces, shape)
    if found:
        expected = parse_h11(b"".join(pieces), shape.method)
        assert expected, "h11 refuses this reply, so our parser must refuse it too"
        assert found.same_reply_as(expected)
        assert expected.reusable or not found.reusable


@EACH_KIND
@FUZZ
@given(st.binary(max_size=60), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 "]))
@pytest.mark.table
async def test_random_bytes_are_parsed_like_h11_or_refused(
    kind: Callable[..., Any], shape: Shape, sent: bytes, before: bytes
) -> None:
    found = await parse_ours(kind, [before, sent], shape)
    if found:
        expected = parse_h11(before + sent, shape.method)
        assert expected and found.same_reply_as(expected)
        assert expected.reusable or not found.reusable
