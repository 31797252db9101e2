"""`Watch`, which collects everything that a program could show, and searches it for secrets."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import re
import traceback
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import cognito_async
from cognito_async import Hooks, ReplyEvent, RequestEvent, RetryEvent, Tokens
from tests.leaks.markers import ALWAYS
from tests.leaks.tools import render_by_tools

PACKAGE = str(Path(cognito_async.__file__).parent)
# Shorter pieces of a secret occur by chance.
PIECE = 6


class Watch:
    """Collects everything that a program could show, and the secrets that must not occur in it."""

    def __init__(self) -> None:
        self.secrets = set(ALWAYS)
        self.cut: list[tuple[str, str]] = []  # output of tools that truncate long strings
        self.shown: list[tuple[str, str]] = []
        self.hooked: list[str] = []  # the operations of which hooks received a request event

    def see(self, where: str, thing: Any) -> None:
        """Collect everything that a value shows, except by methods that reveal secrets."""
        self.shown.append((f"repr of {where}", repr(thing) + str(thing)))
        if hasattr(thing, "__dict__") and not isinstance(thing, Tokens):
            self.shown.append((f"vars of {where}", repr(vars(thing))))
        if isinstance(thing, BaseModel):
            self.shown.append((f"dump of {where}", repr(thing.model_dump()) + thing.model_dump_json()))
            self.shown.append((f"copy of {where}", repr(copy.deepcopy(thing)) + repr(thing.model_copy(deep=True))))
        try:
            self.shown.append((f"pickle of {where}", pickle.dumps(thing).decode("latin-1")))
        except TypeError as refused:
            self.shown.append((f"refused pickle of {where}", str(refused)))

    def see_error(self, where: str, error: BaseException) -> None:
        """Collect an error with its chain, its attributes, and the package's frames with their local variables."""
        self.see(where, error)
        self.cut += [(f"{where}, by {tool}", text) for tool, text in render_by_tools(error)]
        seen: set[int] = set()
        waiting: list[BaseException | None] = [error]
        while waiting:
            link = waiting.pop()
            if link is None or id(link) in seen:
                continue
            seen.add(id(link))
            waiting += [link.__cause__, link.__context__]
            self.shown.append((f"chain of {where}", repr(link) + repr(vars(link)) + str(link)))
            frames = traceback.TracebackException.from_exception(link, capture_locals=True)
            self.shown.append((f"traceback of {where}", "".join(traceback.format_exception(link))))
            for frame in frames.stack:
                if frame.filename.startswith(PACKAGE):
                    self.shown.append((f"locals of {frame.name} in {where}", repr(frame.locals)))

    def see_event(self, event: RequestEvent | ReplyEvent | RetryEvent) -> None:
        """Collect an event when a hook receives it."""
        where = type(event).__name__
        self.see(where, event)
        self.shown.append((f"fields of {where}", repr(dataclasses.asdict(event))))
        self.shown.append((f"slots of {where}", repr([getattr(event, name, None) for name in dir(event)])))
        if isinstance(event, RequestEvent):
            self.hooked.append(event.operation)
            self.shown.append((f"body of {where}", json.dumps(event.body) + repr(event.body)))
        elif event.error is not None:
            self.see_error(f"the error of {where}", event.error)

    @property
    def hooks(self) -> Hooks:
        """Return hooks that collect all events."""
        return Hooks(self.see_event, self.see_event, self.see_event)

    def check(self) -> None:
        """Fail if a secret was shown, or a piece of one in truncated output."""
        for where, text in self.shown:
            for secret in self.secrets:
                assert secret not in text, f"{where} shows {secret[:12]}…"
        pieces = {secret[at : at + PIECE] for secret in self.secrets for at in range(len(secret) - PIECE + 1)}
        # To be fast, check each different run of the secrets' characters only once.
        letters = "".join(map(re.escape, sorted(set().union(*self.secrets))))
        runs, clean = re.compile(f"[{letters}]{{{PIECE},}}"), set[str]()
        for where, text in self.cut:
            for run in set(runs.findall(text)) - clean:
                shown = {run[at : at + PIECE] for at in range(len(run) - PIECE + 1)} & pieces
                assert not shown, f"{where} shows {sorted(shown)[:3]}"
                clean.add(run)
