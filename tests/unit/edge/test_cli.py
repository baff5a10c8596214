import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.settings import EdgeSettings
from edge.spool.rows import DeadLetter, Draft
from edge.spool.spool import Spool
from edge.status_file import AgentState, DeviceState, StatusFile
from process.settings import SettingsError, load
from tests.unit.edge.conftest import Turned, draft
from tests.unit.edge.spool.test_spool import receipt
from wire.events import source_of
from wire.kinds.result import ResultV1

GOOD = 'station = "m1"\ndata = "{data}"\n[[device]]\nname = "reader"\nport = "{port}"\nadapter = "{adapter}"\n'


def config(tmp_path: Path, *, port: str = "/dev/ttyS0", adapter: str = "astm", more: str = "") -> list[str]:
    path = tmp_path / "edge.toml"
    path.write_text(GOOD.format(data=tmp_path / "data", port=port, adapter=adapter) + more)
    return ["--config", str(path)]


def run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, list(arguments))
    return found.exit_code, found.output


def test_a_good_file_passes(tmp_path: Path) -> None:
    assert run("config", "check", "--offline", *config(tmp_path)) == (0, "ok: station m1, 1 devices\n")


def test_the_settings_in_force_are_printed(tmp_path: Path) -> None:
    for command in (["run"], ["config", "check", "--offline"]):
        code, output = run(*command, *config(tmp_path), "--print-config")
        assert code == 0
        assert json.loads(output)["device"][0]["clock_skew_s"] == 300.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"adapter": "unheard-of"}, r"edge.toml:6: device.0.adapter: device reader: no adapter 'unheard-of'"),
        ({"port": "usb:1a86"}, r"edge.toml:5: device.0.port: device reader: port 'usb:1a86'"),
        ({"more": "prot = 1\n"}, r"edge.toml:7: device.0.prot: unknown key"),
        ({"more": '[broker]\nport = "x"\n'}, r"edge.toml:8: broker.port"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, change: dict[str, str], message: str) -> None:
    for command in (["config", "check", "--offline"], ["run"]):
        code, output = run(*command, *config(tmp_path, **change))
        assert code == 2
        assert message in output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('station = "M 1"', "station name"),
        ('station = "m1"\ntimezone = "Mars/Olympus"', "no time zone"),
        ('station = "m1"\n[broker]\ncert_file = "x"', "belong together"),
        ('station = "m1"\n[uplink]\nwindow_smallest = 5000', "window_smallest"),
        (
            GOOD.format(data="d", port="p", adapter="a") + '[[device]]\nname = "reader"\nport = "q"\nadapter = "a"',
            "twice",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message.replace("twice", "two devices with the name 'reader'")):
        load(EdgeSettings, path, "SHIAN_EDGE", {})


def test_without_a_spool_it_says_so(tmp_path: Path) -> None:
    assert run("status", *config(tmp_path))[0] == 0
    code, output = run("outbox", *config(tmp_path))
    assert code == 2
    assert "no spool" in output


@pytest.fixture
def worked(spool: Spool, turned: Turned, tmp_path: Path) -> Spool:
    """Return a spool in which an event waits, one was refused, and there are dead letters."""
    spool.record([draft(1), draft(2), draft(3)], [DeadLetter("reader", "checksum", b"\x02half a frame", 7)])
    spool.apply([receipt(spool, 1, refused=(2,))])
    state = AgentState(
        station="m1",
        version="0",
        pid=1,
        started_at=turned.now,
        stream=str(spool.stream),
        is_connected=True,
        full_since=turned.now,
        devices=(
            DeviceState(
                name="reader",
                port="/dev/ttyS0",
                is_open=True,
                results=3,
                last_bytes_at=turned.now,
                last_result_at=turned.now,
                last_measured_at=turned.now - timedelta(days=1),
                is_due=True,
            ),
        ),
    )
    StatusFile(tmp_path / "data").write(state)
    return spool


@pytest.mark.usefixtures("worked")
def test_the_outbox_shows_what_waits_what_was_refused_and_dead_letters(tmp_path: Path) -> None:
    code, output = run("outbox", *config(tmp_path), "--json")
    assert code == 0
    found = json.loads(output)
    assert [(row["sequence"], row["refused"]) for row in found["outbox"]] == [(2, "unknown_station"), (3, None)]
    assert found["dead_letters"][0]["data_hex"] == b"\x02half a frame".hex()
    code, output = run("outbox", *config(tmp_path), "--limit", "1")
    assert code == 0
    assert "1 wait for a receipt, 1 were refused, 1 dead letters" in output


def test_the_status_is_shown_while_the_agent_runs_and_after(worked: Spool, tmp_path: Path) -> None:
    code, output = run("status", *config(tmp_path), "--json")
    assert code == 0
    found = json.loads(output)
    assert (found["is_running"], found["spool"]["waiting"], found["spool"]["refused"]) == (
        True,
        1,
        {"unknown_station": 1},
    )
    code, output = run("status", *config(tmp_path))
    assert code == 0
    assert "DISK FULL since" in output
    worked.close()
    assert json.loads(run("status", *config(tmp_path), "--json")[1])["is_running"] is False


@pytest.mark.parametrize(
    ("is_chinese", "words"), [(False, ("last result", "its clock")), (True, ("最近结果", "设备时间"))]
)
def test_the_status_shows_the_last_result_of_a_device_with_its_own_time(
    worked: Spool,
    turned: Turned,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_chinese: bool,
    words: tuple[str, str],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("process.language.IS_CHINESE", is_chinese)
    code, output = run("status", *config(tmp_path))
    assert ("长时间无新数据" if is_chinese else "nothing new for too long") in output
    worked.close()
    code, output = run("status", *config(tmp_path))
    assert code == 0
    assert "nothing new" not in output, "nobody listens"
    title, clock = words
    assert title in output
    assert f"{turned.now.astimezone():%Y-%m-%d %H:%M:%S}" in output
    assert f"{clock} {(turned.now - timedelta(days=1)).astimezone():%Y-%m-%d %H:%M:%S}" in output


@pytest.mark.parametrize(
    ("is_chinese", "words"),
    [
        (
            False,
            ("1 folded, 0 read again from a memory, 1 possible repeats", "sent again", "repeats (possible)", "1 (1)"),
        ),
        (
            True,
            (
                "已合并 1 条，重读仪器存储 0 条，疑似重复（已保留并标记）1 条",
                "同一次传输的重发",
                "重复（疑似）",
                "1 (1)",
            ),
        ),
    ],
)
def test_repeats_are_shown_with_both_sides(
    worked: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_chinese: bool, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setattr("process.language.IS_CHINESE", is_chinese)
    alike = Draft(a_result("POS"), source_of("m1", "reader"), likeness="ab" * 32)
    first, second = worked.record([alike, alike])
    assert first is not None
    assert second is not None
    assert second.is_possible_repeat
    assert worked.record([replace(alike, data=a_result("POSITIVE"), again=first.number)]) == [None]
    code, output = run("repeats", *config(tmp_path))
    assert code == 0
    status = run("status", *config(tmp_path))[1]
    assert all(word in output + status for word in words)
    document = json.loads(run("repeats", *config(tmp_path), "--json")[1])
    assert document["counts"] == {"reader": {"folded": 1, "reread": 0, "possible": 1}}
    (row,) = document["repeats"]
    assert (row["first"]["value_text"], row["again"]["value_text"]) == ("POS", "POSITIVE")
    assert (row["first_sequence"], row["device"]) == (first.number, "reader")
    assert json.loads(run("status", *config(tmp_path), "--json")[1])["spool"]["repeats"] == document["counts"]


def a_result(value_text: str) -> ResultV1:
    return ResultV1(adapter="astm", profile="generic", item="NIT", value_text=value_text, identity="cd" * 32)


def test_a_profile_of_ones_own_is_found_and_its_mistakes_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    text = 'name = "mine"\nfamily = "astm"\nmaker = "m"\nmodel = "x"\nevidence = "capture"\n'
    (folder / "mine.toml").write_text(text)
    (folder / "broken.toml").write_text(text + "charst = 1\n")
    arguments = config(tmp_path, more='profile = "mine"\n')
    path = tmp_path / "edge.toml"
    path.write_text(f'profiles = "{folder}"\n' + path.read_text())
    code, output = run("config", "check", "--offline", *arguments)
    assert code == 0
    assert f"{folder}/broken.toml:6: charst: unknown key" in output
    (folder / "mine.toml").write_text(text + "[options]\nx = 1\n")
    code, output = run("config", "check", "--offline", *arguments)
    assert code == 2
    assert f"{folder}/mine.toml:7: options.x: unknown key" in output
    path.write_text(path.read_text().replace(str(folder), str(tmp_path / "none")))
    assert run("config", "check", "--offline", *arguments)[0] == 2
