"""A file store whose key is in a real keyring, gnome-keyring, on a separate message bus."""

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
# Each run has a new message bus. The keyring's daemon ends with the bus, but its files remain for the next run.
SESSION = """
printf pw | gnome-keyring-daemon --unlock --components=secrets > /dev/null
exec "$@"
"""
FORGET = "import keyring; keyring.delete_password('cognito-async tests', 'store')"

Desktop = Callable[..., str]


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    """Return a function that runs a program in a new desktop session, and returns the program's output."""
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
def test_keyring_holds_the_key_of_a_store(desktop: Desktop, tmp_path: Path, backend: str) -> None:
    path = tmp_path / "tokens.json"
    assert desktop(PROGRAM, "keep", backend, path, "session/alice", MARKER) == "saved"
    assert desktop(PROGRAM, "show", backend, path, "session/alice") == MARKER
    for file in tmp_path.iterdir():
        assert not file.is_file() or MARKER.encode() not in file.read_bytes()
    assert '"sealed"' in path.read_text()
    before = path.read_bytes()
    desktop("-c", FORGET)
    for action in (("show",), ("keep", MARKER)):
        output = desktop(PROGRAM, action[0], backend, path, "session/alice", *action[1:])
        assert output.startswith("ConfigurationError: ") and "the keyring has no key of this store any more" in output
    assert path.read_bytes() == before


def test_concurrent_programs_create_one_key(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    both = f"""
        printf pw | gnome-keyring-daemon --unlock --components=secrets > /dev/null
        "$@" keep asyncio {path} one first & "$@" keep trio {path} two second & wait
    """
    assert desktop(PROGRAM, session=both) == "saved\nsaved"
    assert desktop(PROGRAM, "show", "asyncio", path, "one") == "first"
    assert desktop(PROGRAM, "show", "asyncio", path, "two") == "second"


def test_session_without_a_keyring_is_an_error(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    session = 'unset DBUS_SESSION_BUS_ADDRESS; exec "$@"'
    output = desktop(PROGRAM, "keep", "asyncio", path, "a", MARKER, session=session)
    assert output.startswith("ConfigurationError: this machine has no keyring")
    assert not path.exists()
