"""The units of the console, by vitest; its build, and how the server gives its files."""

import asyncio
import gzip
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import hatch_build
from server import page

ROOT = Path(hatch_build.__file__).parent


def test_the_units_of_the_console() -> None:
    if not hatch_build.MODULES.exists():
        pytest.skip("the console's modules are not installed (no registry)")
    command = [sys.executable, "hatch_build.py", "run", "vitest", "run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_source_or_word_makes_the_console_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "server" / "console"
    (sources / "src").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "index.html", "src/main.ts"):
        (sources / name).write_text(name)
    (sources / "public").mkdir()
    words = tmp_path / "wire" / "words" / "states.toml"
    words.parent.mkdir(parents=True)
    words.write_text("[state]")
    (tmp_path / "server" / "access").mkdir()
    (tmp_path / "server" / "access" / "permissions.toml").write_text("[roles]")
    monkeypatch.setattr(hatch_build, "ROOT", tmp_path)
    monkeypatch.setattr(hatch_build, "CONSOLE", sources)
    states = {hatch_build.state()}
    words.write_text("[states]")
    states.add(hatch_build.state())
    (sources / "src" / "main.ts").write_text("changed")
    states.add(hatch_build.state())
    (sources / "src" / "new.ts").write_text("")
    states.add(hatch_build.state())
    assert len(states) == 4


def test_an_install_without_a_registry_goes_on_and_leaves_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise subprocess.CalledProcessError(1, ["npm", "ping"], stderr="no registry")

    monkeypatch.setattr(hatch_build, "_install", fails)
    monkeypatch.setattr(hatch_build, "STAMP", tmp_path / "none")
    monkeypatch.setattr(hatch_build, "REASON", tmp_path / "reason")
    monkeypatch.delenv("SHIAN_CONSOLE", raising=False)
    hatch_build.build()
    assert "no registry" in (tmp_path / "reason").read_text()
    monkeypatch.setenv("SHIAN_CONSOLE", "required")
    with pytest.raises(RuntimeError, match="no registry"):
        hatch_build.build()


def get(dist: Path, path: str, **headers: str) -> httpx.Response:
    app = FastAPI()
    app.mount("/static", page.PageFiles(directory=dist, check_dir=False))
    for place in page.PLACES:
        app.add_api_route(place, page.page)

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://food.example.gov.cn") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(answer())


def test_files_are_packed_for_who_takes_them_and_kept_where_their_name_is_their_contents(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main-1.js").write_text("let one;")
    (tmp_path / "assets" / "main-1.js.gz").write_bytes(gzip.compress(b"let one;"))
    (tmp_path / "icon.svg").write_text("<svg/>")
    packed = get(tmp_path, "/static/assets/main-1.js", **{"Accept-Encoding": "gzip"})
    plain = get(tmp_path, "/static/assets/main-1.js", **{"Accept-Encoding": "identity"})
    assert packed.text == plain.text == "let one;"
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["content-type"].startswith("text/javascript")
    assert get(tmp_path, "/static/icon.svg").headers["cache-control"] == "no-cache"


def test_without_a_build_the_page_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reason").write_text("npm said no")
    monkeypatch.setattr(page, "DIST", tmp_path)
    monkeypatch.setattr(page, "_REASON", tmp_path / "reason")
    answer = get(tmp_path, "/alerts")
    assert answer.status_code == 503
    assert "npm said no" in answer.text


def test_each_place_of_the_console_has_its_address_at_the_server() -> None:
    """Compare the router's paths with the server's: a page without one would be lost when it is loaded again."""
    told = re.findall(r'path: "(/[^*"]*)"', (hatch_build.CONSOLE / "src" / "router.ts").read_text("utf-8"))
    assert {re.sub(r":(\w+)", r"{\1}", path) for path in told} == set(page.PLACES)
