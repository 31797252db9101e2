"""The function that runs steps with a JavaScript client. The client's script reads the steps and prints the results."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from .running import HERE, environment, node

_SECONDS_TO_RUN = 60


def output_of(script: str, package: str, text: str, **variables: str) -> str:
    """Run a script that uses a package, with this text as its input, and variables of its environment.

    Return its output.
    """
    done = subprocess.run(
        node(HERE / script, package=package),
        input=text,
        capture_output=True,
        encoding="utf-8",
        env=environment(**variables),
        timeout=_SECONDS_TO_RUN,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_script(script: str, package: str, pool: Mapping[str, str], steps: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Run the steps and return their results by name: `{"ok": …}` or `{"error": {"code", "message"}}`."""
    output = output_of(script, package, json.dumps({"pool": pool, "steps": list(steps.values())}))
    return dict(zip(steps, json.loads(output), strict=True))
