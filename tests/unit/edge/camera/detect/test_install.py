"""Models from a real HTTP server, or from files; a model that is not whole and right leaves nothing behind."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.camera.detect import install
from edge.camera.detect.cli import app
from edge.camera.detect.errors import (
    ModelFetchError,
    ModelFormatError,
    ModelHashError,
    ModelMissingError,
    ModelUnknownError,
)
from edge.camera.detect.models import Models
from tests.support.tiny_models import LAYOUTS, picture_with, write_model

MAKE, OUTPUT = LAYOUTS["yolo"]
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/own.onnx"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def gives(content: bytes, *, claims: int | None = None) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content) if claims is None else claims))
        request.end_headers()
        request.wfile.write(content)

    return answer


def moved_to(path: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path != path:
            request.send_response(302)
            request.send_header("Location", path)
            request.send_header("Content-Length", "0")
            request.end_headers()
        else:
            gives(MAKE())(request)

    return answer


def described(folder: Path, address: str) -> Models:
    """Describe a model of one's own with an address; its file is not there."""
    path = write_model(folder, "own", MAKE(), OUTPUT)
    path.write_text(f'address = "{address}"\n{path.read_text("utf-8")}', "utf-8")
    (folder / "own.onnx").unlink()
    return Models(folder)


def fetch(models: Models) -> Path:
    with install.client() as client:
        return install.install_by_name(models, "own", client, lambda had, size: None)


@pytest.mark.parametrize("answer", [gives(MAKE()), moved_to("/elsewhere")])
def test_a_model_is_fetched(answer: Answer, tmp_path: Path) -> None:
    with serving(answer) as address:
        models = described(tmp_path, address)
        assert fetch(models) == tmp_path / "own.onnx"
    assert models.detector("own").detect(picture_with(1, 1))
    assert (tmp_path / "own.onnx").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (gives(b"x" * len(MAKE())), ModelHashError, r"http://127\.0\.0\.1.*expected sha256 .*found"),
        (gives(MAKE()[:-1]), ModelHashError, "expected sha256"),
        (gives(MAKE() + b"more"), ModelHashError, r"expected \d+ bytes; found more"),
        (gives(b""), ModelHashError, r"expected \d+ bytes; found 0"),
        (gives(MAKE()[:100], claims=500), ModelFetchError, "RemoteProtocolError"),
        (lambda handler: handler.send_error(404), ModelFetchError, "expected status 200; found 404"),
    ],
)
def test_what_is_not_right_leaves_what_was_there(
    answer: Answer, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with serving(answer) as address:
        models = described(tmp_path, address)
        (tmp_path / "own.onnx").write_bytes(b"what was there")
        with pytest.raises(error, match=message):
            fetch(models)
    assert (tmp_path / "own.onnx").read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.onnx", "own.toml"]


def test_no_server_and_no_address(tmp_path: Path) -> None:
    with serving(gives(MAKE())) as address:
        pass
    with pytest.raises(ModelFetchError, match="ConnectError"):
        fetch(described(tmp_path, address))
    with pytest.raises(ModelFetchError, match="no address"):
        fetch(described(tmp_path / "other", ""))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    source = write_model(tmp_path / "source", "own", MAKE(), OUTPUT)
    with pytest.raises(ModelFetchError, match="cannot be stored"):
        install.install_file(Models(tmp_path / "models"), source)


def test_a_described_model_is_taken_with_its_description(tmp_path: Path) -> None:
    source = write_model(tmp_path / "source", "own", MAKE(), OUTPUT)
    models = Models(tmp_path / "models")
    assert install.install_file(models, source) == ("own", tmp_path / "models" / "own.onnx")
    assert sorted(path.name for path in models.folder.iterdir()) == ["own.onnx", "own.toml"]
    assert models.detector("own").labels == ("red", "blue")
    assert models.known()["own"].purpose == "a test"


def test_files_that_cannot_be_taken(tmp_path: Path) -> None:
    models = Models(tmp_path / "models")
    source = write_model(tmp_path, "own", MAKE(), OUTPUT)
    with pytest.raises(ModelUnknownError, match=r"own\.onnx: no model of the catalogue has its sha256.*own\.toml"):
        install.install_file(models, tmp_path / "own.onnx")
    with pytest.raises(ModelUnknownError, match="cannot be read"):
        install.install_file(models, tmp_path / "other.onnx")
    source.write_text(source.read_text("utf-8").replace('name = "own"', 'name = "yunet"'), "utf-8")
    with pytest.raises(ModelUnknownError, match="belongs to the catalogue"):
        install.install_file(models, source)
    broken = write_model(tmp_path, "broken", b"no model", OUTPUT)
    with pytest.raises(ModelFormatError, match=r"broken\.onnx: not an ONNX model"):
        install.install_file(models, broken)
    (tmp_path / "broken.onnx").unlink()
    with pytest.raises(ModelMissingError, match=r"broken\.onnx"):
        install.install_file(models, broken)
    assert list(models.folder.iterdir()) == []


def test_the_commands(tmp_path: Path) -> None:
    models = str(tmp_path / "models")
    source = write_model(tmp_path, "own", MAKE(), OUTPUT)

    def shian(*arguments: str) -> tuple[int, str]:
        answer = CliRunner().invoke(app, [*arguments])
        return answer.exit_code, answer.output

    assert shian("show", str(tmp_path / "own.onnx"), "--models", models)[1].count("\n") == 5
    assert shian("install", str(source), "--models", models)[0] == 0
    code, output = shian("list", "--models", models)
    assert code == 0
    assert {line.split()[0]: line.split()[1] for line in output.splitlines()[:-1]} == {
        "aizoo_mask": "-", "fastestdet": "-", "mnv1_embed": "-", "own": "installed", "yunet": "-",
    }  # fmt: skip
    code, output = shian("show", "own", "--models", models)
    assert (code, "the file is the right one" in output) == (0, True)
    (tmp_path / "models" / "own.onnx").write_bytes(b"changed")
    code, output = shian("show", "own", "--models", models)
    assert (code, "expected sha256" in output) == (2, True)
    assert shian("show", "nothing", "--models", models)[0] == 2
    assert shian("install", "nothing", "--models", models)[0] == 2
    (tmp_path / "models" / "own.toml").write_text("broken")
    assert shian("list", "--models", models)[0] == 2
