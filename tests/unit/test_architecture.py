"""docs/architecture.md names every folder at the top, and functions that are there."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/architecture.md").read_text("utf-8")
NAMES = re.findall(r"`([\w/]+\.py):([\w.]+)`", DOCUMENT)
# What every Python project has; nothing of the architecture is in them.
FILES_ONLY = {".ci"}


def _defined(path: Path) -> set[str]:
    """Return the functions and classes of a module, methods as Class.method."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.FunctionDef):  # a router's endpoints
            found |= {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)}
        if isinstance(node, ast.ClassDef):
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{method.name}" for method in methods}
    return found


@pytest.mark.parametrize(("path", "name"), NAMES, ids=[f"{path}:{name}" for path, name in NAMES])
def test_the_function_is_there(path: str, name: str) -> None:
    assert name in _defined(ROOT / path)


def test_the_way_of_a_result_is_told_from_byte_to_proof() -> None:
    assert len(NAMES) >= 40


def test_every_folder_is_named() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout")
    folders = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line} - FILES_ONLY
    assert {folder for folder in folders if f"| `{folder}/` |" not in DOCUMENT} == set()
