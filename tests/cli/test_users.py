"""Several people at one command line: listed, switched between, signed out one by one."""

from __future__ import annotations

import anyio

from tests.cli.conftest import PASSWORD, Locally, Program
from tests.support import make_user


def test_people_are_listed_and_switched_between(program: Program, locally: Locally) -> None:
    local = locally()
    assert program("users").out == "Nobody is signed in.\n"
    assert program("users", "--json").json == {"current": None, "users": []}
    for each in ("alice", "bob"):
        anyio.run(make_user, local, each, PASSWORD)
        assert program("sign-in", each).status == 0
    assert program("users").out == "bob (current)\nalice\n"
    assert program("switch", "alice").out == "alice is current now.\n"
    assert program("whoami", "--json").json["user"]["username"] == "alice"
    assert program("users", "--json").json == {"current": "alice", "users": ["alice", "bob"]}
    assert program("sign-out").status == 0
    assert program("users").out == "bob\n"
    assert program("switch", "bob", "--json").json["user"]["username"] == "bob"
    refused = program("switch", "alice")
    assert (
        refused.status == 1
        and refused.err == "cognito-async: no user with this name is signed in: call sign_in first\n"
    )
