"""An example of each kind of record, and what a kind that was added lacks somewhere."""

from collections.abc import Iterable
from importlib import import_module
from inspect import isclass
from pathlib import Path
from pkgutil import iter_modules

from ingest.effects import EFFECTS, NONE
from server.records.kinds import SHOWN
from storage.kinds import TYPED
from wire import codec, kinds
from wire.kinds import Event
from wire.kinds.envelope import Envelope
from wire.kinds.kind import Kind

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "contract" / "golden"
# Every event of every stream that was ever written as an example: they never change.
STREAMS = {path.stem: path.read_bytes().splitlines() for path in sorted(GOLDEN.glob("*.jsonl"))}


def golden(kind: Kind) -> list[Event]:
    """Return the golden events of a kind."""
    events = [codec.decode(body) for bodies in STREAMS.values() for body in bodies]
    return [event for event in events if isinstance(event, kind.event)]


def unregistered() -> list[str]:
    """Return what is declared in wire/kinds/ and stands in no registry."""
    lacks = []
    for module in iter_modules(kinds.__path__, "wire.kinds."):
        declared = vars(import_module(module.name))
        lacks += [
            f"wire/kinds/__init__.py: KINDS lacks the KIND of {module.name} ({name})"
            for name, value in declared.items()
            if isclass(value)
            and issubclass(value, Envelope)
            and value.__module__ == module.name != Envelope.__module__
            and value not in kinds.BY_EVENT
        ]
    return lacks


def lacking(there: Iterable[Kind]) -> list[str]:
    """Return what the kinds lack, and where."""
    lacks = []
    for kind in there:
        name = kind.name
        if kind not in TYPED:
            lacks.append(f"storage/kinds.py: TYPED lacks {name}: its table and row, or NONE")
        if kind not in EFFECTS:
            lacks.append(f"ingest/effects/__init__.py: EFFECTS lacks {name}: a function, or NONE")
        elif kind.item is not None and EFFECTS[kind] is NONE:
            lacks.append(f"ingest/effects/__init__.py: NONE makes no item of {name}, and wire/kinds declares one")
        if kind not in SHOWN:
            lacks.append(f"server/records/kinds.py: SHOWN lacks {name}: the folder that shows it, or NONE")
        elif (folder := SHOWN[kind]) and not (ROOT / "server" / "records" / folder / "api.py").exists():
            lacks.append(f"server/records/{folder}/api.py: is not there, and shows {name}")
        if not golden(kind):
            lacks.append(f"tests/contract/golden/: no .jsonl has an event {kind.event_type} ({name})")
        if kind.item is not None and f'kind: "{name}"' not in _page():
            lacks.append(f"server/console/src/live/items.ts: nothing is done with the feed's items of {name}")
        if not (ROOT / "docs" / "schemas" / f"{kind.event_type}.json").exists():
            lacks.append(f"docs/schemas/: no {kind.event_type}.json: run ./dev fmt")
    return lacks


def _page() -> str:
    return (ROOT / "server" / "console" / "src" / "live" / "items.ts").read_text("utf-8")
