"""The probes that a profile can bring: what its patterns and requests call them."""

from collections.abc import Iterator

from firmware_adapters.line.grammar import Pattern, Settings
from firmware_adapters.line.patterns import compile_pattern
from firmware_adapters.profile import Profile


def brings(profile: Profile, item: str, _channel: int | None) -> bool:
    """Return whether a continuous value of that item may come; where the line itself names items, any may. Channels
    always come from the line."""
    settings = profile.settings_as(Settings)
    if _takes_items_from_the_line(settings):
        return True
    names = {profile.items[name].code if name in profile.items else name for name in _names(settings)}
    return item in names


def _names(settings: Settings) -> Iterator[str]:
    """Yield the items of continuous values, as the device has them."""
    asked = [request.item for request in settings.requests if request.continuous]
    for pattern in _patterns(settings):
        if pattern.continuous or (pattern.is_answer and asked):
            plain = [pattern.item] if pattern.item else [request.item for request in settings.requests]
            for value in pattern.values or ("value",):
                yield from [value[6:]] if value[6:] else plain or ["unknown"]


def _patterns(settings: Settings) -> list[Pattern]:
    return [*settings.lines, *(row for block in settings.blocks for row in block.rows)]


def _takes_items_from_the_line(settings: Settings) -> bool:
    texts = [text for block in settings.blocks for text in (block.start, *block.context)]
    texts += [pattern.each for pattern in _patterns(settings) if pattern.each]
    compiled = [compile_pattern(text) for text in texts] + [pattern.compiled for pattern in _patterns(settings)]
    return any("item" in one.groupindex for one in compiled)
