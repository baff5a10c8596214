import tomllib

import pytest

from process.toml_lines import line_of, line_of_syntax_error

TEXT = """name = "x" # name = 2
"阴性" = "pass"
a.b = 1

[verdicts]
"阳性" = "fail"
"with.dot" = 1

[items]
PEST = { code = "a", unit = "%" }
[items."农残"]
code = "b"

[[settings.block]]
start = "1"
[[settings.block.row]]
pattern = "a"
[[settings.block.row]]
pattern = "b"
[settings.block.extra]
x = 1

[[settings.block]]
start = "2"
[[settings.block.row]]
pattern = "c"
[line]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 1),
        (("阴性",), 2),
        (("a", "b"), 3),
        (("verdicts", "阳性"), 6),
        (("verdicts", "with.dot"), 7),
        (("items", "PEST", "code"), 10),
        (("items", "农残", "code"), 12),
        (("items", "农残", "unit"), 11),
        (("settings", "block", 0, "start"), 15),
        (("settings", "block", 0, "row", 0, "pattern"), 17),
        (("settings", "block", 0, "row", 1, "pattern"), 19),
        (("settings", "block", 0, "extra", "x"), 21),
        (("settings", "block", 1, "start"), 24),
        (("settings", "block", 1, "row", 0, "pattern"), 26),
        (("line", "baud"), 27),
        (("maker",), None),
    ],
)
def test_a_key_is_found_where_it_is_written(path: tuple[str | int, ...], line: int | None) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, path) == line


def test_a_syntax_error_has_its_line() -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads("a = 1\nb = \n")
    assert line_of_syntax_error(str(caught.value)) == 2
