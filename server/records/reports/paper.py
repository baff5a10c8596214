"""A report as a PDF for A4, set by Typst with its fonts embedded.

The wheel has no Chinese font: one of the machine's is taken (`fonts-noto-cjk` and others of Debian), or one in the
folder of the settings. Without any the letters would be empty boxes: then there is no PDF, and the answer says what to
do.
"""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from server.problems import Kind, ProblemError
from server.records.reports.sheet import Sheet

_TEMPLATE = Path(__file__).with_name("paper.typ")
# In this order: families that have the letters of simplified Chinese.
_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
)
_NO_TYPST = Kind(
    501,
    "no-pdf",
    "This server was installed without what makes PDFs (the extra `pdf`).",
    "本服务器安装时未包含 PDF 组件（附加项 pdf）。",
)
_NO_FONT = Kind(
    501,
    "no-font",
    "This server has no Chinese font: install fonts-noto-cjk, or name a folder in [reports] fonts.",
    "服务器缺少中文字体：请安装 fonts-noto-cjk，或在 [reports] fonts 指定字体目录。",
)


def paper(sheet: Sheet, *, district: str, fonts: Path | None, is_chinese: bool) -> bytes:
    """Return the PDF. Raises ProblemError (501) where the machine cannot make one that can be read."""
    try:
        import typst  # noqa: PLC0415  comes with an extra of its own
    except ImportError as exc:
        raise ProblemError(_NO_TYPST) from exc
    family = family_of(fonts)
    if family is None:
        raise ProblemError(_NO_FONT)
    inputs = {
        "sheet": json.dumps(asdict(sheet), ensure_ascii=False),
        "district": district,
        "family": family,
        "lang": "zh" if is_chinese else "en",
    }
    # Texts go in as data: nothing that a device wrote is read as markup.
    made = typst.Compiler(str(_TEMPLATE), font_paths=_fonts(fonts)).compile(format="pdf", sys_inputs=inputs)
    assert isinstance(made, bytes), "one document is one PDF"
    return made


def family_of(folder: Path | None) -> str | None:
    """Return the Chinese font to write with; None: there is none."""
    known = frozenset(_fonts(folder).families())
    return next((name for name in _FAMILIES if name in known), None)


@cache
def _fonts(folder: Path | None) -> Any:
    """Look for the fonts of the machine and of a folder, once: it takes a while."""
    import typst  # noqa: PLC0415

    return typst.Fonts(font_paths=[folder] if folder else [])
