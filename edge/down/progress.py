"""How far the station is with its sampling tasks: samples that it registered between a task's days.

A sample that names a task counts for that one alone; one that names none counts for every task of its food and item. A
task's food stands for all that is below it in the tree of foods."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from edge.spool.file import Connection
from edge.spool.spool import Spool
from wire.down import Down, Food, Task

_SAMPLES = "SELECT data, registered_ms FROM sample WHERE registered_ms >= ?"


@dataclass(frozen=True, slots=True)
class _Sampled:
    on: date
    task: str
    food: str
    items: tuple[str, ...]


def progress(spool: Spool, document: Down | None, zone: ZoneInfo) -> dict[str, int]:
    """Return the samples of each task by its code."""
    tasks = document.tasks if document else ()
    if document is None or not tasks:
        return {}
    since = datetime.combine(min(task.first_day for task in tasks), time(), zone)
    sampled = spool.look(lambda connection: _sampled(connection, since, zone))
    names = {task.food: _names(document.foods, task.food) for task in tasks if task.food}
    return {task.code: sum(_counts(one, task, names.get(task.food)) for one in sampled) for task in tasks}


def _sampled(connection: Connection, since: datetime, zone: ZoneInfo) -> list[_Sampled]:
    found = []
    for data, registered_ms in connection.execute(_SAMPLES, (round(since.timestamp() * 1000),)):
        said = json.loads(data)
        on = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=registered_ms)).astimezone(zone).date()
        found.append(_Sampled(on, said.get("task", ""), said.get("commodity", ""), tuple(said.get("items", ()))))
    return found


def _counts(one: _Sampled, task: Task, foods: frozenset[str] | None) -> bool:
    if not task.first_day <= one.on <= task.last_day:
        return False
    if one.task:
        return one.task == task.code
    return (foods is None or one.food in foods) and (not task.item or task.item in one.items)


def _names(foods: Iterable[Food], code: str) -> frozenset[str]:
    """Return all names of a food and of those below it."""
    foods = tuple(foods)
    codes, grown = {code}, True
    while grown:
        more = {food.code for food in foods if food.parent in codes} - codes
        codes, grown = codes | more, bool(more)
    return frozenset(name for food in foods if food.code in codes for name in (food.name, *food.aliases)) | {code}
