"""The bytes of the attachments of alerts, held against the hash that the deed of each names."""

import hashlib
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from pydantic import ValidationError

from process.language import t
from shian.failures import CannotError
from shian.local.layout import Layout
from storage.attached import Attached, attached
from storage.findings import Finding

if TYPE_CHECKING:  # comes with the extra of the server
    from server.media.archive import Archive

_FOLDER = "attachments"
# More than any attachment has: the whole file is read, with whatever stands behind its end.
_ALL = 1 << 40


@dataclass(slots=True)
class Looked:
    """Looked-at attachments: `named` by deeds, `read` of them in the archive. None was read: its place is not known."""

    named: int = 0
    read: int = 0


def archive_for(media: Path | None, config: Path | None, folder: Path | None) -> "Archive | None":
    """Return the archive of the attachments: in a folder that was named, where a server.toml says, or that of a
    `shian up`; None: nobody has said where. Raises CannotError."""
    from server.media.archive import FolderArchive  # noqa: PLC0415  most commands need no server

    if media is not None:
        if not media.is_dir():
            raise CannotError(t(f"{media}: no such folder", f"{media}：目录不存在"))
        return FolderArchive(media / _FOLDER)
    if config is not None:
        return _of_config(config)
    return FolderArchive(Layout(folder).media / _FOLDER) if folder else None


def _of_config(config: Path) -> "Archive | None":
    try:
        table = tomllib.loads(config.read_text("utf-8")).get("media")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise CannotError(f"{config}: {exc}") from exc
    if not table:  # that of ingest, on a machine that may have no server
        return None
    from server.media.opening import archive_of  # noqa: PLC0415
    from server.settings import MediaSettings  # noqa: PLC0415

    try:
        settings = MediaSettings.model_validate(table)
    except ValidationError as exc:
        raise CannotError(f"{config}: {exc}") from exc
    return archive_of(settings, _FOLDER) if settings.folder else None


def look(
    connection: psycopg.Connection[Any], archive: "Archive | None", stations: Collection[str], looked: Looked
) -> Iterator[Finding]:
    """Yield the attachments whose bytes are missing or changed; of `stations` only, when some are named. Raises
    psycopg.Error, CannotError."""
    faults: dict[str, str] = {}
    for one in attached(connection):
        if stations and one.station not in stations:
            continue
        looked.named += 1
        if archive is None:
            continue
        if one.digest not in faults:
            faults[one.digest] = _fault(archive, one)
        looked.read += 1
        if faults[one.digest]:
            yield one.finding(faults[one.digest])


def _fault(archive: "Archive", one: Attached) -> str:
    """Return the flaw of the bytes; empty: they are those of the deed."""
    from server.media.archive import ArchiveAwayError  # noqa: PLC0415

    digest = hashlib.sha256()
    try:
        for block in archive.read(one.digest, 0, _ALL):
            digest.update(block)
    except FileNotFoundError:
        return "is missing in the archive"
    except (OSError, ArchiveAwayError) as exc:
        raise CannotError(t(f"the archive cannot be read: {exc}", f"无法读取归档：{exc}")) from exc
    found = digest.hexdigest()
    return "" if found == one.digest else f"is changed in the archive: its bytes have the hash {found}"
