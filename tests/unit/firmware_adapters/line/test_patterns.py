"""Which patterns of a user are taken: all that RE2 runs; and that none of them can hold the interpreter."""

import pytest

from firmware_adapters.line.patterns import compile_pattern
from firmware_adapters.profile import ProfileError, parse_profile
from firmware_adapters.registry import families, family

LONGEST = 1024

# Each of these ran for minutes or for ever in Python's matcher on the line behind it.
SLOW = (
    (r"(?:\d+ *){8}(?P<value>\d+)kg", "1"),
    ("(a+)+", "a"),
    ("(a*)*b", "a"),
    (r"(\d+|x)*y", "1"),
    ("(a|ab)+", "ab"),
    ("(?:a?){20}a{20}", "a"),
    (r"(?P<value>(\w+\s?)*)!", "a "),
    (".*.*.*.*x", "y"),
    (r"\S+x\S+y\S+z\S+", "xy"),
    (r"\s*\s*\s*\s*x", " "),
    ("(x+x+)+y", "x"),
    (r"[\w,]+,[\w,]+,[\w,]+,[\w,]+,[\w,]+!", "a,"),
    ("(?i:(?:a+b?){9})c", "aB"),
)


@pytest.mark.parametrize(("pattern", "text"), SLOW)
def test_no_pattern_is_slow_on_the_longest_line(pattern: str, text: str) -> None:
    # A slow pattern fails by the suite's timeout: Python's matcher needs longer than that for most.
    line = (text * LONGEST)[:LONGEST]
    for _ in range(20):
        compile_pattern(pattern).fullmatch(line + "?")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        r"(?P<value>[0-9]{1,2}\.[0-9]{2})pH +(?P<t>-?[0-9]{1,3}\.[0-9])°C",
        r"(?P<item>.+?)\s{2,}(?P<value>\d+\.\d\d)\s*",
        r"[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*",
        r"(?:ST|US),(?P<v>[+-]\d+)",
        r"[]*+]+\)\(",
        r"(?i:abc)+",
        r"(?P<commodity>\p{Han}+)",
    ],
)
def test_what_re2_runs_is_taken(pattern: str) -> None:
    compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", "[", "*a", "(?P<a>x)(?P<a>y)", "a{99999999999}", "a{1001}", "(?:(?:a{100}){100}){100}"),
        # What Python's matcher knows and RE2 does not; verbose mode hid a repeat from the old check.
        *(r"(?<!x)a{3}", "(?=a)b", "(?!a)b", r"(a)\1", "(?P<a>x)(?P=a)", "(?x) ( a + ) +", "(?x)(a #(\n+)+", r"a\Z"),
    ],
)
def test_what_re2_cannot_run_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a pattern that RE2 can run"):
        compile_pattern(pattern)


def test_a_refused_pattern_is_named_by_file_line_and_key() -> None:
    text = (
        'name = "own"\nfamily = "line"\nmaker = ""\nmodel = ""\nevidence = "simulator"\n\n'
        "[[settings.line]]\nitem = 'a'\npattern = '(?=x)(?P<value>x)'\n"
    )
    with pytest.raises(ProfileError, match=r"own\.toml:9: settings\.line\.0\.pattern: .*RE2"):
        family("line").check(parse_profile(text, "own.toml"))


def test_every_shipped_profile_runs_on_re2() -> None:
    for each in families().values():
        for profile in each.shipped().values():
            each.check(profile)
