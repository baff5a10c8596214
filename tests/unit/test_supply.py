"""The released set: locked with hashes, fit for pyproject.toml; an audit that asked nobody is no clean one."""

import json
import re
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from supply import audit, console, licences, sbom
from supply.locked import Locked, read

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=;!~ ]", requirement)[0].lower().replace("_", "-")


def test_every_package_is_locked_with_its_hashes_from_the_public_index() -> None:
    packages = read()
    assert len(packages) > 100
    assert all(each.startswith("sha256:") for package in packages for each in package.hashes)
    registries = set(re.findall(r'registry = "([^"]+)"', (ROOT / "uv.lock").read_text()))
    assert registries == {"https://pypi.org/simple"}, "not the mirror of whoever made it"


def test_the_lock_fits_the_project() -> None:
    """Compare the requirements, as `uv lock --check` does, without a network."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    (own,) = (package for package in lock["package"] if package["name"] == "shian")
    said = own["metadata"]["requires-dist"]
    wanted = {(name_of(each), "") for each in PROJECT["dependencies"]}
    for extra, requirements in PROJECT["optional-dependencies"].items():
        wanted |= {(name_of(each), extra) for each in requirements if name_of(each) != "shian"}
    locked = {(each["name"], _extra(each)) for each in said if each["name"] != "shian"}
    assert {pair for pair in wanted if pair not in locked} == set()
    specifiers = {(each["name"], each.get("specifier", "")) for each in said}
    for requirement in PROJECT["dependencies"]:
        text = requirement.split(";")[0].strip()
        bounds = set(re.sub(r"^[A-Za-z0-9._-]+(\[[^\]]*\])?", "", text).replace(" ", "").split(","))
        found = {frozenset(bound.split(",")) for name, bound in specifiers if name == name_of(requirement)}
        assert frozenset(bounds) in found, requirement


def _extra(entry: dict[str, Any]) -> str:
    found = re.search(r"extra == '([^']+)'", entry.get("marker", ""))
    return found[1] if found else ""


def test_what_the_page_is_made_of_asks_for_a_notice_and_nothing_more(tmp_path: Path) -> None:
    packages = console.read()
    direct = json.loads((console.LOCK.parent / "package.json").read_text())["dependencies"]
    assert {package.name for package in packages} >= set(direct)
    assert all(re.fullmatch("[0-9a-f]{128}", package.sha512) for package in packages)
    lock = json.loads(console.LOCK.read_text())
    for licence in ("GPL-3.0-only", "MPL-2.0", "(MIT OR GPL-2.0)", None):
        lock["packages"]["node_modules/odd"] = {"version": "1.0.0", "license": licence or "not named"}
        (tmp_path / "lock.json").write_text(json.dumps(lock))
        with pytest.raises(console.LicenceError, match=r"odd 1\.0\.0"):
            console.read(tmp_path / "lock.json")


def test_the_list_of_licences_and_the_bill_have_the_packages_of_the_page(tmp_path: Path) -> None:
    text = licences.TARGET.read_text()
    for package in console.read():
        assert f"| {package.name} | {package.version} | {package.licence} |" in text, "run ./dev licences"
    bill = tmp_path / "sbom.json"
    bill.write_text('{"components": [{"name": "fastapi", "bom-ref": "fastapi"}]}')
    for _ in range(2):
        sbom.add(bill)
    components = json.loads(bill.read_text())["components"]
    assert len(components) == 1 + len(console.read())
    assert "pkg:npm/%40tanstack/vue-virtual" in {one.get("purl", "").rpartition("@")[0] for one in components}


def test_the_image_is_installed_by_hashes_and_has_no_gpl_encoder() -> None:
    versions = {package.name: package.version for package in read()}
    text = (ROOT / "deploy" / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))
    assert len(pinned) > 30
    assert [name for name, version in pinned.items() if versions.get(name) != version] == []
    assert text.count("--hash=sha256:") >= len(pinned)
    assert not {"av", "opencv-python-headless"} & set(pinned), "docs/supply-chain.md says what would follow"
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()


@contextmanager
def source(answer: Callable[[list[dict[str, Any]]], object]) -> Iterator[str]:
    """Serve as OSV does; `answer` makes the document out of the queries."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            body = json.dumps(answer(queries)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_nothing_found_is_said_with_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    with source(lambda queries: {"results": [{} for _ in queries]}) as address:
        assert audit.main(address) == 0
        assert address in capsys.readouterr().out


def test_what_is_found_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(queries: list[dict[str, Any]]) -> object:
        bad = [{"vulns": [{"id": "GHSA-x"}]} if each["package"]["name"] == "uvicorn" else {} for each in queries]
        return {"results": bad}

    with source(answer) as address:
        assert audit.main(address) == 1
    assert re.search(r"uvicorn \S+: GHSA-x", capsys.readouterr().out)


@pytest.mark.parametrize("document", [{}, [], {"results": []}, {"results": None}, {"results": [5]}, "ok"])
def test_an_answer_that_says_nothing_is_no_clean_audit(document: object, capsys: pytest.CaptureFixture[str]) -> None:
    with source(lambda _: document) as address:
        assert audit.main(address) == 3
    assert "NOT AUDITED" in capsys.readouterr().out


def test_a_source_that_cannot_be_reached_is_no_clean_audit(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main("http://127.0.0.1:1/") == 3
    assert "NOT AUDITED" in capsys.readouterr().out


def test_many_packages_are_asked_about_in_parts() -> None:
    packages = [Locked(f"p{number}", "1") for number in range(1200)]
    sizes: list[int] = []

    def answer(queries: list[dict[str, Any]]) -> object:
        sizes.append(len(queries))
        return {"results": [{"vulns": [{"id": each["package"]["name"]}]} for each in queries]}

    with source(answer) as address:
        found = audit.ask(packages, address)
    assert sizes == [500, 500, 200]
    assert [finding.ids for finding in found] == [(package.name,) for package in packages]
