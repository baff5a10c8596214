"""Write the generated documents: docs/asyncapi.yaml and docs/schemas/ from wire/, docs/supported.md from the shipped
profiles, docs/camera-settings.md from edge/camera, docs/permissions.md from server/access, deploy/broker/ from
shian/broker; with --check only name the files that differ. A shipped profile that its family refuses fails both.

python -m docs.generate [--check]
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from edge.camera.settings import CameraSettings
from firmware_adapters.profile import Profile, ProfileError
from firmware_adapters.registry import Family, families
from process.terminal import say
from server.access.table import NO_ROLES, table
from shian.broker.cli import shipped as broker_files
from shian.broker.cli import shipped_with_the_revoked
from wire import down, feed, live, receipts, status
from wire.codec import MAX_BYTES
from wire.kinds import KINDS
from wire.kinds.envelope import CONTENT_TYPE
from wire.topics import ENDS, PREFIX, Leaf, Party
from wire.words import vocabularies

DOCS = Path(__file__).resolve().parent
WIRE_VERSION = "1.0.0"


MESSAGES: dict[Leaf, tuple[str, ...]] = {
    Leaf.EVENTS: tuple(kind.event_type for kind in KINDS),
    Leaf.URGENT: tuple(kind.event_type for kind in KINDS if kind.is_urgent),
    Leaf.RECEIPTS: ("receipt",),
    Leaf.STATUS: ("status",),
    Leaf.COMMANDS: ("live-command",),
    Leaf.LIVE: ("live-preview", "live-video", "live-refusal"),
    Leaf.DOCUMENT: ("document-news",),
}
# Pictures are bytes, not JSON: their content types stand in for a schema.
PICTURES = {"live-preview": "image/jpeg", "live-video": "video/mp4"}
SENT = {leaf for leaf, ends in ENDS.items() if ends.writer is Party.STATION}


def schemas() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of each model by its name."""
    models: dict[str, type[BaseModel]] = {kind.event_type: kind.event for kind in KINDS}
    models |= {"receipt": receipts.Receipt, "status": status.Status}
    models |= {"document-news": down.DownNews}
    models |= {"live-command": live.LiveCommand, "live-refusal": live.Refusal}
    documents = {name: model.model_json_schema() for name, model in models.items()}
    return documents | {"feed-items": feed.ITEMS.json_schema()}


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document, from the station's side."""
    names = [name for group in MESSAGES.values() for name in group]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shian, seen from a station",
            "version": WIRE_VERSION,
            "description": f"MQTT 5 only. An event is a CloudEvent in structured JSON of at most {MAX_BYTES} bytes. "
            "QoS 1, but 0 for commands and live; the status is retained and is the last will. "
            "PUBACK is not delivery: an event is delivered when a receipt covers it.",
            "license": {"name": "Apache-2.0"},
        },
        "channels": {
            leaf.value: {
                "address": f"{PREFIX}/{{station}}/{leaf.value}" + ("/{camera}" if leaf is Leaf.LIVE else ""),
                "parameters": _parameters(leaf),
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in group},
            }
            for leaf, group in MESSAGES.items()
        },
        "operations": {
            f"{action}-{leaf.value}": {"action": action, "channel": {"$ref": f"#/channels/{leaf.value}"}}
            for leaf in MESSAGES
            for action in ["send" if leaf in SENT else "receive"]
        },
        "components": {"messages": {name: _message(name) for name in names}},
    }


def _parameters(leaf: Leaf) -> dict[str, Any]:
    station = {"station": {"description": "the station's name: a-z, 0-9 and '-'"}}
    return station | ({"camera": {"description": "the camera's name at the station"}} if leaf is Leaf.LIVE else {})


def _message(name: str) -> dict[str, Any]:
    if name in PICTURES:
        summary = "MQTT user properties: part, n, at, codec, key, piece, pieces (wire/live.py)"
        return {"name": name, "contentType": PICTURES[name], "summary": summary}
    return {
        "name": name,
        "contentType": CONTENT_TYPE if name.startswith("shian.") else "application/json",
        "payload": {"$ref": f"./schemas/{name}.json"},
    }


def supported() -> str:
    """Return the table of every shipped profile with its evidence."""
    rows = [
        f"| `{name}` | `{profile.name}` | {profile.maker} | {profile.model} "
        f"| {profile.evidence} | {_identity(profile)} |"
        for name, family in families().items()
        for profile in _checked(family)
    ]
    head = (
        "<!-- Generated from firmware_adapters/*/profiles by docs/generate.py: do not edit. -->",
        "# Supported analyzers, and by what evidence",
        "",
        "What the words mean, also those of the last two columns: [adapters.md](adapters.md).",
        "",
        "| family | profile | maker | model | evidence | its number | its time |",
        "|---|---|---|---|---|---|---|",
    )
    return "\n".join((*head, *rows)) + "\n"


def _identity(profile: Profile) -> str:
    """Return two cells: the kind of a record's number and of its time. Raises ProfileError where a shipped profile has
    none."""
    if profile.identity is None:
        raise profile.fault(("identity",), "every shipped profile declares it")
    return f"{profile.identity.record.value} | {profile.identity.time.value}"


def _checked(family: Family) -> list[Profile]:
    """Return all profiles that the family ships. Raises ProfileError for one that it would not run."""
    profiles = list(family.shipped().values())
    for profile in profiles:
        family.check(profile)
        family.request_table(profile)
    return profiles


def items() -> str:
    """Return the codes of items and quantities, with their words."""
    tables = vocabularies()
    rows = [
        f"| `{code}` | {item['zh']} | {item['en']} | {item['note']} | {item['unit']} | {item['method']} |"
        for code, item in tables["item"].items()
    ]
    quantities = [
        f"| `{code}` | {quantity['zh']} | {quantity['en']} | {quantity.get('unit', '')} |"
        for code, quantity in tables["quantity"].items()
    ]
    head = (
        "<!-- Generated from wire/words/items.toml by docs/generate.py: do not edit. -->",
        "# Item codes",
        "",
        "Each item has a code. A profile's `[items]` maps an analyzer's code to one of these; an analyzer's",
        "code that no profile maps stays as it is. `wire/limits.toml` names the limits by the same codes. A code is",
        "never renamed or reused: stored results carry it.",
        "",
        "Rules: lower case, English, words joined by `_`; the substance, never the method or the kit; a group has a",
        "code of its own when the test cannot tell its members apart. The unit is the one that limits are written in.",
        "A new code is a table in `wire/words/items.toml`: page, files and messages take its words from there.",
        "",
        "| code | 中文 | English | stands for | unit | usual method |",
        "|---|---|---|---|---|---|",
    )
    between = (
        "",
        "Named pesticides that a card tests for singly (`carbofuran`, `chlorpyrifos`, `omethoate` ...) take their ISO",
        "common name, unit mg/kg.",
        "",
        "## Quantities",
        "",
        "Continuous values are not items: where the profile says `continuous` they travel as readings (edge.md). The",
        "values of scales and scanners have codes of their own.",
        "",
        "| code | 中文 | English | unit |",
        "|---|---|---|---|",
    )
    return "\n".join((*head, *rows, *between, *quantities)) + "\n"


def camera_settings() -> str:
    """Return the document of every key of `[[camera]]`."""
    schema = CameraSettings.model_json_schema()
    head = (
        "<!-- Generated from edge/camera by docs/generate.py: do not edit. -->",
        "# `[[camera]]` in edge.toml: every key",
        "",
        "What they are for: [cameras.md](cameras.md). Times in seconds, places and sizes as shares of the picture.",
    )
    return "\n".join((*head, *_section("[[camera]]", schema, schema["$defs"]))) + "\n"


def _section(title: str, schema: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Return the lines of one table of the file, then those of the tables within it."""
    prefix = title.strip("[]")
    rows, inner = [], []
    for key, value in schema["properties"].items():
        part, brackets = _table_of(value, known), "[[{}]]" if value.get("type") == "array" else "[{}]"
        if part is None:
            default = "required" if key in schema.get("required", ()) else _default(value)
            rows.append(f"| `{key}` | {_kind(value)} | {default} | {value.get('description', '')} |")
        else:
            name = f"{prefix}.{key}" + (".KIND" if "additionalProperties" in value else "")
            inner += _section(brackets.format(name), part, known)
    text = " ".join(schema.get("description", "").split())
    return [
        "",
        f"## `{title}`",
        "",
        text,
        "",
        "| key | value | default | meaning |",
        "|---|---|---|---|",
        *rows,
        *inner,
    ]


def _table_of(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """Return the model that the key holds, one or many of them; None when it holds a plain value."""
    places = [schema, schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
    references = [place["$ref"].rpartition("/")[2] for place in places if isinstance(place, dict) and "$ref" in place]
    found = known[references[0]] if references else {}
    return found if "properties" in found else None


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " ".join(f"`{word}`" for word in schema["enum"])
    kinds = [schema, *schema.get("anyOf", ())]
    return " or ".join(str(kind["type"]) for kind in kinds if kind.get("type", "null") != "null") or "word"


def _default(schema: dict[str, Any]) -> str:
    return f"`{json.dumps(schema['default'])}`" if schema.get("default") not in (None, "", []) else "-"


def permissions() -> str:
    """Return the table of who may do what."""
    words = table()
    roles = list(words.roles)
    marks = "|".join(["---", "---", "---", *(":-:" for _ in roles)])
    rows = []
    for name, permission in words.permissions.items():
        others = sorted(permission.roles & NO_ROLES)
        cells = [f"*{others[0]}*" if others else "x" if role in permission.roles else "" for role in roles]
        rows.append(f"| `{name}` | {permission.term.zh} | {permission.term.en} | {' | '.join(cells)} |")
    head = (
        "<!-- Generated from server/access/permissions.toml by docs/generate.py: do not edit. -->",
        "# Who may do what",
        "",
        "x: an account with this role, within the areas for which the role was given. *anybody*: without signing in.",
        "*account*: whoever has signed in. *station*: a station, by a ticket of its own key.",
        "*enrolling*: whoever shows a one-time code of a station.",
        "",
        "| role | 中文 | English |",
        "|---|---|---|",
        *(f"| `{role}` | {term.zh} | {term.en} |" for role, term in words.roles.items()),
        "",
        f"| permission | 中文 | English | {' | '.join(f'`{role}`' for role in roles)} |",
        f"|{marks}|",
    )
    return "\n".join((*head, *rows)) + "\n"


def generated() -> dict[Path, str]:
    texts = {
        DOCS / "schemas" / f"{name}.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in schemas().items()
    }
    heading = "# Generated from wire/ by docs/generate.py: do not edit.\n"
    texts |= {
        DOCS / "items.md": items(),
        DOCS / "supported.md": supported(),
        DOCS / "camera-settings.md": camera_settings(),
        DOCS / "permissions.md": permissions(),
    }
    texts |= {DOCS.parent / "deploy" / "broker" / name: text for name, text in broker_files().items()}
    texts[DOCS.parent / "deploy" / "enrolment" / "mosquitto.conf"] = shipped_with_the_revoked()
    return texts | {DOCS / "asyncapi.yaml": heading + yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True)}


def differing() -> list[Path]:
    return [path for path, text in generated().items() if not path.exists() or path.read_text("utf-8") != text]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 where something differs")
    options = parser.parse_args()
    try:
        different = differing()
    except ProfileError as exc:
        say(*str(exc).split("\n"), err=True)
        return 1
    if options.check:
        for path in different:
            say(f"{path.relative_to(DOCS.parent)} differs from the models: run ./dev fmt", err=True)
        return 1 if different else 0
    texts = generated()
    for path in different:
        path.parent.mkdir(exist_ok=True)
        path.write_text(texts[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
