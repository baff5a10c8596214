"""`config check` of the three processes: every field of a file is looked at, and all mistakes are told at once."""

import json
import socket
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import edge.cli
import ingest.cli
import server.cli
from authority.ca import Authority
from authority.pairs import write_pair
from authority.requests import make_key, make_request
from edge.settings import EdgeSettings
from ingest.settings import Ingest
from process import signing_key
from process.checks.examining import examine
from process.checks.files import look_at_files
from process.named_files import Use, fields_of_files
from process.settings import Settings
from server.settings import ServerSettings

MODELS: dict[str, type[Settings]] = {"edge": EdgeSettings, "ingest": Ingest, "server": ServerSettings}
APPS: dict[str, typer.Typer] = {"edge": edge.cli.app, "ingest": ingest.cli.app, "server": server.cli.app}
OURS = frozenset({Use.OWN_FOLDER, Use.OWN_FILE, Use.OWN_KEY})

# Settings that name every file and folder that settings can name. R: a place to read from, W: one to write to.
EVERY_FILE = {
    "edge": """
station = "m1"
data = "W"
profiles = "R"
[broker]
ca_file = "R"
cert_file = "R"
key_file = "R"
password_file = "R"
username = "m1"
[media]
ca_file = "R"
[enrolment]
ca_file = "R"
[screen]
cert_file = "R"
key_file = "R"
[down]
ca_file = "R"
[[camera]]
name = "hall"
url = "rtsp://127.0.0.1/sub"
password_file = "R"
""",
    "ingest": """
group_file = "R"
[broker]
ca_file = "R"
cert_file = "R"
key_file = "R"
password_file = "R"
username = "ingest"
[database]
dsn_file = "R"
""",
    "server": """
token_file = "R"
tls_file = "R"
[database]
dsn_file = "R"
[broker]
ca_file = "R"
cert_file = "R"
key_file = "R"
password_file = "R"
username = "server"
[media]
folder = "W"
[oidc]
issuer = "https://id.example"
client_id = "shian"
address = "https://food.example"
client_secret_file = "R"
[enrolment]
url = "https://food.example"
broker = { host = "food.example" }
authority = "R"
crl_file = "W"
[proof]
key_file = "R"
folder = "W"
[proof.webhook]
url = "https://keeper.example"
secret_file = "R"
[proof.mail]
host = "mail.example"
password_file = "R"
sender = "a@example"
to = ["b@example"]
[delivery.channels.aliyun_sms]
key_file = "R"
[delivery.channels.sms]
secret_file = "R"
[delivery.channels.email]
ca_file = "R"
password_file = "R"
[delivery.channels.web_push]
key_file = "W"
[delivery.channels.mqtt.broker]
ca_file = "R"
cert_file = "R"
key_file = "R"
password_file = "R"
username = "alerts"
[watch.filling_up]
folders = ["R"]
[delivery]
texts_file = "R"
[reports]
fonts = "R"
[map]
areas = "R"
""",
}


def check(process: str, path: Path, *more: str) -> tuple[int, str]:
    found = CliRunner().invoke(APPS[process], ["config", "check", "--config", str(path), *more])
    return found.exit_code, found.output


def written(tmp_path: Path, process: str, text: str) -> Path:
    path = tmp_path / f"{process}.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("process", MODELS)
def test_every_field_of_a_file_says_how_it_is_used(process: str) -> None:
    silent = [".".join(map(str, key)) for key, use in fields_of_files(MODELS[process]) if use is None]
    assert silent == [], "give the field a type of process/named_files.py"


@pytest.mark.parametrize("process", MODELS)
def test_the_settings_below_name_every_file_that_there_can_be(process: str) -> None:
    document: Any = tomllib.loads(EVERY_FILE[process])
    for key, use in fields_of_files(MODELS[process]):
        value: Any = document
        for step in key:
            value = value[step]  # a KeyError: add the new field to EVERY_FILE
        assert value == ("W" if use in OURS else "R"), key


@pytest.mark.parametrize("process", MODELS)
def test_all_files_that_are_not_there_are_named_at_once_with_their_keys(tmp_path: Path, process: str) -> None:
    (tmp_path / "file").write_text("")
    text = EVERY_FILE[process].replace('"R"', f'"{tmp_path}/none/r"').replace('"W"', f'"{tmp_path}/file/w"')
    code, output = check(process, written(tmp_path, process, text), "--offline", "--json")
    found = json.loads(output)
    assert code == 2
    assert found["is_good"] is False
    named = {row["key"]: row["line"] for row in found["findings"] if row["is_fault"]}
    for key, _ in fields_of_files(MODELS[process]):
        assert named.get(".".join(map(str, key)), 0) > 0, key


@pytest.mark.parametrize("process", MODELS)
def test_unreadable_contents_are_named_too(tmp_path: Path, process: str) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\xff nothing of use")
    wrong.chmod(0o644)
    text = EVERY_FILE[process].replace('"R"', f'"{wrong}"').replace('"W"', f'"{tmp_path}/w"')
    settings = examine(MODELS[process], written(tmp_path, process, text), "", {}).settings
    assert settings is not None
    named = {finding.key for finding in look_at_files(settings) if finding.is_fault}
    assert named == {key for key, use in fields_of_files(MODELS[process]) if use not in OURS}


@pytest.mark.parametrize("process", MODELS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("broker = [", "edge.toml|ingest.toml|server.toml"),
        ("log_level = 'loud'", "log_level"),
        ("[broker]\nhots = 'x'\n[metrics]\nport = 'y'", "broker.hots"),
    ],
)
def test_the_exit_code_is_the_same_for_all(tmp_path: Path, process: str, text: str | None, said: str) -> None:
    path = written(tmp_path, process, text) if text is not None else tmp_path / "none.toml"
    code, output = check(process, path, "--offline")
    assert code == 2
    assert any(word in output for word in said.split("|"))


@pytest.mark.parametrize("language", ["C.UTF-8", "zh_CN.UTF-8"])
def test_a_mistake_in_one_key_hides_no_other(tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("process.language.IS_CHINESE", language.startswith("zh"))
    text = f"""
station = "m1"
data = "{tmp_path}/data"
colour = "red"
[broker]
keepalive_s = 1
username = "m1"
password_file = "{tmp_path}/none"
[[device]]
port = "/dev/none"
adapter = "astm"
[[device]]
name = "second"
port = "{tmp_path}/no-port"
adapter = "unheard-of"
"""
    code, output = check("edge", written(tmp_path, "edge", text), "--offline")
    assert code == 2
    places = [line.split("edge.toml:", 1)[1].split(" ", 2)[:2] for line in output.splitlines() if "edge.toml:" in line]
    assert [tuple(place) for place in places] == [
        ("4:", "colour:"),
        ("6:", "broker.keepalive_s:"),
        ("8:", "broker.password_file:"),
        ("9:", "device.0.name:"),
        ("14:", "device.1.port:"),
        ("15:", "device.1.adapter:"),
    ]
    assert ("6 mistakes" if language == "C.UTF-8" else "共 6 处错误") in output


def test_a_variable_is_named_instead_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIAN_INGEST__DATABASE__DSN_FILE", f"{tmp_path}/none")
    code, output = check("ingest", written(tmp_path, "ingest", ""), "--offline")
    assert code == 2
    assert f"SHIAN_INGEST__DATABASE__DSN_FILE: {tmp_path}/none: there is no such file" in output


def test_credentials_of_systemd_are_noted_by_hand_and_opened_in_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[database]\ndsn_file = "${CREDENTIALS_DIRECTORY}/dsn"\n'
    path = written(tmp_path, "ingest", text)
    code, output = check("ingest", path, "--offline")
    assert code == 0, output
    assert "systemd hands it over" in output
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    code, output = check("ingest", path, "--offline")
    assert code == 2
    assert f"{tmp_path}/dsn: there is no such file" in output


def pair(tmp_path: Path, name: str, days_ago: float = 0, days: int = 30) -> Path:
    began = datetime.now(UTC) - timedelta(days=days_ago)
    folder = tmp_path / f"ca-{name}"
    authority = Authority.create(folder, now=began)
    key = make_key()
    path = tmp_path / f"{name}.pem"
    write_pair(path, key, authority.issue_client(make_request(key), name, now=began, days=days).pem)
    return path


def at_broker(tmp_path: Path, certificate: Path, key: Path, station: str = "m1") -> str:
    text = f"""
station = "{station}"
data = "{tmp_path}/data"
[broker]
ca_file = "{tmp_path}/ca-m1/ca.crt"
cert_file = "{certificate}"
key_file = "{key}"
"""
    return check("edge", written(tmp_path, "edge", text), "--offline")[1]


def test_certificates_are_looked_at_for_their_days_their_key_and_their_station(tmp_path: Path) -> None:
    good, other = pair(tmp_path, "m1"), pair(tmp_path, "m2")
    assert at_broker(tmp_path, good, good) == "ok: station m1, 0 devices\n"
    assert "is not the key of the certificate" in at_broker(tmp_path, good, other)
    assert "is that of m1" in at_broker(tmp_path, good, good, station="m2")
    old = pair(tmp_path, "m3", days_ago=40, days=30)
    assert "the certificate ended on" in at_broker(tmp_path, old, old, station="m3")
    good.chmod(0o644)
    assert f"chmod 600 {good}" in at_broker(tmp_path, good, good)


def camera_of(tmp_path: Path, more: str) -> str:
    text = f'station = "m1"\ndata = "{tmp_path}/data"\n[[camera]]\nname = "hall"\n{more}'
    return check("edge", written(tmp_path, "edge", text), "--offline")[1]


def test_a_camera_is_looked_at_for_its_film_its_model_and_where_its_pictures_go(tmp_path: Path) -> None:
    said = camera_of(tmp_path, f'url = "{tmp_path}/film.mp4"\n')
    assert "there is no such file or device" in said
    (tmp_path / "film.mp4").write_text("")
    said = camera_of(tmp_path, f'url = "{tmp_path}/film.mp4"\n')
    assert "pictures stay at the station" in said
    assert "shian edge model install yunet" in said
    assert "ok: station m1" in said, "both are notes"
    (tmp_path / "data" / "models").mkdir(parents=True)
    (tmp_path / "data" / "models" / "face_detection_yunet_2023mar.onnx").write_text("no model")
    said = camera_of(tmp_path, f'url = "{tmp_path}/film.mp4"\n[camera.evidence]\nblur = "faces"\n')
    assert "mistakes" in said or "install yunet" in said


def screen_of(tmp_path: Path, more: str, *flags: str) -> tuple[int, str]:
    text = f'station = "m1"\ndata = "{tmp_path}/data"\n{more}'
    code, output = check("edge", written(tmp_path, "edge", text), "--json", *flags)
    return code, json.dumps([one for one in json.loads(output)["findings"] if not one["key"].startswith("broker")])


def test_a_lamp_that_could_not_be_turned_on_is_named_before_a_test_fails(tmp_path: Path) -> None:
    program = tmp_path / "lamp"
    bell = f'[bell]\nfailed = ["{program}", "on"]\nseen = ["lamp", "off"]\n'
    code, said = screen_of(tmp_path, bell, "--offline")
    assert code == 2
    assert "there is no such program" in said
    assert "the full path of the program is needed" in said
    program.write_text("#!/bin/sh\n")
    assert "chmod +x" in screen_of(tmp_path, bell, "--offline")[1]
    program.chmod(0o755)
    assert screen_of(tmp_path, f'[bell]\nfailed = ["{program}", "on"]\n', "--offline") == (0, "[]")


def test_a_printer_that_is_off_is_said_plainly_and_keeps_nothing_from_starting(
    tmp_path: Path, taken_port: Callable[[], int]
) -> None:
    off = "the label printer is off or away"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    for label, said in ((f"tcp://127.0.0.1:{free}", off), (f"tcp://127.0.0.1:{taken_port()}", "")):
        _, found = screen_of(tmp_path, f'[screen]\nlabel = "{label}"\n')
        assert (off in found) == bool(said)
    code, found = screen_of(tmp_path, f'[screen]\nlabel = "{tmp_path}/lp0"\n', "--offline")
    assert (code, off in found) == (0, True)
    (tmp_path / "lp0").write_text("")
    assert screen_of(tmp_path, f'[screen]\nlabel = "{tmp_path}/lp0"\n', "--offline")[0] == 2
    assert screen_of(tmp_path, '[screen]\nlabel = "/dev/null"\nscanner = "/dev/null"\n', "--offline") == (0, "[]")
    code, found = screen_of(tmp_path, '[screen]\nscanner = "/dev/serial/by-id/none"\n', "--offline")
    assert (code, "the scanner is not plugged in" in found) == (0, True)


def test_the_ports_of_screen_and_board_are_looked_at_and_tls_is_asked_for(
    tmp_path: Path, taken_port: Callable[[], int]
) -> None:
    board = f'[screen.board]\nallowed_by = "Office, no. 17"\nlisten = "127.0.0.1:{taken_port()}"\n'
    code, said = screen_of(tmp_path, f'[screen]\nlisten = "0.0.0.0:0"\n{board}', "--offline")
    assert code == 2
    assert "screen.board.listen" in said
    assert "screen.cert_file" in said


def test_the_server_says_which_name_it_would_refuse(tmp_path: Path) -> None:
    text = """
public_url = "https://food.example"
allowed_hosts = ["other.example"]
[database]
dsn = "postgresql://127.0.0.1/none"
"""
    code, output = check("server", written(tmp_path, "server", text), "--offline")
    assert code == 2
    assert "add it to allowed_hosts" in output


@pytest.mark.parametrize("reach", ['host = "0.0.0.0"', "is_behind_tls = true", 'allowed_hosts = ["food.example"]'])
def test_a_server_that_others_reach_is_good_with_accounts_and_a_mistake_without(tmp_path: Path, reach: str) -> None:
    text = f'{reach}\nport = 0\n[database]\ndsn = "postgresql://127.0.0.1/none"\n'
    code, output = check("server", written(tmp_path, "server", text), "--offline")
    assert code == 0, output
    code, output = check("server", written(tmp_path, "server", f"{text}[accounts]\nis_on = false\n"), "--offline")
    assert code == 2
    assert "accounts.is_on:" in output


@pytest.mark.parametrize("process", MODELS)
def test_a_port_that_another_program_has_is_named(tmp_path: Path, process: str, taken_port: Callable[[], int]) -> None:
    port = taken_port()
    text = {
        "edge": f'station = "m1"\ndata = "{tmp_path}/d"\n[metrics]\nport = {port}\n',
        "ingest": f'[database]\ndsn = "postgresql://127.0.0.1/none"\n[metrics]\nport = {port}\n',
        "server": f'port = {port}\n[database]\ndsn = "postgresql://127.0.0.1/none"\n',
    }[process]
    code, output = check(process, written(tmp_path, process, text), "--offline")
    assert code == 2
    assert f"127.0.0.1:{port}: another program listens there" in output


@pytest.fixture
def taken_port() -> Iterator[Callable[[], int]]:
    """Listen, and hang up on whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    listener.accept()[0].close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        yield lambda: int(listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()


SERVER = 'port = 0\n[database]\ndsn = "postgresql://127.0.0.1/none"\n'


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[delivery.channels.web_push]\nkey_file = "{key}"\n', "no P-256 private key"),
        (
            '[proof]\nkey_file = "{key}"\n[proof.webhook]\nurl = "https://a.example"\nsecret_file = "{words}"\n',
            "whsec_",
        ),
    ],
)
def test_a_file_of_another_kind_is_a_mistake_before_it_is_used(tmp_path: Path, table: str, said: str) -> None:
    signing_key.make(tmp_path / "key")
    (tmp_path / "words").write_text("only words")
    (tmp_path / "words").chmod(0o600)
    text = SERVER + table.format(key=tmp_path / "key", words=tmp_path / "words")
    code, output = check("server", written(tmp_path, "server", text), "--offline")
    assert code == 2
    assert said in output
    assert "only words" not in output


def test_an_extra_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "server.media.s3", raising=False)
    text = f'{SERVER}[media]\nfolder = "{tmp_path}/media"\n[media.s3]\nbucket = "pictures"\n'
    code, output = check("server", written(tmp_path, "server", text), "--offline")
    assert code == 2
    assert "boto3 is not installed" in output
