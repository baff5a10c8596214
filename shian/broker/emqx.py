"""The files of EMQX 5.8 or newer: `emqx.conf` and the access list. EMQX checks subscriptions as well, also shared ones.

Written by its documents; EMQX was not run where this was made (docs/broker.md)."""

import json

from shian.broker.declaration import MAX_PACKET, Centre, Declaration, filters
from wire.topics import Party

_STATION = "${username}"  # the common name of the certificate


def access(centre: Centre) -> str:
    """Return the access list: rules as Erlang terms, the first that fits counts."""
    lines = ["%% Written by `shian broker config`."]
    for party, name in centre.parts():
        who = f'{{username, "{name}"}}'
        # `eq`: the filter itself, as ingest says it; without: one that it covers, as the server does.
        read = [f'{{eq, "{place}"}}, "{place}"' for place in filters(party, "+", writes=False)]
        lines.append(_rule(who, "subscribe", read))
        lines.append(_rule(who, "publish", _quoted(filters(party, "+", writes=True))))
    lines += [
        "%% A station (the common name of its certificate) writes below its own name alone and reads its own receipts",
        "%% and commands.",
        _rule("all", "publish", _quoted(filters(Party.STATION, _STATION, writes=True))),
        _rule("all", "subscribe", _quoted(filters(Party.STATION, _STATION, writes=False))),
        "{deny, all}.",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def configuration(declared: Declaration) -> str:
    """Return `emqx.conf`."""
    files = declared.files
    bind = f"{declared.address or '0.0.0.0'}:{declared.port}"  # noqa: S104  a broker is there for the network
    return f"""\
# Written by `shian broker config`: TLS with client certificates; the certificate's common name is the user name.
# docs/broker.md says what each line is for. Written by EMQX's documents (5.8 or newer), not run where this was made.
listeners.tcp.default.enable = false
listeners.ws.default.enable = false
listeners.wss.default.enable = false
listeners.ssl.default {{
  bind = {json.dumps(bind)}
  ssl_options {{
    cacertfile = {json.dumps(files.authority)}
    certfile = {json.dumps(files.certificate)}
    keyfile = {json.dumps(files.key)}
    verify = verify_peer
    fail_if_no_peer_cert = true
    versions = ["tlsv1.3", "tlsv1.2"]
  }}
}}

mqtt {{
  peer_cert_as_username = cn
  # Nobody ends the session of another certificate by its client id.
  clientid_override = "concat([cn, '-', clientid])"
  max_packet_size = {MAX_PACKET // 1024}KB
  # Nothing is dropped for a slow ingest.
  max_inflight = 65535
  max_mqueue_len = infinity
  session_expiry_interval = 1h
}}

# The certificate is the proof: no password is asked for.
authentication = []
authorization {{
  no_match = deny
  deny_action = ignore
  sources = [{{ type = file, enable = true, path = {json.dumps(files.access)} }}]
}}
"""


def _rule(who: str, action: str, topics: list[str]) -> str:
    return f"{{allow, {who}, {action}, [{', '.join(topics)}]}}." if topics else ""


def _quoted(places: list[str]) -> list[str]:
    return [f'"{place}"' for place in places]
