"""Functions that write pieces of Python source in the format of `ruff format`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

_WIDTH = 120


def call(start: str, words: list[str], indent: int = 0) -> str:
    """Return `start(words)` on as few lines as possible."""
    margin = " " * indent
    line = f"{margin}{start}({', '.join(words)})"
    if len(line) <= _WIDTH:
        return line
    inner = f"{margin}    {', '.join(words)}\n"
    if len(inner) > _WIDTH + 1:
        inner = "".join(f"{margin}    {word},\n" for word in words)
    return f"{margin}{start}(\n{inner}{margin})"


def bracketed(start: str, words: Iterable[str], brackets: str = "[]", indent: int = 0) -> str:
    """Return `start[words]` on one line if it fits, otherwise with one word per line."""
    margin, words = " " * indent, list(words)
    line = f"{margin}{start}{brackets[0]}{', '.join(words)}{brackets[1]}"
    if len(line) <= _WIDTH:
        return line
    return (
        f"{margin}{start}{brackets[0]}\n" + "".join(f"{margin}    {word},\n" for word in words) + margin + brackets[1]
    )


def quoted(names: Iterable[str]) -> list[str]:
    """Return the names as string literals."""
    return [f'"{name}"' for name in names]


def docstring(title: str, facts: Iterable[str] = (), indent: int = 0, source: str = "") -> str:
    """Return a docstring: the title, then each fact on wrapped lines. It is a raw string if it has a backslash.

    Args:
        facts: each may begin with spaces, which indent its lines further.
        source: the address of a page, for a last line.
    """
    margin = " " * indent
    lines: list[str] = []
    for fact in facts:
        deeper = " " * (len(fact) - len(fact.lstrip()))
        start, rest = margin + deeper, f"{margin}{deeper}    "
        lines += textwrap.wrap(
            fact.lstrip(), _WIDTH, initial_indent=start, subsequent_indent=rest, break_on_hyphens=False
        )
    lines += [f"{margin}Source: {source}"] if source else []
    if not lines:
        return f'{margin}"""{title}"""'
    raw = "r" if any("\\" in line for line in lines) else ""
    return "\n".join([f'{margin}{raw}"""{title}', "", *lines, f'{margin}"""'])
