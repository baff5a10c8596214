"""A file of rules: TOML text -> rules, or mistakes with file, line and column."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import ValidationError

from process.field_faults import sentence
from process.toml_lines import line_of, line_of_syntax_error
from storage.rules.expression import Checked, check
from storage.rules.facts import SUBJECTS
from storage.rules.mistakes import ExpressionError, Mistake
from storage.rules.over_time import CHECKS, TimeRule
from storage.rules.rule import NAME, RESERVED, EventRule
from wire.words import Term

AnyRule = EventRule | TimeRule

_NAME = re.compile(NAME)
_OPENING = re.compile(r"""=\s*('{3}|"{3}|'|")""")

_BOUNDS = {
    "greater_than": (">", "必须大于"),
    "greater_than_equal": (">=", "不得小于"),
    "less_than": ("<", "必须小于"),
    "less_than_equal": ("<=", "不得大于"),
}


class Read(NamedTuple):
    """Outcome of reading a file: the rules that are well, and all mistakes."""

    rules: Mapping[str, AnyRule]
    mistakes: Sequence[Mistake]


@cache
def shipped() -> Mapping[str, AnyRule]:
    """Return the rules that a district begins with."""
    name = "shipped.toml"
    read = read_file((files("storage.rules") / name).read_text("utf-8"), name)
    assert not read.mistakes, read.mistakes
    return read.rules


def read_file(text: str, file: str) -> Read:
    """Read the rules of a file: tables `[rule.NAME]`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        line = line_of_syntax_error(str(exc)) or 0
        return Read({}, [Mistake(Term(str(exc), f"TOML 语法错误：{exc}"), line, file=file)])
    mistakes = [
        Mistake(Term("unknown key; rules are tables [rule.NAME]", "未知的键；规则写作 [rule.名称]")).at(
            key, file, line_of(text, [key, *(list(below)[:1] if isinstance(below, dict) else ())]) or 0
        )
        for key, below in document.items()
        if key != "rule"
    ]
    rules: dict[str, AnyRule] = {}
    tables = document.get("rule", {})
    for name, table in tables.items() if isinstance(tables, dict) else ():
        rule, found = read_rule(name, table)
        mistakes += [_placed(mistake, text, file) for mistake in found]
        if rule is not None:
            rules[name] = rule
    return Read(rules, mistakes)


def model_of(table: Any) -> type[EventRule] | type[TimeRule] | None:
    """Return the form of a rule: one over time says `check`. None: there is no such check."""
    if not isinstance(table, dict) or "check" not in table:
        return EventRule
    return CHECKS.get(str(table["check"]))


def read_rule(name: str, table: Any) -> tuple[AnyRule | None, list[Mistake]]:
    """Read one rule: a table of TOML, or an object of JSON. Lines and columns are within `when`."""
    model = model_of(table)
    if model is None:
        names = ", ".join(CHECKS)
        words = Term(f"there is no such check; there are {names}", f"没有这种检查，可用：{names}")
        return None, [Mistake(words).at(f"rule.{name}.check")]
    try:
        rule = model.model_validate(table)
    except ValidationError as exc:
        return None, list(mistakes_of(exc, f"rule.{name}"))
    mistakes = check_named(name, rule)
    return (None, mistakes) if mistakes else (rule, [])


def check_named(name: str, rule: AnyRule) -> list[Mistake]:
    """Check what the form of a rule does not say: its name, and its expression."""
    key = f"rule.{name}"
    if not _NAME.fullmatch(name):
        words = Term(
            "a name has 2 to 40 of a-z, 0-9 and _, the first a letter", "名称为 2 至 40 个 a-z、0-9、_，以字母开头"
        )
        return [Mistake(words).at(key)]
    if name in RESERVED:
        return [Mistake(Term("this is a rule of the system", "该名称是系统内置规则")).at(key)]
    if not isinstance(rule, EventRule):
        return []
    try:
        check_rule(rule)
    except ExpressionError as exc:
        return [exc.mistake.at(f"{key}.when")]
    return []


def check_rule(rule: EventRule) -> Checked:
    """Check the expression of a rule. Raises ExpressionError."""
    return check(rule.when, SUBJECTS[rule.on].types)


def mistakes_of(exc: ValidationError, key: str) -> Iterator[Mistake]:
    """Yield the mistakes that a form found, each with its key below `key`."""
    for error in exc.errors(include_url=False):
        path = ".".join([key, *map(str, error["loc"])])
        if error["type"] == "extra_forbidden":
            yield Mistake(Term("unknown key", "未知的键")).at(path)
        elif error["type"] == "missing":
            yield Mistake(Term("is missing", "缺少此项")).at(path)
        elif error["type"] in _BOUNDS:
            sign, chinese = _BOUNDS[error["type"]]
            bound = f"{next(iter(error.get('ctx', {}).values())):.15g}"
            yield Mistake(Term(f"must be {sign} {bound}", f"{chinese} {bound}")).at(path)
        else:
            # Whoever writes a file wants the pattern itself.
            is_pattern = error["type"] == "string_pattern_mismatch"
            english = error["msg"] if is_pattern else sentence(error, chinese=False)
            yield Mistake(Term(english, sentence(error, chinese=True))).at(path)


def _placed(mistake: Mistake, text: str, file: str) -> Mistake:
    """Give a mistake its line and column in the file."""
    path = mistake.key.split(".")
    line = line_of(text, [path[0], path[1], *path[2:]]) or 0
    if not mistake.line or not line:
        return mistake.at(mistake.key, file, line)
    written = text.splitlines()[line - 1]
    opening = _OPENING.search(written)
    if opening is None:
        return mistake.at(mistake.key, file, line)
    begins_below = len(opening[1]) == 3 and not written[opening.end() :].strip()
    first = line + begins_below
    shift = 0 if begins_below or mistake.line > 1 else opening.end()
    return mistake.at(mistake.key, file, first + mistake.line - 1, mistake.column + shift)
