"""docs/security.md names the test of each check: hold the names against the tests."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")


def named() -> list[tuple[str, str]]:
    """Return the file and the test (empty: all of the file) of each cell; `::test` means the file before it."""
    found, file = [], ""
    for path, test in re.findall(r"`(tests/[a-z0-9_/]+\.py)?(?:::(test_[a-z0-9_]+))?`", TEXT):
        file = path or file
        if path or test:
            found.append((file, test))
    return found


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for file, test in named():
        path = ROOT / file
        if not path.is_file() or (test and f"def {test}(" not in path.read_text("utf-8")):
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_check_names_a_test_and_something_of_a_standard() -> None:
    table = TEXT.split("## Checks, and three standards")[1].split("**How far")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    assert [row[0] for row in rows if "`tests/" not in row[1] or len(row) != 5] == []
