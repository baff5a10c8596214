"""The check of docstrings and names: docs/english.py."""

from pathlib import Path

import pytest

from docs import english


def _rules(text: str) -> list[str]:
    return [fault.rule for fault in english.faults_of("a.py", text)]


def _function(docstring: str) -> str:
    return f'def f():\n    """{docstring}"""\n'


def _class(docstring: str) -> str:
    return f'class C:\n    """{docstring}"""\n'


@pytest.mark.parametrize("docstring", ["Return the frame.", "Wait, at most `timeout_s`.", "Pass the test on."])
def test_a_function_may_begin_with_a_verb(docstring: str) -> None:
    assert not _rules(_function(docstring))


@pytest.mark.parametrize(
    "docstring",
    [
        "What was read.",
        "Whether the day is known.",
        "The frame.",
        "Returns the frame.",
        "`frame`: bytes.",
        "return the frame.",
        "None: nothing came.",
        "Raises ValueError.",
    ],
)
def test_a_function_may_not_begin_otherwise(docstring: str) -> None:
    assert len(_rules(_function(docstring))) >= 1


@pytest.mark.parametrize("docstring", ["A frame of one device.", "Record of a day.", "Rows, newest first.", "MQTT 5."])
def test_a_class_may_begin_with_a_noun(docstring: str) -> None:
    assert not _rules(_class(docstring))


@pytest.mark.parametrize(
    "docstring",
    ["Read one device.", "Opens the port.", "Carries rows.", "What a device said.", "`port`: the number.", "Is it so."],
)
def test_a_class_may_not_begin_otherwise(docstring: str) -> None:
    assert len(_rules(_class(docstring))) >= 1


def test_what_is_no_subject_of_a_later_sentence_either() -> None:
    assert _rules(_function("Open the episode. What was under way, ends.")) == [
        "the subject of a sentence is a noun, not 'What ...'"
    ]
    assert not _rules(_function("Answer one question. What holds the port?"))


@pytest.mark.parametrize(
    "text",
    [
        "it = 1",
        "for it in (): pass",
        "[it for it in ()]",
        "f = lambda it: it",
        "def f(it): ...",
        "def f(*, it): ...",
        "import os as it",
        "with open('a') as it: ...",
        "if (it := 1): ...",
        "match 1:\n    case it: ...",
    ],
)
def test_no_name_is_it(text: str) -> None:
    assert len(_rules(text)) == 1


def test_a_fault_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "a.py").write_text('"""A module."""\n\n' + _function("The frame."), "utf-8")
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "b.py").write_text("it = 1\n", "utf-8")
    (fault,) = english.faults(tmp_path, not_yet=("edge/",))
    assert (fault.path, fault.line) == ("wire/a.py", 4)


def test_the_verbs_are_sorted_and_each_stands_once() -> None:
    lines = (Path(english.__file__).parent / "verbs.txt").read_text("utf-8").splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(english.VERBS)
