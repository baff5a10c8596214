"""The station's screen on the market's network: by TLS, under a name of its own, with an operator's PIN; and there the
camera of the tablet reads a code, which goes the way of a scanner."""

import base64
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import expect, sync_playwright
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from authority.ca import Authority
from authority.certificates import load
from authority.pairs import write_pair
from authority.requests import make_key, make_request
from edge.screen.reader.routes import DIST
from shian.local.layout import write_settings
from shian.local.ports import free_port
from tests.browser.conftest import FLAGS, Watched
from tests.browser.patience import patient
from tests.support import processes
from tests.support.edge_station import running, settings_document
from tests.support.finger import LONGEST_MS, SIZE, Finger
from tests.support.screen_station import down_document, keep_document
from tests.support.waiting import wait_for
from wire.down import Operator

pytestmark = pytest.mark.browser
NAME = "screen.market.test"
CODE = "SHIAN-B.b2"  # 兴农果蔬, at A-13
WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True, slots=True)
class Tablet:
    """A browser that knows the way to the station's name, and whose camera looks at a code."""

    visitors: Watched
    address: str


def film(path: Path, code: str) -> None:
    """Write what the camera sees: a QR code on a sheet of grey paper, in one picture (YUV4MPEG2)."""
    rows = [bytearray(b"\x90" * WIDTH) for _ in range(HEIGHT)]
    matrix = [list(row) for row in segno.make(code, micro=False).matrix_iter(scale=8, border=4)]
    top, left = (HEIGHT - len(matrix)) // 2, (WIDTH - len(matrix[0])) // 2
    for place, row in enumerate(matrix):
        rows[top + place][left : left + len(row)] = bytes(30 if dark else 220 for dark in row)
    picture = b"".join(map(bytes, rows)) + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + 3 * (b"FRAME\n" + picture))


@pytest.fixture(scope="module")
def tablet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablet]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on the PATH")
    folder = tmp_path_factory.mktemp("tablet")
    authority, key, pair = Authority.create(folder / "ca", now=datetime.now(UTC)), make_key(), folder / "screen.pem"
    write_pair(pair, key, authority.issue_server(make_request(key), [NAME], now=datetime.now(UTC)).pem)
    # Of all that a browser refuses, this certificate alone is let through; another one would not be.
    spki = load(pair.read_bytes()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pinned = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    film(folder / "camera.y4m", CODE)
    flags = [
        *FLAGS,
        f"--ignore-certificate-errors-spki-list={pinned}",
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={folder / 'camera.y4m'}",
    ]
    pin = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)).hash("4711")
    keep_document(folder / "data", down_document("m1", operators=(Operator(code="o1", name="检测员一", pin=pin),)))
    document = settings_document(folder, 1, device=[])
    with running(document, is_awaited=False) as agent:
        wait_for(lambda: agent.desk.is_listening, what="the desk")
        port = free_port()
        listen = {"listen": f"0.0.0.0:{port}", "cert_file": str(pair), "key_file": str(pair), "names": [NAME]}
        write_settings(folder / "edge.toml", {"station": "m1", "data": str(folder / "data")}, {"screen": listen}, {})
        screen = processes.shian("screen", folder, ["edge", "screen", "--config", folder / "edge.toml"])
        screen.start()
        try:
            wait_for(lambda: "screen_listens" in screen.log.read_text("utf-8"), timeout_s=60, what="the screen")
            with patient(), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=flags)
                visitors = Watched(browser)
                visitors.forgive("401")  # whoever does something is asked for the PIN
                yield Tablet(visitors, f"https://{NAME}:{port}/")
                browser.close()
        finally:
            screen.stop()


def opened(tablet: Tablet, locale: str) -> Finger:
    page = tablet.visitors.page(tablet.address, locale=locale, viewport=SIZE, has_touch=True)
    page.set_default_timeout(LONGEST_MS)
    page.locator("#line[data-state=alone]").wait_for()
    return Finger(page)


def test_a_tablet_signs_in_by_tls_and_its_camera_fills_the_form(tablet: Tablet) -> None:
    if not DIST.is_dir():
        pytest.fail("the reader of codes was not built: python hatch_build.py")
    finger = opened(tablet, "zh-CN")
    page = finger.page
    assert page.evaluate("isSecureContext") is True
    finger.touch("[data-choice=韭菜]")
    finger.touch("#scan-camera")
    expect(page.locator("[data-field-of=stall]")).to_contain_text("A-13")
    expect(page.locator("#scan-video")).to_have_count(0)  # and the camera is off
    finger.touch("#register")  # nobody is signed in
    finger.touch("[data-operator=o1]")
    for digit in "4711":
        finger.touch(page.locator(".pad").get_by_text(digit, exact=True))
    finger.touch("#sign-in")
    expect(page.locator("#who")).to_have_text("检测员一")
    finger.touch("#register")
    expect(page.locator("#given")).to_contain_text("A-13")
    (cookie,) = page.context.cookies()
    assert cookie["secure"]
    tablet.visitors.close()
    assert tablet.visitors.complaints == []


# A camera whose first picture comes a while after its size: until then a browser gives none.
SLOW = """() => {
  let isSlow = true;
  const make = window.createImageBitmap;
  Object.defineProperty(HTMLMediaElement.prototype, "readyState", { get: () => (isSlow ? 1 : 4) });
  window.createImageBitmap = (of) => (isSlow ? Promise.reject(new DOMException("", "InvalidStateError")) : make(of));
  setTimeout(() => { isSlow = false; }, 1500);
}"""


def test_a_camera_that_is_slow_to_give_its_first_picture_is_waited_for(tablet: Tablet) -> None:
    finger = opened(tablet, "zh-CN")
    finger.page.evaluate(SLOW)
    finger.touch("[data-choice=韭菜]")
    finger.touch("#scan-camera")
    expect(finger.page.locator("[data-field-of=stall]")).to_contain_text("A-13")


REFUSALS = {
    "NotAllowedError": ("未获准", "allow it"),
    "NotFoundError": ("没有摄像头", "no camera"),
    "NotReadableError": ("占用", "Another program"),
}


@pytest.mark.parametrize(("locale", "place"), [("zh-CN", 0), ("en-GB", 1)])
def test_a_camera_that_cannot_be_used_says_why(tablet: Tablet, locale: str, place: int) -> None:
    finger = opened(tablet, locale)
    page = finger.page
    for name, words in REFUSALS.items():
        refusal = f"Promise.reject(new DOMException('', '{name}'))"
        page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = () => {refusal}; }}")
        finger.touch("#scan-camera")
        expect(page.locator("#toast")).to_contain_text(words[place])
    page.evaluate("() => { Object.defineProperty(navigator, 'mediaDevices', { value: undefined }); }")
    finger.touch("#scan-camera")
    expect(page.locator("#toast")).to_contain_text("https")
    tablet.visitors.close()
    assert tablet.visitors.complaints == []


def test_an_installation_without_the_reader_says_so(tablet: Tablet) -> None:
    finger = opened(tablet, "en-GB")
    for words in ("404", "reader/worker.js"):
        tablet.visitors.forgive(words)
    finger.page.route("**/reader/worker.js", lambda route: route.fulfill(status=404))
    finger.touch("#scan-camera")
    expect(finger.page.locator("#toast")).to_contain_text("cannot read codes")
    expect(finger.page.locator("#scan-video")).to_have_count(0)
    tablet.visitors.close()
    assert tablet.visitors.complaints == []
