"""Nineteen boxes, written when the forty of `makers_boxes` were read, and before the proposals saw them: whether
what was mended holds for others of its kind."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.shian.adapters.unseen_boxes import Truth, Unseen

_V = (0.35, 12.5, 3.25, 107.75, 0.5, 8.0)
_GBK, _UTF8, _LATIN = ("--charset", "gb18030"), ("--charset", "utf-8"), ("--charset", "latin-1")
_PLACES = ("Sink", "Knife", "Board", "Sink", "Knife", "Board")
_FEW = ("菠菜", "黄瓜", "菠菜", "黄瓜", "菠菜", "黄瓜")


def _box(name: str, lines: Sequence[str], right: Truth, options: tuple[str, ...] = (), end: str = "\r\n") -> Unseen:
    charset = options[options.index("--charset") + 1] if "--charset" in options else "ascii"
    return Unseen(name, "".join(line + end for line in lines).encode(charset), right, options)


def _of(values: Sequence[float], unit: str) -> list[dict[str, Any]]:
    return [{"value": value, "unit": unit} for value in values]


def _numbered(form: str) -> list[str]:
    return [form.format(n=n, v=v, place=_PLACES[n - 1], food=_FEW[n - 1]) for n, v in enumerate(_V, 1)]


def _two(first: str, second: str, values: Sequence[tuple[float, float]]) -> Truth:
    return [row for a, b in values for row in ({"value": a, "unit": first}, {"value": b, "unit": second})]


def _refractometer() -> Unseen:
    pairs = [(10 + n / 10, 20 + n / 2) for n in range(1, 7)]
    lines = [f"Brix {a:.1f} %  Temp {b:.1f} `C" for a, b in pairs]
    return _box("refractometer, Brix before, `C", lines, _two("%", "degC", pairs))


def _freezer() -> Unseen:
    lines = [f"{n:02d}MAR26 10:2{n} PROBE1 {'ERR' if n == 3 else f'{-18 - n / 10:.1f}'} C" for n in range(1, 7)]
    right = [
        {"value": -18 - n / 10, "unit": "degC", "measured_at": f"2026-03-0{n}T10:2{n}:00"} for n in (1, 2, 4, 5, 6)
    ]
    right.insert(2, {"value": None})
    return _box("freezer, 05MAR26, ERR", lines, right)


def _strip_block() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(_V, 1):
        lines += [f"Sample No.: {n:04d}", f"Date: Mar {n:02d}, 2026", f"Time: 10:2{n}:00"]
        for item, value in (("Lincomycin", v), ("Tylosin", v + 1)):
            lines += [f"Item: {item}", f"Value: {value:.2f} ppb", f"Judge: {'POS' if value > 4 else 'NEG'}"]
            right.append({
                "value": value, "unit": "ppb", "item": item.casefold(), "sample_number": f"{n:04d}",
                "measured_at": f"2026-03-{n:02d}T10:2{n}:00",
            })  # fmt: skip
        lines += ["-" * 20]
    return _box("strip reader, items in a block, Mar 05, 2026", lines, right)


def _milk() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n in range(1, 6):
        lines += [f"样品: 牛奶{n}", f"脂肪.......{3 + n / 10:.2f} %", f"蛋白质.....{2 + n / 10:.2f} %"]
        lines += [f"密度.......{1028 + n:.1f} kg/m3", "=========="]
        right += [{"value": 3 + n / 10, "unit": "%"}, {"value": 2 + n / 10, "unit": "%"}, {"value": 1028.0 + n}]
    return _box("milk, leaders, Chinese", lines, right, _UTF8)


def _run_table() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for run in range(1, 4):
        lines += [f"Run 2026/03/0{run} 09:30", "Ch;Sample;Inhibition(%);Result"]
        for n, v in enumerate((8.4, 62.5, 21.0), 1):
            value = round(v + run, 1)
            lines += [f"{n};{('Leek', 'Apple', 'Bean')[n - 1]};{value:.1f};{'POS' if value > 50 else 'NEG'}"]
            at = f"2026-03-0{run}T09:30:00"
            right += [{"value": value, "unit": "%", "commodity": ("Leek", "Apple", "Bean")[n - 1], "measured_at": at}]
        lines += ["END"]
    return _box("pesticide tester, table in a block, English", lines, right)


def _scales() -> list[Unseen]:
    return [
        _box(
            "scale, lb and oz alone",
            [f"  {v:8.2f} lb {'G' if n % 2 else 'N'}" for n, v in enumerate(_V)],
            _of(_V, "lb"),
        ),
        _box("scale, key=value", _numbered("W={v:.3f}kg;T=0.000kg;S=OK"), _two("kg", "kg", [(v, 0.0) for v in _V])),
        _box(
            "scale, time before, 12 hours",
            [f"03/0{n}/2026 02:1{n} PM  {v:8.2f} g" for n, v in enumerate(_V, 1)],
            [{"value": v, "unit": "g", "measured_at": f"2026-03-0{n}T14:1{n}:00"} for n, v in enumerate(_V, 1)],
            ("--time-format", "%m/%d/%Y %I:%M %p"),
        ),
        _box("scale, 公斤", _numbered("净重 {v:.2f} 公斤"), _of(_V, "kg"), _GBK),
    ]


LATER: Sequence[Unseen] = (
    _refractometer(),
    _freezer(),
    _strip_block(),
    _milk(),
    _run_table(),
    *_scales(),
    _box(
        "ATP, places that come again",
        _numbered("{n:03d};{place};RLU {v:.0f};PASS"),
        [{"value": float(f"{v:.0f}")} for v in _V],
    ),
    _box(
        "card, few foods, one line",
        _numbered("{n:04d} {food} 有机磷 {v:.1f}% 合格"),
        _of([float(f"{v:.1f}") for v in _V], "%"),
        _GBK,
    ),
    _box(
        "nitrite, a food before its value",
        _numbered("编号{n:03d} 样品:{food} 亚硝酸盐:{v:.2f}mg/kg 结果:合格"),
        _of(_V, "mg/kg"),
        _UTF8,
    ),
    _box(
        "table, 样品 and 阴性 阳性",
        [
            "序号,样品,项目,结果,时间",
            *(f"{n},{_FEW[n - 1]},呋喃唑酮,{'阳性' if n == 2 else '阴性'},2026-03-05 10:2{n}" for n in range(1, 7)),
        ],
        [{"value": None, "value_text": "阳性" if n == 2 else "阴性", "commodity": _FEW[n - 1]} for n in range(1, 7)],
        _GBK,
    ),
    _box(
        "conductivity and temperature, OL",
        [f"{'OL' if n == 2 else f'{n + 0.25:.2f}'} mS/cm {20 + n}.5 C" for n in range(6)],
        [
            row
            for n in range(6)
            for row in ({"value": None if n == 2 else n + 0.25}, {"value": 20 + n + 0.5, "unit": "degC"})
        ],
    ),
    _box(
        "water activity",
        _numbered("aw 0.{n}51  T 25.{n} C  Time 04:{n}0"),
        [row for n in range(1, 7) for row in ({"value": float(f"0.{n}51")}, {"value": 25 + n / 10, "unit": "degC"})],
    ),
    _box(
        "oil, verdict behind each",
        [
            f"TPM:{t:.1f}% {'BAD' if t > 24 else 'GOOD'} TEMP:{c:.1f}C"
            for t, c in ((12.5, 165.5), (25.0, 171.0), (9.5, 158.0))
        ]
        * 2,
        _two("%", "degC", [(12.5, 165.5), (25.0, 171.0), (9.5, 158.0)] * 2),
    ),
    _box(
        "table, German, degrees",
        [
            "Nr;Probe;Temp (°C);pH",
            *(f"{n};Wurst {n};{4 + n / 10:.1f};{5 + n / 10:.2f}".replace(".", ",") for n in range(1, 7)),
        ],
        [
            row
            for n in range(1, 7)
            for row in ({"value": 4 + n / 10, "unit": "degC"}, {"value": 5 + n / 10, "unit": "pH"})
        ],
        _LATIN,
    ),
    _box(
        "photometer, 时分秒",
        [f"2026年3月5日 10时2{n}分30秒 余氯 {v:.2f} mg/L" for n, v in enumerate(_V)],
        [{"value": v, "unit": "mg/L", "measured_at": f"2026-03-05T10:2{n}:30"} for n, v in enumerate(_V)],
        _UTF8,
    ),
    _box("low and high with units", _numbered("H2O2 {v:.2f} mg/L LOW 0.10 mg/L HIGH 200.00 mg/L"), _of(_V, "mg/L")),
)
