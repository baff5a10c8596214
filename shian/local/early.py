"""A command that is loaded before it may begin: while the database is being made, the machine reads the libraries of
those who wait for it.

    python -m shian.local.early PID SETTINGS server run --config SETTINGS

begins `shian server run` as soon as the file SETTINGS is there, and ends when its parent, the process PID, is gone."""

import argparse
import os
import sys
import time
from importlib import import_module
from pathlib import Path

_LOOK_S = 0.02
_GONE = 1


def main() -> None:
    """Load, wait, and be the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pid", type=int, help="of the parent")
    parser.add_argument("settings", type=Path, help="the file that is waited for")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="of shian, with its arguments")
    asked = parser.parse_args()
    starter, file = asked.pid, asked.settings
    import_module(f"{asked.command[0]}.cli")
    if asked.command[0] == "server":  # the nouns of its API are looked for when it makes its routes
        list(import_module("server.records").routers())
    while not file.exists():
        if os.getppid() != starter:
            sys.exit(_GONE)
        time.sleep(_LOOK_S)
    sys.argv = ["shian", *asked.command]
    import_module("shian.__main__").main()


if __name__ == "__main__":
    main()
