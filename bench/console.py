"""The console: what a visit fetches, what news cost page and server, what a page holds, how long lists take.

./dev bench console [--quick]

The parts can be run by themselves: bench.console_page, console_heap, console_push, console_lists.
"""

import argparse
import subprocess
import sys

_PARTS = {
    "console_page": ("--seconds", "60"),
    "console_heap": (),
    "console_push": (),
    "console_lists": ("--times", "1", "10"),
}
_QUICK = {
    "console_page": ("--seconds", "15"),
    "console_heap": ("--events", "3600", "--rounds", "10"),
    "console_push": ("--seconds", "10"),
    "console_lists": ("--times", "1"),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="shorter, and one year alone")
    for name, options in (_QUICK if arguments.parse_args().quick else _PARTS).items():
        print(f"\n## {name} {' '.join(options)}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=True)


if __name__ == "__main__":
    main()
