"""More captures of boxes as they occur in the trade, each with its truth, written before the proposals were looked at:
moisture, pH, milk, plates, scales, cards and thermometers, in fixed columns, JSON, tags, two lines a record."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.shian.adapters.unseen_boxes import Truth, Unseen

_VALUES = (0.35, 12.5, 3.25, 107.75, 0.5, 8.0)
_INHIBITIONS = (8.4, 12.5, 51.7, 3.0, 66.2, 20.1)
_CONDUCTIVITIES = (1.413, 84.0, 12.88, 147.2, 2.0, 500.5)
_PLATE = (0.1, 0.2, 0.3, 0.4)
_FOODS = ("菠菜", "小白菜", "黄瓜", "苹果", "韭菜", "豆角")


def _box(
    name: str, lines: Sequence[str], right: Truth, options: tuple[str, ...] = (), charset: str = "ascii"
) -> Unseen:
    return Unseen(name, "".join(f"{line}\r\n" for line in lines).encode(charset), right, options)


def _of(values: Sequence[float], unit: str = "") -> Truth:
    return [{"value": value} | ({"unit": unit} if unit else {}) for value in values]


def _comma(number: str) -> str:
    return number.replace(".", ",")


def _two_lines() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(_VALUES, 1):
        lines += [f"WHEAT      {n:03d}  2026-03-05 10:2{n}:00", f"MOISTURE {v:7.2f} %   TEMP {20 + n:.1f} C"]
        right += [{"value": v, "unit": "%"}, {"value": 20.0 + n}]
    return _box("moisture meter, two lines a record", lines, right)


def _ph_ticket() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate((4.01, 7.0, 6.86, 9.18, 5.55), 1):
        volts = f"{400 - 59 * v:.1f}"
        lines += [f"------ {n} ------", f"05-Mar-2026 10:2{n}", f"pH      {v:.2f}", f"mV      {volts}"]
        lines += ["Temp    25.0 °C", "Slope   98.5 %", ""]
        right += [{"value": v, "item": "ph"}, {"value": float(volts), "item": "mv"}]
        right += [{"value": 25.0, "item": "temp"}, {"value": 98.5, "item": "slope"}]
    return _box("pH meter, ticket with slope", lines, right, ("--charset", "latin-1"), "latin-1")


def _photometer() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(_VALUES, 1):
        lines += [f"Sample : S{n}", "Method : 355 Nitrate", f"Result : {v:.2f} mg/L NO3-N"]
        lines += [f"Abs    : {v / 100:.3f}", "-" * 20]
        right += [{"value": v, "unit": "mg/L"}, {"value": float(f"{v / 100:.3f}")}]
    return _box("photometer, method and chemical form", lines, right)


def _cards() -> tuple[Unseen, Unseen]:
    cards = list(zip(range(1, 7), _FOODS, _INHIBITIONS, strict=True))
    words = [f"{n:04d} {food} 抑制率 {v:.1f}% {_verdict(v)} 2026-03-05 10:2{n}:00" for n, food, v in cards]
    cells = ["序号,样品名称,检测项目,抑制率(%),结论,检测时间"]
    cells += [f"{n},{food},有机磷,{v:.1f},{_verdict(v)},2026/03/05 10:2{n}" for n, food, v in cards]
    gbk = ("--charset", "gb18030")
    right = [{"value": v, "unit": "%", "commodity": food} for _, food, v in cards]
    return (
        _box("card reader, GBK, one line, a food each", words, _of(_INHIBITIONS, "%"), gbk, "gb18030"),
        _box("pesticide tester, GBK, heading", cells, right, gbk, "gb18030"),
    )


def _verdict(inhibition: float) -> str:
    return "合格" if inhibition < 50 else "不合格"


def _numbered(form: str, values: Sequence[float] = _VALUES) -> list[str]:
    return [form.format(n=n, v=v) for n, v in enumerate(values, 1)]


def _water() -> Unseen:
    values = (0.3, 0.5, 1.2, 0.05)
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(values, 1):
        right += [{"value": v, "unit": "mg/L"}, {"value": 20.0 + n, "unit": "degC"}]
    lines = _numbered("余氯：{v:.2f}mg/L 温度：2{n}.0℃", values)
    return _box("water, UTF-8, chlorine and temperature", lines, right, ("--charset", "utf-8"), "utf-8")


def _mixed_units() -> Unseen:
    units = ["mS/cm" if n % 2 else "uS/cm" for n in range(1, 7)]
    pairs = list(zip(_CONDUCTIVITIES, units, strict=True))
    lines = [f"{n:02d} {v} {unit}" for n, (v, unit) in enumerate(pairs, 1)]
    return _box("conductivity, two units by range", lines, [{"value": v, "unit": unit} for v, unit in pairs])


_BRIX = (12.5, 8.0, 0.4, 21.3, 10.1)
_ATP = (12.0, 152.0, 9.0, 1034.0, 77.0, 30.0)
_KELVIN = (68.0, 70.5, 101.2, 32.0)
_COLD = (4.0, 4.5, 5.25, 3.75)
_MOLES = (0.00123, 0.1, 1.5, 0.02)
_RUNS = (1.2, 3.4, 5.6, 7.8, 9.1)
_MASSES = (1.25, 0.5, 3.0, 2.5, 7.75)
_ALCOHOL = (12.5, 38.0, 52.1, 5.0)

MORE = (
    _two_lines(), _ph_ticket(), _photometer(), *_cards(), _water(), _mixed_units(),
    _box(
        "pH meter, key=value, semicolons",
        [f"DATE=2026-03-05;TIME=10:2{n}:00;PH={4 + n / 8:.2f};TEMP=25.{n};UNIT=C" for n in range(1, 7)],
        [{"value": x} for n in range(1, 7) for x in (float(f"{4 + n / 8:.2f}"), float(f"25.{n}"))],
    ),
    _box(
        "colorimeter, JSON lines",
        _numbered('{{"id":{n},"time":"2026-03-05 10:2{n}:00","test":"NO2","value":{v},"unit":"mg/L"}}'),
        _of(_VALUES, "mg/L"),
    ),
    _box(
        "fluorometer, tags", _numbered('<RESULT NO="{n}" ITEM="AFB1" UNIT="ug/kg">{v:.2f}</RESULT>'),
        _of(_VALUES, "ug/kg"),
    ),
    _box(
        "plate, 12 absorbances in fixed columns",
        ["".join(f"{v + k / 1000:7.3f}" for k in range(12)) for v in _PLATE],
        _of([round(v + k / 1000, 3) for v in _PLATE for k in range(12)]),
    ),
    _box(
        "plate, well, OD and concentration",
        ["Well\tOD450\tConc (ng/mL)", *(f"{'ABCDEF'[n - 1]}{n}\t{1.2 - n / 10:.3f}\t{v:.2f}"
                                       for n, v in enumerate(_VALUES, 1))],
        _of(_VALUES, "ng/mL"),
    ),
    _box("balance, header and blanks", [f"ST,+{v:08.3f}  g" for v in _VALUES], _of(_VALUES, "g")),
    _box(
        "scale, stable and unstable, a number each",
        [f"{'ST' if n % 3 else 'US'},GS,{n:02d}, {v:7.3f}kg" for n, v in enumerate(_VALUES, 1)], _of(_VALUES, "kg"),
    ),
    _box(
        "refractometer, comma, nD and Brix",
        [f"nD 1,3{3 + n}00  Brix {_comma(f'{v:.1f}')} %" for n, v in enumerate(_BRIX, 1)], _of(_BRIX, "%"),
    ),
    _box(
        "thermometer, Fahrenheit and Celsius", [f"T1={v:.1f}F ({(v - 32) / 1.8:.1f}C)" for v in _KELVIN],
        _of(_KELVIN, "degF"),
    ),
    _box(
        "ATP meter, place and PASS", [f"{n:03d} CUTTING BOARD {v:5.0f} RLU {'FAIL' if v > 100 else 'PASS'} 03/05/26"
                                      for n, v in enumerate(_ATP, 1)],
        _of(_ATP, "RLU"), ("--time-format", "%m/%d/%y"),
    ),
    _box(
        "colorimeter, L a b", [f"L*={50 + n}.10 a*=-{n}.25 b*={n + 3}.50" for n in range(1, 6)],
        _of([x for n in range(1, 6) for x in (50 + n + 0.1, -(n + 0.25), n + 3.5)]),
    ),
    _box("titrator, scientific notation", _numbered("R{n} = {v:.3E} mol/L", _MOLES), _of(_MOLES, "mol/L")),
    _box(
        "nitrite, limit behind the value", [f"{n},NO2,{v:.2f},mg/kg,<=70.00,{'OK' if v < 70 else 'NG'}"
                                            for n, v in enumerate(_VALUES, 1)],
        _of(_VALUES, "mg/kg"),
    ),
    _box("lead, limit before the value", _numbered("Pb LIMIT 0.50 mg/kg FOUND {v:.2f} mg/kg"), _of(_VALUES, "mg/kg")),
    _box(
        "photometer, German, heading",
        ["Nr;Datum;Zeit;Probe;Wert;Einheit",
         *(f"{n};05.03.2026;10:2{n};P{n};{_comma(f'{v:.2f}')};mg/l" for n, v in enumerate(_VALUES, 1))],
        _of(_VALUES, "mg/L"), ("--time-format", "%d.%m.%Y %H:%M"),
    ),
    _box(
        "flow, overload", [f"CH1 {text} m/s" for text in ("1.25", "OL", "-0.50", "3.00", "2.75")],
        [{"value": v} for v in (1.25, None, -0.5, 3.0, 2.75)],
    ),
    _box(
        "scale, sign behind", [f"G {v:6.2f}{'-' if n % 2 else ' '} kg" for n, v in enumerate(_MASSES, 1)],
        _of([-v if n % 2 else v for n, v in enumerate(_MASSES, 1)]),
    ),
    _box(
        "scale, whole, nothing said", [f"=00{n}2{n}0" for n in range(1, 7)],
        _of([float(f"{n}2{n}0") for n in range(1, 7)]),
    ),
    _box("spectrometer, uncertainty", _numbered("Cd {v:.2f} +/- 0.0{n} mg/kg"), _of(_VALUES, "mg/kg")),
    _box(
        "titration, two runs and their mean",
        [f"S{n} run1 {v:.2f} run2 {v + 0.1:.2f} mean {v + 0.05:.2f} %" for n, v in enumerate(_RUNS, 1)],
        _of([float(f"{v + 0.05:.2f}") for v in _RUNS], "%"),
    ),
    _box(
        "milk analyser, names above columns",
        ["FAT    SNF    DEN    PRO", *(f"3.{n}0   8.{n}0   28.{n}0  3.2{n}" for n in range(1, 6))],
        _of([float(x) for n in range(1, 6) for x in (f"3.{n}", f"8.{n}", f"28.{n}", f"3.2{n}")]),
    ),
    _box(
        "alcohol, %vol", _numbered("ALC {v:5.2f} %vol  2{n}.0 C", _ALCOHOL),
        _of([x for n, v in enumerate(_ALCOHOL, 1) for x in (v, 20.0 + n)]),
    ),
    _box("logger, milliseconds", _numbered("2026-03-05T10:2{n}:00.125\tCH1\t{v:.2f}\tdegC", _COLD), _of(_COLD, "degC")),
)  # fmt: skip
