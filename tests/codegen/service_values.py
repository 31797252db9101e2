"""Hypothesis strategies for values of any shape in the service's model."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

from hypothesis import strategies as st

_TEXT = st.characters(exclude_categories=["Cs"])
_JSON = st.dictionaries(
    st.text(_TEXT, max_size=4), st.integers() | st.text(_TEXT, max_size=4) | st.booleans(), max_size=3
)
# Years 1970 to 2100, in milliseconds.
_MILLISECONDS = st.integers(0, 4_102_444_800_000)


def python_values(shape: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values that a caller passes, with `datetime` and `bytes`."""
    return _values(
        shape,
        # botocore sends whole seconds.
        timestamps=_MILLISECONDS.map(lambda time: datetime.fromtimestamp(time // 1000, timezone.utc)),
        blobs=st.binary(min_size=1, max_size=20),
    )


def wire_values(shape: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values that the service sends: times as seconds, bytes as base64."""
    return _values(
        shape,
        timestamps=_MILLISECONDS.map(lambda time: time / 1000),
        blobs=st.binary(min_size=1, max_size=20).map(lambda data: base64.b64encode(data).decode()),
    )


def _values(shape: Any, **leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    kind, least = shape.type_name, shape.metadata.get("min") or 0
    if kind == "structure":
        return _JSON if shape.is_document_type else _structures(shape, **leaves)
    if kind == "list":
        return st.lists(_values(shape.member, **leaves), min_size=least, max_size=least + 2)
    if kind == "map":
        # Keys are always strings.
        return st.dictionaries(
            st.text(_TEXT, min_size=1, max_size=6), _values(shape.value, **leaves), min_size=least, max_size=least + 2
        )
    if kind in ("integer", "long"):
        return st.integers(least, shape.metadata.get("max") or 2**31 - 1)
    if kind == "boolean":
        return st.booleans()
    if kind in ("timestamp", "blob"):
        return leaves[f"{kind}s"]
    strings = st.text(_TEXT, min_size=least, max_size=least + 8)
    return st.sampled_from(shape.enum) | strings if getattr(shape, "enum", None) else strings


def _structures(shape: Any, **leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = {name: _values(member, **leaves) for name, member in shape.members.items()}
    required = {name: values for name, values in members.items() if name in shape.required_members}
    return st.fixed_dictionaries(
        required, optional={name: values for name, values in members.items() if name not in required}
    )
