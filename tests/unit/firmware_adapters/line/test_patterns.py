"""Which regular expressions of a user are taken: all that end."""

import pytest

from firmware_adapters.line.patterns import compile_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        r"(\d+|x)*y",
        "(a|ab)+",
        "(?:a?){20}",
        "((a+)b?)*",
        r"(?P<value>(\w+\s?)*)",
        "([a-z]+)*",
        r"(\d+\s)+",
        ".*.*.*.*x",
        ".*,.*,.*,.*",
        r"\S+x\S+y\S+z\S+",
        r"\s*\s*\s*\s*x",
        "(x+x+)+y",
        "(?:x{2,})*",
    ],
)
def test_what_may_run_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"repeat"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        r"(?P<value>[0-9]{1,2}\.[0-9]{2})pH +(?P<t>-?[0-9]{1,3}\.[0-9])°C",
        r"(?P<item>.+?)\s{2,}(?P<value>\d+\.\d\d)\s*",
        r"[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*",
        r"\w+:\w+:\w+:\w+:\w+",
        r"(?:\+|-)?\d+(?:\.\d+)?",
        r"(?:ST|US),(?P<v>[+-]\d+)",
        r"(?:[A-Z]\d+ ){3}",
        r"[]*+]+\)\(",
        r"(?i:abc)+",
        r"(?<!x)a{3}b{2,5}",
    ],
)
def test_what_ends_is_taken(pattern: str) -> None:
    compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "(?P<a>x)(?P<a>y)", "a{99999999999}"])
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", [r".*x.*y.*z", r"\s*.+?\s*z", r"[^,]*,[^,]*,[^,]*,z", r"(?:a+b){8}"])
def test_the_slowest_that_is_taken_ends_on_the_longest_line(pattern: str) -> None:
    """The suite's timeout is what fails if it does not."""
    for text in ("a" * 256, " " * 256, "xy" * 128, ",a" * 128, "ab" * 128):
        assert compile_pattern(pattern).fullmatch(text) is None
