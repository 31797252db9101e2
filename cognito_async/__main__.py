"""The command line: `cognito-async`, or `python -m cognito_async`."""

from __future__ import annotations

import sys

from ._cli.program import run


def main() -> None:
    """Run the program with the process's arguments and end the process."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
