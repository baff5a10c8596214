"""The message about an alert as a channel would carry it, without sending anything. Pure."""

from dataclasses import dataclass
from typing import Any

from server.delivery.channel import ChannelKind, Notice
from server.delivery.message import AlertFacts
from server.delivery.texts.templates import Templates
from server.delivery.texts.text import Text, plain, texts_of

# For channels whose text has no length of its own.
_MOST_BYTES = 4000


@dataclass(frozen=True, slots=True)
class Preview:
    """Message in one language. `plain`: as one text, cut to what the channel takes; `size`: of that, in bytes of
    UTF-8; `most`: what the channel takes."""

    text: Text
    plain: str
    size: int
    most: int


def previews(alert: AlertFacts, kind: ChannelKind[Any], templates: Templates, link: str = "") -> list[Preview]:
    """Return the message in Chinese and in English."""
    notice = Notice("preview", alert, "preview", link=link, templates=templates)
    most = kind.most_bytes or _MOST_BYTES
    found = []
    for text in texts_of(notice, "both"):
        whole = plain((text,), most)
        found.append(Preview(text, whole, len(whole.encode()), most))
    return found
