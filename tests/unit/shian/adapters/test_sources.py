"""Captures, dialogues and raw bytes, as what was heard on a line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shian.__main__ import build
from shian.adapters.sources import Kind, kind_of, open_source
from shian.failures import CannotError
from tests.contract.test_line import IVTM

DIALOGUE = "Open()\nSkipNoise()\n" + "".join(f">> {ask.hex(' ')}\n<< {say.hex(' ').upper()}\n" for ask, say in IVTM)
HEAD = '{"shian_capture": 1, "port": "p", "line": {"baud": 9600}, "started_at": "2026-03-05T09:41:07Z", "note": ""}\n'


def _decoded(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(build(), ["decode", *arguments])
    assert result.exception is None, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_dialogue_is_decoded_with_its_requests(tmp_path: Path) -> None:
    path = tmp_path / "IVTM7.dat"
    path.write_text(DIALOGUE, "utf-8")
    *readings, counts = _decoded("--adapter", "line", "--profile", "ivtm-7", str(path))
    assert [(reading["item"], reading["value"]) for reading in readings] == [
        ("temperature", 26.22842),
        ("humidity", 29.450287),
        ("temperature", 24.94012),
    ]
    assert counts == {"frames": 3, "rejected": 0, "readings": 3, "refused": 0}


def test_of_a_capture_only_the_device_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    chunks = [
        (0.1, "host", b"ENQUIRE\r\n"),
        (0.2, "device", b"1.5 g\r"),
        (0.3, "host", b"OK\r"),
        (0.4, "device", b"\n"),
    ]
    path.write_text(HEAD + "".join(json.dumps({"t": t, "from": who, "hex": b.hex()}) + "\n" for t, who, b in chunks))
    reading, counts = _decoded("--adapter", "line", str(path))
    assert (reading["value"], reading["unit"], reading["offset"]) == (1.5, "g", 0)
    assert counts == {"frames": 1, "rejected": 0, "readings": 1, "refused": 0}


def test_the_times_of_a_capture_end_a_line_that_has_no_end(tmp_path: Path) -> None:
    profile = tmp_path / "gap.toml"
    shipped = Path("firmware_adapters/line/profiles/generic.toml").read_text("utf-8")
    settings = '[settings]\ndelimiter = "gap"\n\n[[settings.line]]'
    profile.write_text(shipped.replace("[[settings.line]]", settings, 1))
    path = tmp_path / "c.jsonl"
    path.write_text(HEAD + "".join(
        json.dumps({"t": t, "from": "device", "hex": said.hex()}) + "\n"
        for t, said in ((0.0, b"1.5"), (0.1, b" g"), (1.0, b"2.5 g"))
    ))  # fmt: skip
    *readings, _ = _decoded("--adapter", "line", "--profile", str(profile), str(path))
    assert [reading["value"] for reading in readings] == [1.5, 2.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [("<< 41 42\n<< 41 4\n", "c:2: "), ('{"shian_capture": 7}\n', "c:1: a capture of version 7")],
)
def test_what_cannot_be_read_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text(text, "utf-8")
    with pytest.raises(CannotError, match=said):
        list(open_source(path).heard())


def test_a_bad_line_of_a_capture_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "c"
    good = '{"t": 0, "from": "device", "hex": "312e3520670d0a"}\n'
    path.write_text(HEAD + good + '{"t": 0, "hex": "00"}\n' + good + '{"t": 1, "fr', "utf-8")
    result = CliRunner().invoke(build(), ["decode", "--adapter", "line", str(path)])
    assert result.stdout.splitlines()[-1] == '{"frames": 2, "rejected": 0, "readings": 2, "refused": 0}'
    assert "c:3: from: Field required" in result.stderr
    assert "c:5: cut off" in result.stderr


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"", Kind.RAW),
        (b"\x02<< 41\x03", Kind.RAW),
        (b"1.5 g\r\n", Kind.RAW),
        (b"Open()\n<< 41 42\n", Kind.DIALOGUE),
        (b'{"shian_capture": 1}\n', Kind.CAPTURE),
    ],
)
def test_what_kind_of_file_it_is_says_its_beginning(first: bytes, kind: Kind) -> None:
    assert kind_of(first) is kind
