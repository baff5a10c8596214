"""The sheet by which a browser prints a label: one page of 50 x 30 mm, the QR code drawn within it as SVG. Pure."""

from html import escape
from typing import Literal

import segno

from edge.screen.label.content import Label

Language = Literal["en", "zh"]

_TITLE: dict[Language, str] = {"en": "Label", "zh": "样品标签"}
_PRINT: dict[Language, str] = {"en": "print", "zh": "打印"}


def sheet(label: Label, language: Language) -> str:
    """Return the page. Its script prints it as soon as it is there."""
    qr = segno.make(label.code, micro=False, error="m").svg_inline(omitsize=True, border=0, svgclass="qr")
    lines = "".join(f"<span>{escape(text)}</span>" for text in (label.food, label.stall, label.time) if text)
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8" />'
        f"<title>{_TITLE[language]} {escape(label.number)}</title>"
        '<link rel="stylesheet" href="/page/label.css" /><script type="module" src="/page/label.js"></script></head>'
        f'<body><div class="label">{qr}<div class="said"><strong>{escape(label.number)}</strong>{lines}</div></div>'
        f'<button type="button" id="print">{_PRINT[language]}</button></body></html>'
    )
