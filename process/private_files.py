"""Files that only their owner may read: written so from their first byte on, and looked at before they are used."""

import os
import stat
from pathlib import Path

from pydantic import BaseModel

from process.language import t
from process.named_files import SECRETS, named_files
from process.settings import SettingsError

# A group may read (a key of root:shian with 0640 is usual); nobody else may, and none but the owner may write.
_OPEN = stat.S_IWGRP | stat.S_IRWXO


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that is not there yet, and make it survive a power loss. Raises FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask took away or left
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    sync_folder(path.parent)


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` in the place of the file at once: a reader sees the old file or the new one. Raises OSError."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    write_new(draft, content, mode)
    draft.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power loss. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def openness(path: Path) -> str:
    """Return the complaint about a secret's file that others may read or change; "" for none.

    Raises OSError for a file that is not there."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _OPEN:
        return ""
    return t(
        f"{path} may be read or changed by others (mode {mode:04o}): chmod 600 {path}",
        f"{path} 可被其他用户读取或修改（权限 {mode:04o}）：请执行 chmod 600 {path}",
    )


def complaints(settings: BaseModel) -> list[str]:
    """Return a complaint for each secret's file of these settings that others may read or change. A file that is not
    there is left to whoever opens it."""
    found = []
    for path in sorted({named.path for named in named_files(settings) if named.use in SECRETS}):
        try:
            complaint = openness(path)
        except OSError:
            continue
        if complaint:
            found.append(complaint)
    return found


def refuse_open(settings: BaseModel) -> None:
    """Refuse settings with an open secret's file. Raises SettingsError, which names all of them."""
    found = complaints(settings)
    if found:
        raise SettingsError("\n".join(found))
