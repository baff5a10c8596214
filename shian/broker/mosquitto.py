"""The files of Mosquitto 2: `mosquitto.conf` and the access list.

Mosquitto checks the right to read when it delivers a message, not when a client subscribes: whoever subscribes to `#`
is told that he may, and gets nothing. For that reason ingest subscribes without a shared group (docs/broker.md)."""

from shian.broker.declaration import MAX_PACKET, Centre, Declaration, filters
from wire.topics import Party

_STATION = "%u"  # the common name of the certificate

# Nothing is dropped for a slow ingest; the bound is in bytes. A session that nobody comes back to is forgotten.
LIMITS = f"""\
max_inflight_messages 65535
max_queued_messages 0
max_queued_bytes {{queued}}
max_packet_size {MAX_PACKET}
persistent_client_expiration 1d
set_tcp_nodelay true
"""


def access(centre: Centre) -> str:
    """Return the access list (`acl_file`)."""
    lines = [
        "# Written by `shian broker config`.",
        "# A station (the common name of its certificate) writes below its own name alone and reads its own receipts",
        "# and commands.",
        *_lines("pattern write", filters(Party.STATION, _STATION, writes=True)),
        *_lines("pattern read", filters(Party.STATION, _STATION, writes=False)),
    ]
    for party, name in centre.parts():
        lines += ["", f"user {name}"]
        lines += _lines("topic read", filters(party, "+", writes=False))
        lines += _lines("topic write", filters(party, "+", writes=True))
    return "\n".join(lines) + "\n"


def configuration(declared: Declaration) -> str:
    """Return `mosquitto.conf`."""
    files = declared.files
    revoked = [f"crlfile {files.revoked}"] if files.revoked else []
    lines = [
        "# Written by `shian broker config`: TLS with client certificates; the certificate's common name is the user",
        "# name. docs/broker.md says what each line is for.",
        f"listener {declared.port}" + (f" {declared.address}" if declared.address else ""),
        f"cafile {files.authority}",
        f"certfile {files.certificate}",
        f"keyfile {files.key}",
        *revoked,
        "tls_version tlsv1.2",
        "require_certificate true",
        "use_identity_as_username true",
        "allow_anonymous false",
        f"acl_file {files.access}",
        "",
        "persistence true",
        f"persistence_location {files.store}/",
        "autosave_interval 60",
        "",
        "# Nothing is dropped for a slow ingest; the bound is in bytes.",
        LIMITS.format(queued=1 << 30) + "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
    ]
    return "\n".join(lines) + "\n"


def _lines(words: str, topics: list[str]) -> list[str]:
    return [f"{words} {topic}" for topic in topics]
