"""The commands that no profile may have sent, whoever wrote it: those of `forbidden.toml`.

The families that ask have their requests in code, byte for byte, and none of them is there
(tests/contract/test_no_erase.py). Only where a profile brings the bytes (`line`) must they be looked at.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files


@cache
def _commands() -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    rows = tomllib.loads(files("firmware_adapters").joinpath("forbidden.toml").read_text("utf-8"))["command"]
    return tuple((row["does"], re.compile(row["pattern"].encode("ascii"), re.DOTALL)) for row in rows)


def why_forbidden(data: bytes) -> str:
    """Return the effect of `data` on the device, if it is or holds one of the commands; else an empty text."""
    return next((does for does, pattern in _commands() if pattern.search(data)), "")
