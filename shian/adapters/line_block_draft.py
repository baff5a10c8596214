"""A repeating ticket as `[[settings.block]]` of a new profile: its rows, shown and asked for."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware_adapters.line.grammar import Block as BlockSettings
from firmware_adapters.line.patterns import compile_pattern
from process.language import t
from shian.adapters.dialog import Dialog
from shian.adapters.line_blocks import Block, Row, role_of
from shian.adapters.line_shapes import Shape
from shian.failures import CannotError
from wire.units import unit_of

_MOST_LINES = BlockSettings.model_fields["max_lines"].default
_PLACE = re.compile(r"(\d{1,2})=([\w.-]+)")


def names_of(shapes: Sequence[Shape]) -> dict[Shape, str]:
    """Return the item of each shape, where their labels, or the marks of a balance, tell them apart, or other values
    stand in its line."""
    for names in ({shape: shape.mass for shape in shapes}, {shape: shape.item for shape in shapes}):
        if len(set(filter(None, names.values()))) > 1:
            return names
    are_several = len({shape.item for shape in shapes}) > 1
    return {shape: shape.item if are_several or shape.items else "" for shape in shapes}


def row_of(shape: Shape, item: str, items: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return a row of the profile. The names of its further values are added to `items`."""
    items |= {name: {"code": called} for name, called in shape.items if called and called != name}
    for name, unit in shape.units:
        items[name] = {"code": name} | items.get(name, {}) | {"unit": unit}
    each = {"each": shape.each} if shape.each else {}
    number = {"number": shape.number} if shape.number else {}
    number |= unit_of_first(item, shape.unit_before, items, has_others=bool(shape.items))
    number |= {"check": shape.check} if shape.check else {}
    return {"pattern": shape.pattern} | each | ({"item": item} if item else {}) | number


def unit_of_first(item: str, unit: str, items: dict[str, dict[str, str]], *, has_others: bool) -> dict[str, str]:
    """Return the unit that was said for the first value of a row, as the row's own. Where the row has others, that
    would be theirs as well: it is kept with the item."""
    entry = {"code": item, "unit": unit}
    if not unit or not item or not has_others or items.get(item, entry) != entry:
        return {"unit": unit} if unit else {}
    items[item] = entry
    return {}


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """A block that was found, and the wishes for it."""

    block: Block
    item: str
    unit: str | None
    places: Sequence[str]
    dialog: Dialog
    is_main: bool = True

    def settings(self, taken: dict[str, dict[str, str]]) -> dict[str, Any] | None:
        """Return the block of the profile; None where it is not wanted. Adds to the items that are `taken`. Raises
        CannotError."""
        block, dialog = self.block, self.dialog
        dialog.say(t(f"a ticket of {len(block.lines)} lines, {block.count} times:",
                     f"票据 {len(block.lines)} 行，共 {block.count} 次："))  # fmt: skip
        for place, line in enumerate(block.lines):
            dialog.say(f"  {place or t('first', '首行'):>5}  {line}")
        if not self.is_main and block.is_calibration:
            dialog.warn(t(f"{block.count} tickets like {block.lines[0]!r} tell how the box was set: they are LEFT OUT",
                          f"{block.count} 张形如 {block.lines[0]!r} 的票据为仪器校准记录：未纳入"))  # fmt: skip
            return self._left_out()
        if not dialog.agree(t("take it as one block", "作为一个整体读取")):
            return None
        said = self._said()
        names = names_of([row.shape for row in block.rows])
        items = {row: self._item(row, names, said) for row in block.rows}
        for item, times in Counter(item for row, item in items.items() if row.place and item != "-").items():
            if times > 1:
                dialog.warn(t(f"{times} lines of a ticket are all called {item!r}: say --place LINE=ITEM",
                              f"票据中有 {times} 行的项目均为 {item!r}：请用 --place 行号=项目 区分"))  # fmt: skip
        left_out = dict.fromkeys(row.left_out for row, item in items.items() if item == "-")
        rows = [self._row(row, item, taken) for row, item in items.items() if item != "-"]
        return self._made([*block.context, *left_out], rows) if rows else None

    def _made(self, context: Sequence[str], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        block = self.block
        made: dict[str, Any] = {"start": block.start}
        made |= {"end": block.end} if block.end is not None else {}
        made |= {"size": block.size} if block.size else {}
        made |= {"until_start": True} if block.until_start else {}
        longest = max(2 * len(block.lines), block.size + 1)
        made |= {"max_lines": min(longest, 1000)} if longest > _MOST_LINES else {}
        return made | ({"context": list(context)} if context else {}) | ({"row": rows} if rows else {})

    def _left_out(self) -> dict[str, Any]:
        """Return the block without a reading: its lines are known, and say nothing of a sample."""
        context = [*self.block.context, *dict.fromkeys(row.left_out for row in self.block.rows)]
        return self._made(context, ()) | {"is_left_out": True}

    def _said(self) -> dict[int, str]:
        said = {}
        for text in self.places:
            found = _PLACE.fullmatch(text)
            if not found:
                raise CannotError(t(f"--place {text}: not LINE=ITEM", f"--place {text}：格式应为 行号=项目"))
            said[int(found[1])] = found[2]
        if unknown := sorted(said.keys() - {row.place for row in self.block.rows}):
            values = ", ".join(str(row.place) for row in self.block.rows if row.place)
            raise CannotError(
                t(
                    f"--place {unknown[0]}: there is no value; lines with values: {values or '-'}",
                    f"--place {unknown[0]}：该行没有数值；有数值的行：{values or '-'}",
                )
            )
        return said

    def _item(self, row: Row, names: Mapping[Shape, str], said: Mapping[int, str]) -> str:
        shape = row.shape
        if shape.each:
            return ""
        if not row.place:
            is_other = shape.unit != self.block.rows[0].shape.unit and not names[shape]
            called = names[shape] or (self._measured(shape) or "-" if is_other else self.item)
            return self.dialog.ask(
                t(f"item of {shape.sample!r}, or - to leave it out", f"{shape.sample!r} 的项目名称，- 表示忽略"), called
            )
        if row.place in said:
            return said[row.place]
        return self.dialog.ask(
            t(f"item of line {row.place}, {shape.sample!r}, or - to leave it out",
              f"第 {row.place} 行 {shape.sample!r} 的项目名称，- 表示忽略"),
            row.item or f"{self.item}_{row.place}",
        )  # fmt: skip

    def _measured(self, shape: Shape) -> str:
        """Return what the unit of a row measures, where no other row of the ticket has such a unit."""
        known = unit_of(shape.unit.replace("\\", ""))
        others = [unit_of(row.shape.unit.replace("\\", "")) for row in self.block.rows if row.shape is not shape]
        is_only = known and all(other and other.dimension != known.dimension for other in others)
        return known.dimension[0] if known and is_only and len(known.dimension) == 1 else ""

    def _row(self, row: Row, item: str, taken: dict[str, dict[str, str]]) -> dict[str, Any]:
        place = {"place": row.place} if row.place else {}
        of_block = self.block.role
        said = of_block if of_block != "sample" else role_of(row.shape.label)
        role = {"role": said} if said != "sample" else {}
        return place | row_of(row.shape, item, taken) | role | ({"unit": self.unit} if self.unit else {})


def moments_in(block: Mapping[str, Any], lines: Sequence[str]) -> list[str]:
    """Return date and time of each ticket as they are written, joined by a blank."""
    patterns = [compile_pattern(text) for text in (block["start"], *block.get("context", ()))]
    patterns += [compile_pattern(row["pattern"]) for row in block.get("row", ())]
    return list(_moments(patterns, lines)) if any("date" in pattern.groupindex for pattern in patterns) else []


def _moments(patterns: Sequence[Any], lines: Sequence[str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for line in lines:
        matches = [pattern.fullmatch(line) for pattern in patterns]
        if matches[0] and "date" in seen:
            yield " ".join(filter(None, (seen.get("date"), seen.get("time"))))
            seen = {}
        for found in filter(None, matches):
            seen |= {name: text.strip() for name, text in found.groupdict("").items() if name in ("date", "time")}
    if "date" in seen:
        yield " ".join(filter(None, (seen.get("date"), seen.get("time"))))
