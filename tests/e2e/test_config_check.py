"""`config check` against a real broker, a real database and peers that refuse or say nothing: every mistake at once."""

import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shian.local.broker import LocalBroker
from shian.local.ports import free_port
from tests.support import processes
from tests.support.guarded_broker import guarded_broker
from tests.support.services import INGEST, SERVER, as_role
from tests.support.waiting import wait_for


def check(process: str, path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Run the command; return its exit code and what it found."""
    done = processes.run(process, "config", "check", "--config", path, "--json", *more)
    return done.returncode, json.loads(done.stdout)


def faults(found: dict[str, Any]) -> dict[str, str]:
    return {row["key"]: row["text"] for row in found["findings"] if row["is_fault"]}


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def secret(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_good_settings_of_ingest_and_server_pass(tmp_path: Path, dsn: str, broker: LocalBroker) -> None:
    at = f'[broker]\nport = {broker.port}\n[database]\ndsn_file = "'
    ingest = secret(tmp_path / "ingest-dsn", as_role(dsn, INGEST))
    server = secret(tmp_path / "server-dsn", as_role(dsn, SERVER))
    code, found = check("ingest", write(tmp_path / "ingest.toml", f'{at}{ingest}"\n'))
    assert (code, found["findings"]) == (0, [])
    code, found = check("server", write(tmp_path / "server.toml", f'port = {free_port()}\n{at}{server}"\n'))
    assert (code, found["findings"]) == (0, [])


def test_everybody_who_is_away_is_named_at_once(tmp_path: Path, empty_dsn: str) -> None:
    nobody = free_port()
    text = f"""
station = "m1"
data = "{tmp_path}/data"
[broker]
port = {nobody}
[media]
url = "http://127.0.0.1:{nobody}"
[[camera]]
name = "hall"
url = "rtsp://127.0.0.1:{nobody}/sub"
"""
    code, found = check("edge", write(tmp_path / "edge.toml", text))
    assert code == 2
    assert set(faults(found)) == {"broker.host", "media.url", "camera.0.url"}
    assert all("nobody listens there" in text for text in faults(found).values())
    code, found = check("edge", tmp_path / "edge.toml", "--offline")
    assert (code, faults(found)) == (0, {})

    text = f"""
public_url = "http://127.0.0.1:{nobody}"
port = {free_port()}
[broker]
port = {nobody}
[database]
dsn = "{empty_dsn}"
"""
    code, found = check("server", write(tmp_path / "server.toml", text))
    assert code == 2
    assert set(faults(found)) == {"broker.host", "database.dsn"}
    assert "shian migrate" in faults(found)["database.dsn"]
    (noted,) = [row for row in found["findings"] if not row["is_fault"]]
    assert noted["key"] == "public_url", "the server need not be started yet"


def test_who_says_nothing_is_left_at_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        text = f"""
[broker]
port = {port}
[database]
dsn = "postgresql://u:hush@127.0.0.1:{port}/shian"
"""
        code, found = check("ingest", write(tmp_path / "ingest.toml", text), "--deadline", "3")
    assert code == 2
    assert set(faults(found)) == {"broker.host", "database.dsn"}
    assert "hush" not in json.dumps(found)


def test_who_is_no_broker_and_no_centre_is_named(tmp_path: Path, broker: LocalBroker, dsn: str) -> None:
    database = dsn.rsplit(":", 1)[1].split("/", maxsplit=1)[0]
    text = f"""
station = "m1"
data = "{tmp_path}/data"
[broker]
port = {database}
[media]
url = "http://127.0.0.1:{broker.port}"
"""
    code, found = check("edge", write(tmp_path / "edge.toml", text), "--deadline", "5")
    assert code == 2
    assert set(faults(found)) == {"broker.host", "media.url"}


def test_a_certificate_that_is_revoked_or_of_another_authority_is_named(tmp_path: Path) -> None:
    with guarded_broker(tmp_path / "one") as one, guarded_broker(tmp_path / "two") as two:

        def settings(pair: Path, authority: Path) -> Path:
            text = f"""
station = "m1"
data = "{tmp_path}/data"
[broker]
port = {one.broker.port}
ca_file = "{authority}"
cert_file = "{pair}"
key_file = "{pair}"
"""
            return write(tmp_path / "edge.toml", text)

        ours = settings(one.certificates.client("m1"), one.certificates.authority_file)
        with one.peer("m1", "m1") as agent:
            assert check("edge", ours)[0] == 0
            assert agent.is_in, "whoever is at work is not disturbed"
        other = two.certificates.client("m1")
        assert set(faults(check("edge", settings(other, one.certificates.authority_file))[1])) == {"broker.cert_file"}
        foreign = settings(one.certificates.client("m1"), two.certificates.authority_file)
        assert set(faults(check("edge", foreign)[1])) == {"broker.ca_file"}

        one.revoke("m1")
        ours = settings(one.certificates.client("m1"), one.certificates.authority_file)
        said = wait_for(lambda: faults(check("edge", ours)[1]), what="the list to be read")
        assert "shian station rekey" in said["broker.cert_file"]


@pytest.mark.skipif(shutil.which("mosquitto_passwd") is None, reason="no mosquitto_passwd on the PATH")
def test_a_wrong_password_is_named(tmp_path: Path) -> None:
    port = free_port()
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "m1", "right"], check=True, capture_output=True)
    text = f"listener {port} 127.0.0.1\nallow_anonymous false\nuser root\npassword_file {passwords}\n"
    running = subprocess.Popen(["mosquitto", "-c", str(write(tmp_path / "m.conf", text))])
    try:
        edge = f'station = "m1"\ndata = "{tmp_path}/data"\n[broker]\nport = {port}\n'
        path = write(tmp_path / "edge.toml", edge)
        wait_for(lambda: "lets nobody in" in faults(check("edge", path)[1]).get("broker.host", ""), what="the broker")
        word = secret(tmp_path / "password", "wrong")
        write(path, f'{edge}username = "m1"\npassword_file = "{word}"\n')
        assert set(faults(check("edge", path)[1])) == {"broker.password_file"}
        word.write_text("right")
        assert check("edge", path)[0] == 0
    finally:
        running.terminate()
        running.wait()
