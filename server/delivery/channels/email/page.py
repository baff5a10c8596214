"""The HTML of a mail. Pure; everything that others wrote is escaped, and nothing is loaded from anywhere."""

from html import escape

from server.delivery.texts.text import Text


def html(texts: tuple[Text, ...]) -> str:
    """Return one HTML document for all languages."""
    parts = "<hr>".join(_part(text) for text in texts)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{parts}</body></html>'


def _part(text: Text) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in text.lines)
    notice = f"<p><em>{escape(text.notice)}</em></p>" if text.notice else ""
    links = "".join(
        f'<p>{escape(words.replace("{link}", "").strip())} <a href="{escape(to)}">{escape(to)}</a></p>'
        for words, to in text.links
    )
    return f"<h3>{escape(text.title)}</h3><ul>{lines}</ul>{notice}{links}"
