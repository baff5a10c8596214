"""Secrets' files that others may read are refused, all at once, wherever the settings name them."""

from pathlib import Path

import pytest

from process.named_files import CertificateFile, KeyFile, SecretFile
from process.private_files import complaints, refuse_open
from process.settings import Settings, SettingsError


class Camera(Settings):
    password_file: SecretFile | None = None


class Broker(Settings):
    cert_file: CertificateFile | None = None
    key_file: KeyFile | None = None


class Agent(Settings):
    broker: Broker = Broker()
    camera: tuple[Camera, ...] = ()
    token_file: SecretFile | None = None


def secret(folder: Path, name: str, mode: int) -> Path:
    path = folder / name
    path.write_text("a secret")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("mode", "is_open"),
    [(0o600, False), (0o400, False), (0o640, False), (0o644, True), (0o604, True), (0o660, True), (0o602, True)],
)
def test_a_file_that_others_may_read_or_change_is_open(tmp_path: Path, mode: int, is_open: bool) -> None:
    assert bool(complaints(Agent(token_file=secret(tmp_path, "token", mode)))) is is_open


def test_all_open_files_are_named_at_once_and_certificates_are_none(tmp_path: Path) -> None:
    agent = Agent(
        broker=Broker(cert_file=secret(tmp_path, "crt", 0o644), key_file=secret(tmp_path, "key", 0o644)),
        camera=(Camera(), Camera(password_file=secret(tmp_path, "password", 0o644))),
        token_file=secret(tmp_path, "token", 0o600),
    )
    with pytest.raises(SettingsError) as caught:
        refuse_open(agent)
    said = str(caught.value)
    assert [name in said for name in ("/key", "/password", "/crt", "/token")] == [True, True, False, False]
    assert "chmod 600" in said
    assert "a secret" not in said


def test_a_file_that_is_not_there_is_left_to_whoever_opens_it(tmp_path: Path) -> None:
    refuse_open(Agent(token_file=tmp_path / "none"))
