"""Check that docstrings are plain English: a function's begins with a verb, a class's with a noun, no name is `it`.

python -m docs.english
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from process.terminal import say

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "authority",
    "bench",
    "supply",
    "docs",
    "edge",
    "firmware_adapters",
    "ingest",
    "process",
    "server",
    "shian",
    "storage",
    "tests",
    "wire",
)
# Folders and files that still wait for their turn: none.
NOT_YET: tuple[str, ...] = ()

# One verb a line, in the imperative; "noun" behind it where a class may begin with the same word ("Record of ...").
# A verb that is missing is added there.
_LINES = [line.split() for line in (Path(__file__).parent / "verbs.txt").read_text("utf-8").splitlines()]
VERBS = frozenset(verb for verb, *_ in _LINES)
NO_NOUNS = frozenset(verb for verb, *noun in _LINES if not noun)
# Words that open a question, a place or a condition, never the name of a thing.
OPENING = re.compile(
    "after|and|as|at|because|before|but|by|everybody|everything|for|from|how|if|in|into|it|its|not|nobody|nothing|of|off"
    "|on|once|only|or|out|over|since|so|somebody|something|that|there|they|this|those|through|to|until|what|when|where"
    "|whether|which|who|whose|why|with|without"
)
THIRD_PERSON = {"does": "do", "goes": "go", "has": "have", "is": "be", "says": "say"}


class Fault(NamedTuple):
    """A place that breaks a rule, and the rule."""

    path: str
    line: int
    rule: str


def faults_of(path: str, text: str) -> Iterator[Fault]:
    """Yield the faults of one Python file. Raises SyntaxError where the text is not Python."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring is not None:
                line = node.body[0].lineno
                for rule in _broken_rules(node, docstring):
                    yield Fault(path, line, rule)
        if _is_named_it(node):
            yield Fault(path, getattr(node, "lineno", 1), "a variable called `it`: give it the name of what it holds")


def _broken_rules(node: ast.AST, docstring: str) -> Iterator[str]:
    first = (docstring.split(maxsplit=1) or [""])[0]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_verb(first):
        yield f"a function's docstring begins with a verb (docs/verbs.txt), not with {first!r}"
    if isinstance(node, ast.ClassDef) and not _may_be_noun(first):
        yield f"a class's docstring begins with a noun, not with {first!r}"
    if any(re.match(r"What\b", sentence) and not sentence.endswith("?") for sentence in _sentences(docstring)):
        yield "the subject of a sentence is a noun, not 'What ...'"


def _sentences(docstring: str) -> list[str]:
    return [sentence.strip() for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n", docstring)]


def _is_verb(word: str) -> bool:
    # "Return," and "Wait:" are verbs as well; a name in `code` is none.
    return word[:1].isupper() and word.rstrip(",;:.").lower() in VERBS


def _may_be_noun(word: str) -> bool:
    plain = word.rstrip(",;:.").lower()
    if not plain[:1].isalnum() or OPENING.fullmatch(plain):
        return False
    return _imperative(plain) not in NO_NOUNS


def _imperative(word: str) -> str:
    """Return the verb of a word in the third person ("reads", "pushes", "carries"), any other word as it is."""
    if word in THIRD_PERSON:
        return THIRD_PERSON[word]
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and word.removesuffix(ending) + instead in VERBS:
            return word.removesuffix(ending) + instead
    return word


def _is_named_it(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="it", ctx=ast.Store()):
            return True
        case ast.arg(arg="it") | ast.ExceptHandler(name="it") | ast.alias(asname="it"):
            return True
        case ast.MatchAs(name="it") | ast.MatchStar(name="it"):
            return True
    return False


def faults(root: Path = ROOT, not_yet: tuple[str, ...] = NOT_YET) -> list[Fault]:
    """Return the faults of all folders below `root`, except of those in `not_yet`."""
    found: list[Fault] = []
    for file in sorted(file for folder in FOLDERS for file in (root / folder).rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if not path.startswith(not_yet):
            found += faults_of(path, file.read_text("utf-8"))
    return found


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found = faults()
    for fault in found:
        say(f"{fault.path}:{fault.line}: {fault.rule}", err=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
