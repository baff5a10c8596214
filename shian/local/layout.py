"""The places of everything below the data folder of `shian up`, and the settings files there for its processes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value]"
Table = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Layout:
    folder: Path

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def broker(self) -> Path:
        return self.folder / "broker"

    @property
    def dsn_file(self) -> Path:
        return self.folder / "dsn"

    @property
    def ingest(self) -> Path:
        return self.folder / "ingest.toml"

    @property
    def server(self) -> Path:
        return self.folder / "server.toml"

    @property
    def authority(self) -> Path:
        return self.folder / "ca"

    @property
    def broker_port(self) -> Path:
        return self.folder / "broker-port"

    @property
    def processes(self) -> Path:
        return self.folder / "processes.json"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def centre_key(self) -> Path:
        return self.folder / "centre.pem"

    @property
    def push_key(self) -> Path:
        return self.folder / "push.pem"

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors"

    @property
    def receiver_log(self) -> Path:
        return self.folder / "logs" / "webhook.log"

    @property
    def mail_log(self) -> Path:
        return self.folder / "logs" / "mail.log"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def station(self, name: str) -> Path:
        return self.folder / "stations" / name

    def edge(self, station: str) -> Path:
        return self.station(station) / "edge.toml"

    def port(self, station: str, device: str) -> Path:
        return self.folder / "ports" / f"{station}-{device}"


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, also while it is being written."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text + "\n")


def write_settings(path: Path, top: Table, tables: Mapping[str, Table], rows: Mapping[str, Sequence[Table]]) -> None:
    """Write a TOML file: plain keys, `[tables]` and `[[rows]]`."""
    lines = ["# Written by `shian up` at every start: changes are lost."]
    lines += _keys(top)
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_keys(table)]
    for name, entries in rows.items():
        for entry in entries:
            lines += ["", f"[[{name}]]", *_keys(entry)]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Exchanged as a whole: a process may wait for the file (shian/local/early.py).
    draft = path.with_suffix(".new")
    draft.write_text("\n".join(lines) + "\n", "utf-8")
    draft.replace(path)


def _keys(table: Table) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_keys(value)) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_value, value)) + "]"
    # A JSON string, number or bool is the same in TOML, but for the control character DEL.
    return json.dumps(value, ensure_ascii=False)
