"""Thresholds of a rule of the system as a form needs them: name, kind, bounds, default, value."""

from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AwareDatetime, BaseModel, Field
from pydantic.fields import FieldInfo

from server.records.rules.listing import TitleShown
from storage.rules.system import Held, keys_of, meaning
from storage.thresholds import shipped as shipped_values
from wire.terms import Severity
from wire.words import RULES

Value = bool | int | float | str
FieldKind = Literal["bool", "int", "number", "choice"]
Source = Literal["shipped", "settings", "district"]


class ThresholdShown(BaseModel):
    """Threshold. `value` holds now; `default` is that of the process's settings. A number is at least `minimum`, above
    `above`, and at most `maximum`, where they are not null; a choice is one of `among`."""

    key: str
    words: TitleShown
    kind: FieldKind
    unit: Annotated[str, Field(description='"s", "d", "1/h", "%", "GiB"; empty: a plain number, or none')]
    value: Value
    default: Value
    is_changed: bool
    source: Annotated[Source, Field(description="of `value`; settings: the file of the process `part`")]
    minimum: float | None
    above: float | None
    maximum: float | None
    among: list[str]


class ThresholdsShown(BaseModel):
    """Rule of the system with its thresholds. `part`: the process that judges by them, and whose settings are the
    default."""

    rule: str
    title: TitleShown
    part: Literal["ingest", "server"]
    is_changed: bool
    changed_at: AwareDatetime | None
    thresholds: list[ThresholdShown]


def shown(held: Held) -> ThresholdsShown:
    """Return the thresholds of a rule as the API shows them."""
    form = type(held.default)
    now, default = held.now.model_dump(mode="json"), held.default.model_dump(mode="json")
    part: Any = held.part  # one of PARTS
    return ThresholdsShown(
        rule=held.rule,
        title=TitleShown.of(RULES[held.rule]),
        part=part,
        is_changed=bool(held.changed),
        changed_at=held.changed_at,
        thresholds=[
            _shown(held.rule, key, form.model_fields[key], now[key], default[key], is_changed=key in held.changed)
            for key in keys_of(form)
        ],
    )


def _shown(rule: str, key: str, field: FieldInfo, value: Any, default: Any, *, is_changed: bool) -> ThresholdShown:
    means = meaning(rule, key)
    bounds = list(_bounds(field))
    is_choice = isinstance(field.annotation, type) and issubclass(field.annotation, StrEnum)
    return ThresholdShown(
        key=key,
        words=TitleShown.of(means.words),
        kind=_kind(field),
        unit=means.unit,
        value=value,
        default=default,
        is_changed=is_changed,
        source=_source(rule, key, default, is_changed=is_changed),
        minimum=next((float(bound.ge) for bound in bounds if isinstance(bound, Ge)), None),  # type: ignore[arg-type]
        above=next((float(bound.gt) for bound in bounds if isinstance(bound, Gt)), None),  # type: ignore[arg-type]
        maximum=next((float(bound.le) for bound in bounds if isinstance(bound, Le)), None),  # type: ignore[arg-type]
        among=[choice.value for choice in Severity] if is_choice else [],
    )


def _source(rule: str, key: str, default: Any, *, is_changed: bool) -> Source:
    if is_changed:
        return "district"
    return "shipped" if default == shipped_values()[rule].get(key) else "settings"


def _kind(field: FieldInfo) -> FieldKind:
    match field.annotation:
        case kind if kind is bool:
            return "bool"
        case kind if kind is int:
            return "int"
        case kind if isinstance(kind, type) and issubclass(kind, StrEnum):
            return "choice"
    return "number"


def _bounds(field: FieldInfo) -> list[Ge | Gt | Le | Lt]:
    """Return the bounds of a field, those of its annotation too (`Annotated[Seconds, ...]`)."""
    found = [one for one in field.metadata if isinstance(one, Ge | Gt | Le | Lt)]
    for inner in get_args(field.annotation):
        found += [one for one in getattr(inner, "metadata", ()) if isinstance(one, Ge | Gt | Le | Lt)]
    return found
