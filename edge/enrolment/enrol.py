"""`shian edge enroll`: keys are made here, the code is shown, and a complete edge.toml is written.

Nothing is overwritten: what is there already is said before the code is used. The code is used up by the centre's
answer, so whatever can be checked without it is checked before."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from authority.pairs import read_pair, write_pair
from authority.requests import make_key, make_request
from edge.enrolment.centre import CentreDoor, fetch_authority
from edge.enrolment.settings_text import CameraLine, DeviceLine, Places, settings_text
from edge.errors import EdgeError
from edge.keys import load_or_make
from edge.settings import EdgeSettings
from edge.spool.building import make_spool
from edge.station_clock import utc_now
from process.language import t
from process.private_files import write_new
from process.settings import SettingsError, load
from wire import chain
from wire.enrolment import EnrolmentRequest, sign

PAIR, AUTHORITY, SETTINGS = "station.pem", "ca.crt", "edge.toml"


class ThereAlreadyError(EdgeError):
    """A file is there already; nothing was written and no code was used."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The folder for edge.toml, the one for data and keys, the devices and cameras."""

    folder: Path
    data: Path
    devices: Sequence[DeviceLine] = ()
    cameras: Sequence[CameraLine] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Outcome of an enrolment. `ends_at`: of the certificate, if there is one."""

    station: str
    title: str
    settings: Path
    ends_at: datetime | None


def enrol(url: str, code: str, fingerprint: str, wishes: Wishes) -> Done:
    """Enrol this station. Raises EdgeError (CentreRefusedError and others), AuthorityError, OSError."""
    _check_place(wishes)
    authority = fetch_authority(url, fingerprint) if fingerprint else ""
    signing, _ = load_or_make(wishes.data / "key")
    key = make_key()
    request = make_request(key).decode()
    asked = EnrolmentRequest(
        code=code,
        request=request,
        public_key=chain.public_key(signing),
        signature=sign(signing, code, request),
    )
    got = CentreDoor(url, authority).enrol(asked)
    pair = wishes.data / PAIR if got.certificate else None
    trusted = wishes.data / AUTHORITY if got.authority else None
    if pair:
        write_pair(pair, key, got.certificate.encode())
    if trusted:
        write_new(trusted, got.authority.encode(), 0o644)
    places = Places(wishes.data, pair, trusted)
    settings = wishes.folder / SETTINGS
    write_new(settings, settings_text(got, places, wishes.devices, wishes.cameras, utc_now()).encode(), 0o644)
    _try(settings)
    return Done(got.station, got.title, settings, read_pair(pair).ends_at if pair else None)


def _check_place(wishes: Wishes) -> None:
    """Check that nothing is overwritten, and make the folders. Raises ThereAlreadyError, OSError."""
    for path in (wishes.folder / SETTINGS, wishes.data / PAIR, wishes.data / AUTHORITY):
        if os.path.lexists(path):
            raise ThereAlreadyError(
                t(
                    f"{path} is there already: nothing was changed. Choose another --folder or --data, "
                    "or move the old files away",
                    f"{path} 已存在，未作任何更改。请另选 --folder 或 --data，或先移走旧文件",
                )
            )
    wishes.folder.mkdir(parents=True, exist_ok=True)
    wishes.data.mkdir(mode=0o700, parents=True, exist_ok=True)


def _try(path: Path) -> None:
    """Read the settings as the agent will, and make the spool: the first start of the agent finds all in place."""
    try:
        settings = load(EdgeSettings, path, "", {})
    except SettingsError as exc:
        raise EdgeError(str(exc)) from exc
    spool = make_spool(settings, clock=utc_now)
    spool.open()
    spool.close()
