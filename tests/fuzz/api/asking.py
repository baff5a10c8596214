"""The run: each operation, some requests of each, each by all callers; and what came of it."""

import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, Config, GenerationMode, openapi
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Err
from schemathesis.specs.openapi import checks
from starlette.routing import BaseRoute

from server.app import create_app
from server.settings import DatabaseSettings, MediaSettings, ServerSettings
from tests.e2e.test_areas_of_routes import FOREIGN, OWN, District, two_streets
from tests.fuzz.api.callers import ALL_ROLES, STREET, Answer, Caller, callers
from tests.fuzz.api.rights import Door, doors, wrong
from tests.support.desk import Desk

_SHOWN = 400
Operation = Any  # of schemathesis
_CHECKS = [checks.content_type_conformance, checks.response_schema_conformance, checks.status_code_conformance]
# Streams without an end: no answer to a request.
_LEFT_OUT = {("GET", "/api/v1/live")}


@dataclass(slots=True)
class Outcome:
    """Outcome of a run: the answers by operation, caller and status, and what was wrong, each with its request."""

    answers: dict[tuple[str, str], dict[str, Counter[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    faults: list[str] = field(default_factory=list)

    def note(self, case: Case[Any], caller: Caller, door: Door, answer: Answer) -> None:
        """Count an answer, and judge of it."""
        operation = (case.operation.method.upper(), case.operation.path)
        self.answers[operation][caller.title][answer.status_code] += 1
        text = text_of(answer)
        why = wrong(door, caller.title, answer.status_code) or _undescribed(case, caller, answer)
        if caller.title == STREET and answer.status_code < 300 and FOREIGN in text:
            why = "tells one street of the other"
        if why:
            request = case.as_curl_command(base_url=caller.address)[:_SHOWN]
            self.faults.append(f"{caller.title}: {answer.status_code}, {why}: {request}\n    {text[:_SHOWN]!r}")

    def table(self) -> Iterator[str]:
        """Yield the lines of a table: operations, callers, answers."""
        for (method, path), by_caller in sorted(self.answers.items(), key=lambda one: (one[0][1], one[0][0])):
            said = [
                f"{caller}: " + " ".join(f"{status}x{count}" for status, count in sorted(statuses.items()))
                for caller, statuses in by_caller.items()
            ]
            yield f"{method:6} {path}\n       " + " | ".join(said)


def text_of(answer: Answer) -> str:
    """Return what an answer says; of a workbook, which is a zip, what its parts say."""
    if not answer.content.startswith(b"PK"):
        return str(answer.content.decode("utf-8", "replace"))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def _undescribed(case: Case[Any], caller: Caller, answer: Answer) -> str:
    """Return what the document does not say of an answer to somebody who may; empty: it says all."""
    if caller.title != ALL_ROLES:
        return ""
    try:
        case.validate_response(answer, checks=_CHECKS)
    except FailureGroup as group:
        return "; ".join(str(one) for one in group.exceptions)[:_SHOWN]
    except Failure as failure:
        return str(failure)[:_SHOWN]
    return ""


def run(district: District, routes: list[BaseRoute], *, examples: int, first: int) -> Outcome:
    """Ask every operation of the document. `first`: the seed, which makes the same requests again."""
    outcome, known = Outcome(), doors(routes)
    with callers(district) as asking:
        config = Config.from_dict({"generation": {"with-security-parameters": False}})
        schema = openapi.from_dict(asking[-1].get("/api/v1/openapi.json").json(), config=config)
        operations = [_sound(one) for one in schema.get_all_operations()]
        # What ends sessions or changes people is asked for at the end.
        operations.sort(key=lambda one: ("/session" in one.path, "/account" in one.path, one.path, one.method))
        for operation in operations:
            place = operation.method.upper(), operation.path
            if place not in _LEFT_OUT:
                _ask(operation, known[place], asking, district, outcome, examples=examples, first=first)
    return outcome


def _sound(found: Any) -> Operation:
    """Return an operation. Raises schemathesis' error for one that the document does not describe rightly."""
    if isinstance(found, Err):
        raise found.err()
    return found.ok()


def _ask(
    operation: Operation,
    door: Door,
    asking: list[Caller],
    district: District,
    outcome: Outcome,
    *,
    examples: int,
    first: int,
) -> None:
    """Ask one operation some times, each time by all callers."""

    @seed(first)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_requests(operation, district))
    def ask(case: Case[Any]) -> None:
        for caller in asking:
            outcome.note(case, caller, door, caller.ask(case))

    ask()


def _requests(operation: Operation, district: District) -> st.SearchStrategy[Case[Any]]:
    """Return requests that the document allows, with ids of both streets where the path has one, and some that it does
    not allow."""
    names = [one.name for one in operation.iter_parameters() if one.location == "path"]
    made = [operation.as_strategy(), operation.as_strategy(GenerationMode.NEGATIVE)]
    for station in (OWN, FOREIGN):
        ids = {name: district.ids[station][name] for name in names if name in district.ids[station]}
        if ids:
            made.append(operation.as_strategy(path_parameters=ids))
    return st.one_of(*made)


@contextmanager
def served(dsn: str, desk: Desk, folder: Path) -> Iterator[tuple[District, list[BaseRoute]]]:
    """Serve a district of two streets, and tell its routes."""
    database, media = DatabaseSettings(dsn="postgresql://127.0.0.1/none"), MediaSettings(folder=folder / "none")
    routes = create_app(ServerSettings(database=database, media=media)).router.routes
    with two_streets(dsn, desk, folder) as district:
        yield district, routes
