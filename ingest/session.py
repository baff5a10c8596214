"""The names by which a worker is known at the broker, which no station may guess.

A broker gives a session to whoever says its name, whatever his certificate: a station that knew the name of a worker's
session could end its connections, and discard what waits there. And it hands the messages of a shared subscription to
every member of the group, also to one that may not read them: a station that knew the group's name could make events
vanish. Mosquitto checks neither, so both names hold a secret where the worker has one.
"""

import hashlib
import hmac
import re
from typing import NamedTuple

from ingest.settings import Ingest
from process.connections import read_secret
from process.language import t
from process.settings import SettingsError

_GROUP = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Names(NamedTuple):
    """Names of a worker. `session`: the beginning of the name of each lane's session; `group`: of the shared
    subscriptions, None for one worker alone, which needs none."""

    session: str
    group: str | None


def names(settings: Ingest) -> Names:
    """Return the names. Raises SettingsError (a secret cannot be read, or a group's name can be guessed)."""
    group = _group(settings)
    broker = settings.broker
    # The same after a restart, and another one with another group: a session keeps its subscriptions.
    secrets = [read_secret(path) for path in (broker.key_file, broker.password_file) if path]
    if group:
        secrets.append(group)
    name = f"ingest-{settings.name}"
    if not secrets:
        return Names(name, None)
    digest = hmac.new("\0".join(secrets).encode(), name.encode(), hashlib.sha256)
    return Names(f"{name}-{digest.hexdigest()[:32]}", group)


def _group(settings: Ingest) -> str | None:
    if settings.group_file is None:
        return None
    name = read_secret(settings.group_file)
    if not _GROUP.fullmatch(name):
        raise SettingsError(
            t(
                f"{settings.group_file}: write 16 to 64 letters, digits, '-' or '_' that nobody can guess: "
                "openssl rand -hex 16",
                f"{settings.group_file}：须为 16 至 64 位无法猜测的字母、数字、'-' 或 '_'：openssl rand -hex 16",
            )
        )
    return name
