"""The looks and the questions of `shian edge config check`."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import NameOID, load_pem_x509_certificates

from edge.commands.check_screen import look_at_screen, screen_questions
from edge.commands.needed import profiles, vision
from edge.device import ports
from edge.device.listen_link import address_of, is_listening
from edge.errors import LinkUnavailableError
from edge.settings import DeviceSettings, EdgeSettings
from edge.spool.view import is_agent_running
from process.checks.files import look_at_broker
from process.checks.findings import Finding, note
from process.checks.peers import Question, broker_question, centre_question, look_at_listening, look_up, port_question
from process.language import t
from process.named_files import Key

_RTSP = 554


def look(settings: EdgeSettings) -> Iterator[Finding]:
    """Yield what is wrong on this machine, beside the files."""
    yield from profiles(settings)
    yield from look_at_broker(("broker",), settings.broker)
    yield from _certificate(settings)
    is_running = is_agent_running(settings.data)
    for number, device in enumerate(settings.device):
        yield from _port(("device", number, "port"), device, is_running=is_running)
    if settings.metrics.port and not is_running:
        yield from look_at_listening(("metrics", "port"), settings.metrics.host, settings.metrics.port)
    if settings.camera:
        yield from _cameras(settings)
    yield from look_at_screen(settings)


def questions(settings: EdgeSettings) -> Iterator[Question]:
    """Yield the questions to the broker, the centre, the cameras, and the devices of the network."""
    yield broker_question(("broker",), settings.broker)
    if settings.media.url:
        yield centre_question(("media", "url"), settings.media.url, settings.media.ca_file)
    if settings.enrolment.url:
        yield centre_question(("enrolment", "url"), settings.enrolment.url, settings.enrolment.ca_file)
    if settings.down.url:
        yield centre_question(("down", "url"), settings.down.url, settings.down.ca_file)
    yield from screen_questions(settings)
    for number, device in enumerate(settings.device):
        # Its name alone: a converter with one connection would hang up on the agent.
        if device.port.startswith("socket://"):
            yield look_up(("device", number, "port"), urlsplit(device.port).hostname or "")
    for number, camera in enumerate(settings.camera):
        for key in ("url", "main_url"):
            parts = urlsplit(getattr(camera, key))
            if parts.scheme.startswith("rtsp") and parts.hostname:
                yield port_question(("camera", number, key), parts.hostname, parts.port or _RTSP)
        if camera.onvif:
            yield port_question(("camera", number, "onvif", "host"), camera.onvif.host, camera.onvif.port)


def _port(key: Key, device: DeviceSettings, *, is_running: bool) -> Iterator[Finding]:
    """Look at a device's port. It is not opened: that alone may reset an analyzer, and the agent may hold it."""
    if ports.check(device.port) or device.port.startswith("socket://"):
        return
    if is_listening(device.port):
        if not is_running:
            yield from look_at_listening(key, *address_of(device.port))
        return
    try:
        path = Path(ports.resolve(device.port))
    except LinkUnavailableError as exc:
        yield Finding(key, f"device {device.name}: {exc}; {_plugged()}")
        return
    if not path.exists():
        no_port = t("there is no such port", "端口不存在")
        yield Finding(key, f"device {device.name}: {path}: {no_port}; {_plugged()}")
    elif not os.access(path, os.R_OK | os.W_OK):
        closed = t(
            "this user may not open it: usermod -aG dialout USER",
            "当前用户无权打开：usermod -aG dialout 用户名",
        )
        yield Finding(key, f"device {device.name}: {path}: {closed}")


def _plugged() -> str:
    return t("is the analyzer plugged in? ls -l /dev/serial/by-id", "请确认检测仪已连接：ls -l /dev/serial/by-id")


def _certificate(settings: EdgeSettings) -> Iterator[Finding]:
    """Yield whether the certificate is of another station. A file that cannot be read is named elsewhere."""
    path = settings.broker.cert_file
    if path is None:
        return
    try:
        (first, *_) = load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return
    names = [str(name.value) for name in first.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names and settings.station not in names:
        yield Finding(
            ("station",),
            t(
                f"the certificate in {path} is that of {names[0]}: "
                f"the broker will take nothing from {settings.station}",
                f"{path} 中的证书属于 {names[0]}：消息代理不会接收 {settings.station} 的数据",
            ),
        )


def _cameras(settings: EdgeSettings) -> Iterator[Finding]:
    lacking = list(vision())
    yield from lacking
    if not settings.media.url:
        yield note(
            ("camera", 0),
            t(
                "pictures stay at the station: [media] url, the centre's address, is not set",
                "画面只保留在本检测点：未设置 [media] url（中心地址）",
            ),
        )
    for number, camera in enumerate(settings.camera):
        for key in ("url", "main_url"):
            yield from _film(("camera", number, key), camera.name, getattr(camera, key))
    if not lacking:
        yield from _models(settings)


def _film(key: Key, name: str, url: str) -> Iterator[Finding]:
    """Look at a camera that is a file or a device of this machine."""
    if not url or "://" in url:
        return
    if not Path(url).exists():
        missing = t("there is no such file or device", "文件或设备不存在")
        yield Finding(key, f"camera {name}: {url}: {missing}")
    elif not os.access(url, os.R_OK):
        closed = t("this user may not read it", "当前用户无权读取")
        yield Finding(key, f"camera {name}: {url}: {closed}")


def _models(settings: EdgeSettings) -> Iterator[Finding]:
    """Open the models of the cameras: that of faces, and those of the rules."""
    from edge.camera.detect.errors import ModelError  # noqa: PLC0415  only where there is a camera
    from edge.camera.detect.faces import FACES, face_detector  # noqa: PLC0415
    from edge.camera.detect.models import Models  # noqa: PLC0415
    from edge.camera.detect.rules import make_rules  # noqa: PLC0415

    hiding = [number for number, camera in enumerate(settings.camera) if camera.evidence.blur == "faces"]
    if hiding:
        try:
            is_there = face_detector(settings.models) is not None
        except ModelError as exc:
            yield Finding(("camera", hiding[0]), str(exc))
        else:
            if not is_there:
                yield note(
                    ("camera", hiding[0]),
                    t(
                        "no model of faces is installed, so every picture is made coarse (96 pixels wide): "
                        f"shian edge model install {FACES}",
                        f"未安装人脸模型，画面一律模糊（宽 96 像素）：请执行 shian edge model install {FACES}",
                    ),
                )
    models = Models(settings.models)
    for number, camera in enumerate(settings.camera):
        if camera.detect.rule:
            try:
                make_rules(camera, models)
            except ModelError as exc:
                yield Finding(("camera", number, "detect"), f"camera {camera.name}: {exc}")
