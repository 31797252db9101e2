"""A real keyring, gnome-keyring's, on a message bus of its own: it keeps the key of a file store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .needs import needs_program
from .running import environment, module

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "programs" / "file_store.py"
MARKER = "Mark3r-refresh-token"
# The keyring lasts as long as the bus, and its files longer.
SESSION = """
printf pw | gnome-keyring-daemon --unlock --components=secrets > /dev/null
exec "$@"
"""
FORGET = "import keyring; keyring.delete_password('cognito-async tests', 'store')"

Desktop = Callable[..., str]


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    """Runs a program as somebody who has just logged in, and gives what it printed."""
    needs_program("dbus-run-session", "gnome-keyring-daemon")
    module("secretstorage")
    home = tmp_path / "home"
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700, parents=True)

    def run(*arguments: object, session: str = SESSION) -> str:
        done = subprocess.run(
            ["dbus-run-session", "--", "sh", "-c", session, "sh", sys.executable, *map(str, arguments)],
            env=environment(
                HOME=str(home), XDG_RUNTIME_DIR=str(runtime), PYTHONPATH=str(ROOT), TEST_STORE_KEY="keyring", **folders
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_desktops_keyring_keeps_the_key_of_a_store(desktop: Desktop, tmp_path: Path, backend: str) -> None:
    path = tmp_path / "tokens.json"
    assert desktop(PROGRAM, "keep", backend, path, "session/alice", MARKER) == "saved"
    assert desktop(PROGRAM, "show", backend, path, "session/alice") == MARKER
    for file in tmp_path.iterdir():
        assert not file.is_file() or MARKER.encode() not in file.read_bytes()
    assert '"sealed"' in path.read_text()
    before = path.read_bytes()
    desktop("-c", FORGET)
    for action in (("show",), ("keep", MARKER)):
        said = desktop(PROGRAM, action[0], backend, path, "session/alice", *action[1:])
        assert said.startswith("ConfigurationError: ") and "the keyring has no key of this store any more" in said
    assert path.read_bytes() == before


def test_two_programs_that_start_at_once_make_one_key(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    both = f"""
        printf pw | gnome-keyring-daemon --unlock --components=secrets > /dev/null
        "$@" keep asyncio {path} one first & "$@" keep trio {path} two second & wait
    """
    assert desktop(PROGRAM, session=both) == "saved\nsaved"
    assert desktop(PROGRAM, "show", "asyncio", path, "one") == "first"
    assert desktop(PROGRAM, "show", "asyncio", path, "two") == "second"


def test_a_session_without_a_keyring_is_told(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    said = desktop(PROGRAM, "keep", "asyncio", path, "a", MARKER, session='unset DBUS_SESSION_BUS_ADDRESS; exec "$@"')
    assert said.startswith("ConfigurationError: this machine has no keyring")
    assert not path.exists()
