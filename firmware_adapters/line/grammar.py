"""The keys of this family, and of `escpos`, which prints lines, in a profile's `[settings]`.

    [settings]
    delimiter = "any"                  # CR, LF or CR LF; "scan": ETX as well; "gap" for silence; or the text itself
    ignore = ['US,.*']                 # lines that say nothing

    [[settings.line]]                  # one line, one reading
    pattern = '(?P<value>[^ ]+) (?P<unit>g|kg)'
    item = "mass"

    [[settings.line]]                  # or by columns
    columns = ["record", "item", "value", "unit", "-", "verdict"]
    separator = ","

    [[settings.block]]                 # a printed report: rows that share the lines around them
    start = '(?P<date>\\d\\d-[A-Z][a-z]{2}-\\d{4})'
    end = ''
    context = ['(?P<time>\\d\\d:\\d\\d)']
    [[settings.block.row]]
    pattern = '(?P<value>\\d+\\.\\d\\d)pH'
    item = "ph"
    [[settings.block.row]]
    place = 3                          # rows that look alike: the third line behind the start, empty ones counted
    pattern = ' *(?P<value>[0-9.]+) (?P<unit>kg)'
    item = "tare"

    [[settings.line]]                  # alike groups one behind the other, however many: each is a reading
    pattern = '(?P<sample_number>S-\\d+)(?P<groups>(?:; .*)+)'
    each = '; (?P<item>\\w+) (?P<value>[0-9.]+) (?P<unit>mg/kg)'

    [[settings.request]]               # a question; its answer is a line that `is_answer`
    send = "SI\\r\\n"

A pattern is matched against the whole line. Its named groups, and columns, are fields of the reading: value, unit,
item, sample_number, commodity, operator, record, run, channel, verdict, serial, method, standard, date, time; `check`
is a checksum over the text before it, `groups` the text that `each` takes apart, whole or not at all; any other name
goes to `extra`. `value_x` and `unit_x` are a reading of item x each.

A block ends with a line that matches `end`, or with the line `size` behind its start. Where both are given, an end that
comes sooner says that a line was lost: `block_incomplete`. With `until_start` nothing but the next start, or silence,
ends it. A block whose `start` takes an empty line begins with each empty line, and with the stream.

`headings` are lines that are passed over before any pattern is tried: the names above the columns of a table.
"""

import codecs
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from firmware_adapters.continuous import Continuous
from firmware_adapters.line.patterns import Match, compile_pattern
from firmware_adapters.line.patterns import Pattern as Compiled
from wire.terms import Role

FIELDS = frozenset(
    ("value", "unit", "check", "item", "sample_number", "commodity", "operator", "record", "run", "channel", "verdict",
     "serial", "method", "standard", "date", "time", "groups")
)  # fmt: skip


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _checked(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


class Pattern(_Model):
    """One kind of line. Exactly one of `pattern` and `columns`."""

    pattern: str | None = None
    each: Annotated[str | None, Field(description="one of the alike parts of the group `groups`: a reading each")] = (
        None
    )
    columns: tuple[str, ...] = ()
    separator: Annotated[str, Field(min_length=1, max_length=8)] = ","
    item: str = ""
    item_name: str = ""
    unit: Annotated[str, Field(max_length=32)] = ""
    role: Role = Role.SAMPLE
    number: Annotated[
        Literal["decimal", "decimal_comma", "thousands", "thousands_comma", "hex_f32_le"],
        Field(description="how the value is written; thousands: 1,250.50; thousands_comma: 1.250,50"),
    ] = "decimal"
    check: Annotated[
        Literal["", "sum8", "xor8", "nmea"],
        Field(description="of the bytes before the group `check`; nmea: xor of those between $ and *"),
    ] = ""
    only_changes: Annotated[bool, Field(description="a line like the one before it makes no reading")] = False
    continuous: Annotated[Continuous | None, Field(description="see firmware_adapters/continuous.py")] = None
    is_code: Annotated[bool, Field(description="sample_number is a scanned code: AIM identifier, GS1")] = False
    place: Annotated[
        int, Field(ge=0, description="in a block: the row is this line behind the start, from 1; 0: any line")
    ] = 0
    is_answer: Annotated[bool, Field(description="belongs to the request before it, which names the item")] = False

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        named = [name for name in columns if name not in ("", "-")]
        for name in named:
            if named.count(name) > 1:
                raise ValueError(f"two columns are called {name!r}")
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a column: letters, digits and _")
        return columns

    @field_validator("pattern", "each")
    @classmethod
    def _check_pattern(cls, pattern: str | None) -> str | None:
        return pattern if pattern is None else _checked(pattern)

    @model_validator(mode="after")
    def _check(self) -> "Pattern":
        if (self.pattern is None) == (not self.columns):
            raise ValueError("either pattern or columns")
        named = self.compiled.groupindex
        if self.check and "check" not in named:
            raise ValueError("check needs a group named check")
        if ("groups" in named) != (self.each is not None):
            raise ValueError("each takes apart the group named groups: both, or neither")
        return self

    @cached_property
    def compiled(self) -> Compiled:
        """Return the pattern. Columns become one too: as many fields as columns, without the separator in them."""
        if self.pattern is not None:
            return compile_pattern(self.pattern)
        cell = f"[^{re.escape(self.separator[0])}]*"
        cells = (f"(?P<{name}>{cell})" if name not in ("", "-") else cell for name in self.columns)
        return compile_pattern(re.escape(self.separator).join(cells))

    def fullmatch(self, text: str) -> Match | None:
        """Match a whole line, with all its groups."""
        found = self.compiled.fullmatch(text)
        return found if found and self.parts(found.groupdict("")) else None

    def parts(self, fields: Mapping[str, str]) -> list[Mapping[str, str]]:
        """Return the fields of a matched line, once for each of its alike groups; nothing where a rest would be left
        over."""
        if self.each is None:
            return [fields]
        each, rest = compile_pattern(self.each), fields["groups"]
        parts: list[Mapping[str, str]] = []
        while rest:
            found = each.match(rest)
            if not found or not found.end():
                return []
            parts.append({**fields, **{name: text for name, text in found.groupdict("").items() if text}})
            rest = rest[found.end() :]
        return parts

    @property
    def values(self) -> tuple[str, ...]:
        """Return the names of the groups that are values, in the order of the line."""
        groups = (self.compiled if self.each is None else compile_pattern(self.each)).groupindex
        return tuple(
            name for name in sorted(groups, key=groups.__getitem__) if name == "value" or name.startswith("value_")
        )


class Block(_Model):
    """Lines that belong together, from one that matches `start` to one that matches `end`, or to the last of `size`."""

    start: Annotated[str, Field(description="may hold groups for all rows")]
    end: Annotated[str | None, Field(description="may be a row as well; '' is an empty line")] = None
    size: Annotated[int, Field(ge=0, le=1000, description="lines behind the start, empty ones counted; 0: any")] = 0
    until_start: Annotated[
        bool, Field(description="nothing ends it but the next start, or silence: no line can be known to be lost")
    ] = False
    context: tuple[str, ...] = ()
    rows: Annotated[tuple[Pattern, ...], Field(alias="row")] = ()
    is_left_out: Annotated[bool, Field(description="a ticket that says nothing of a sample: it has no row")] = False
    max_lines: Annotated[int, Field(ge=1, le=1000)] = 100

    _patterns = field_validator("start")(_checked)

    @field_validator("end")
    @classmethod
    def _check_end(cls, pattern: str | None) -> str | None:
        return pattern if pattern is None else _checked(pattern)

    @model_validator(mode="after")
    def _check_limits(self) -> "Block":
        if self.end is None and not self.size and not self.until_start:
            raise ValueError("a block needs an end, or a size, or until_start")
        if self.is_left_out == bool(self.rows):
            raise ValueError("a block needs a row; one that says nothing of a sample has none, and is_left_out")
        if self.until_start and (self.end is not None or self.size):
            raise ValueError("until_start: then the block has neither an end nor a size")
        if self.size >= self.max_lines:
            raise ValueError(f"a size of {self.size} needs a max_lines above it")
        return self

    @property
    def begins_empty(self) -> bool:
        """Return True where an empty line is the start."""
        return compile_pattern(self.start).fullmatch("") is not None

    @field_validator("context")
    @classmethod
    def _check_context(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_checked, patterns))


class Request(_Model):
    """Bytes that are sent as they stand here, and the form of their answers."""

    send: Annotated[str, Field(min_length=1, max_length=64)]
    item: Annotated[str, Field(min_length=1)]
    item_name: str = ""
    unit: Annotated[str, Field(max_length=32)] = ""
    every_s: Annotated[float, Field(gt=0)] = 10.0
    continuous: Annotated[Continuous | None, Field(description="of its answer")] = None


class Simulate(_Model):
    """Simulation of one item: a template of str.format with the fields of a specimen."""

    item: str
    template: str


class Grammar(_Model):
    """Grammar that escpos and line share: how lines become readings."""

    ignore: tuple[str, ...] = ()
    headings: Annotated[tuple[str, ...], Field(description="passed over before any pattern is tried")] = ()
    lines: Annotated[tuple[Pattern, ...], Field(alias="line")] = ()
    blocks: Annotated[tuple[Block, ...], Field(alias="block")] = ()
    time_formats: Annotated[tuple[str, ...], Field(description="of date and time, joined by a blank")] = (
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
    )
    simulate: tuple[Simulate, ...] = ()

    @field_validator("ignore", "headings")
    @classmethod
    def _check_ignore(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_checked, patterns))


class Settings(Grammar):
    """The family `line`. Times in seconds."""

    delimiter: Annotated[str, Field(min_length=1, max_length=8)] = "any"
    gap_s: Annotated[float, Field(gt=0, description="silence that ends a line, with the delimiter gap")] = 0.2
    max_length: Annotated[int, Field(ge=1, le=8192, description="bytes; a longer line is rejected")] = 256
    other_charset: Annotated[
        str, Field(description="of a line that is not in the profile's charset, which must be one that can tell: utf-8")
    ] = ""
    settle_s: Annotated[
        float, Field(ge=0, description="a stream never pauses: a line that begins so soon may be half a line")
    ] = 0.0
    requests: Annotated[tuple[Request, ...], Field(alias="request")] = ()
    reply_s: Annotated[float, Field(gt=0, description="silence after which a request is given up")] = 1.0
    backoff_s: Annotated[float, Field(gt=0, description="the longest wait for a device that does not answer")] = 60.0
    next_s: Annotated[float, Field(ge=0, description="quiet between an answer and the next request")] = 0.1

    @field_validator("other_charset")
    @classmethod
    def _check_charset(cls, charset: str) -> str:
        try:
            return codecs.lookup(charset).name if charset else ""
        except LookupError as exc:
            raise ValueError(f"no charset {charset!r}") from exc

    @model_validator(mode="after")
    def _check_answers(self) -> "Settings":
        if self.requests and not any(pattern.is_answer for pattern in self.lines):
            raise ValueError("there are requests, but no line is an answer (is_answer)")
        return self
