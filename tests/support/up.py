"""`shian up` as a person starts it: one command on a folder of its own, and its page."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psycopg

from shian.local.ports import free_port
from tests.support import processes, services
from tests.support.waiting import wait_for

START_S = 90.0


class Up:
    """One `shian up` on `folder`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        arguments = ["up", "--data", str(folder), "--port", str(self.port), *options]
        self.cookies = CookieJar()
        self._visitor: urllib.request.OpenerDirector | None = None
        self.child = processes.shian("up", folder.parent, arguments)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return self.child.log.read_text("utf-8")

    def get(self, path: str) -> Any:
        with self.visitor().open(f"{self.address}{path}", timeout=60) as answer:
            return json.loads(answer.read())

    def visitor(self) -> urllib.request.OpenerDirector:
        """Return who opened the link that was printed."""
        if self._visitor is None:
            address, _, link = self.output.split("The page:")[1].split()[0].partition("/#link=")
            self._visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
            body = json.dumps({"link": link}).encode()
            headers = {"Content-Type": "application/json"}
            with self._visitor.open(urllib.request.Request(address + "/api/v1/session", body, headers)) as answer:
                assert answer.status == 204
        return self._visitor

    def wait_until_ready(self) -> None:
        wait_for(lambda: "The page:" in self.output or not self.child.is_running, timeout_s=START_S, what="the page")
        assert self.child.is_running, self.output

    def children(self) -> dict[str, int]:
        rows = json.loads((self.folder / "processes.json").read_text())
        return {row["name"]: row["pid"] for row in rows}

    def count(self, query: str) -> int:
        with psycopg.connect((self.folder / "dsn").read_text().strip()) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def up(*options: str) -> Iterator[Up]:
    with services.short_folder() as folder:
        district = Up(folder / "data", *options)
        district.child.start()
        try:
            yield district
        finally:
            district.child.stop()
