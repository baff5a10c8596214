"""Text of others reaches no terminal and no log raw."""

import subprocess
import sys

import pytest

from process.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("韭菜 63.1 %", "韭菜 63.1 %"),
        ("全角\u3000空格\xa0", "全角\u3000空格\xa0"),
        ("\x1b[2J\x1b]0;gone\x07", "\\x1b[2J\\x1b]0;gone\\x07"),
        ("a\rb\nc", "a\\rb\\nc"),
        ("\x9b31m", "\\x9b31m"),
        ("pass\u202elliaf", "pass\\u202elliaf"),
        ("\u2028", "\\u2028"),
    ],
)
def test_control_characters_become_their_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_log_holds_no_control_character_of_a_value() -> None:
    program = (
        "import structlog; from process import logs; logs.configure()\n"
        "structlog.get_logger().warning('failed_test', sample='\\x1b[2J\\u202e1\\nfake=line')\n"
        "try: raise ValueError('\\x1b[2J')\n"
        "except ValueError: structlog.get_logger().exception('crashed')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
    assert "\\x1b[2J" in done.stderr
    assert len(done.stderr.splitlines()) == 2
