"""Several users at one command line: the commands `accounts` and `switch`."""

from __future__ import annotations

import anyio

from tests.cli.conftest import PASSWORD, MakeLocal, Program
from tests.support import make_user


def test_accounts_are_listed_and_switched(program: Program, make_local: MakeLocal) -> None:
    local = make_local()
    assert program("accounts").out == "No user is signed in.\n"
    assert program("accounts", "--json").json == {"current": None, "accounts": []}
    for each in ("alice", "bob"):
        anyio.run(make_user, local, each, PASSWORD)
        assert program("sign-in", each).status == 0
    assert program("accounts").out == "bob (current)\nalice\n"
    assert program("switch", "alice").out == "Switched to alice.\n"
    assert program("whoami", "--json").json["user"]["username"] == "alice"
    assert program("accounts", "--json").json == {"current": "alice", "accounts": ["alice", "bob"]}
    assert program("sign-out").status == 0
    assert program("accounts").out == "bob\n"
    assert program("switch", "bob", "--json").json["user"]["username"] == "bob"
    refused = program("switch", "alice")
    message = "no user with this name is signed in: run cognito-async accounts to list the users"
    assert (refused.status, refused.err) == (1, f"cognito-async: {message}\n")
