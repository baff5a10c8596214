"""Captures of boxes as they occur in the trade, each with its truth. They were written before the proposals were looked
at: cards of pesticides, ATP, frying oil, salt, pH, drugs, scales, thermometers, colours."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Truth = Sequence[Mapping[str, Any]]


class Unseen(NamedTuple):
    """A box: the bytes that it sent, the parts of each reading that must be right, and the options of the command."""

    name: str
    stream: bytes
    right: Truth
    options: tuple[str, ...] = ()


_INHIBITIONS = (8.4, 12.5, 51.7, 3.0, 66.2, 20.1)
_VALUES = (0.05, 12.5, 3.25, 107.75, 0.5, 8.0)
_FOODS = ("菠菜", "小白菜", "黄瓜", "苹果", "韭菜", "豆角")


def _line_of(lines: Sequence[str], end: str = "\r\n", charset: str = "ascii") -> bytes:
    return "".join(line + end for line in lines).encode(charset)


def _card_reader() -> Unseen:
    lines: list[str] = []
    right = []
    for n, value in enumerate(_INHIBITIONS, 1):
        is_bad = value >= 50
        lines += ["  农药残留检测报告  ", f"样品编号：A{n:04d}", f"样品名称：{_FOODS[n - 1]}"]
        lines += [f"检测时间：2026-03-05 10:2{n}:07", f"抑制率：{value:.1f}％"]
        lines += [f"检测结果：{'阳性(+)' if is_bad else '阴性(-)'}", "--------------------"]
        right.append({
            "value": value, "unit": "%", "sample_number": f"A{n:04d}", "commodity": _FOODS[n - 1],
            "measured_at": f"2026-03-05T10:2{n}:07",
        })  # fmt: skip
    return Unseen(
        "pesticide card, GBK, full-width", _line_of(lines, "\r\n", "gb18030"), right, ("--charset", "gb18030")
    )


def _atp() -> Unseen:
    values = (12, 152, 9, 1034, 77, 30)
    lines = [f"Plan A\tL{n:02d} Knife\t03/2{n}/2026\t2:3{n} PM\t{v}\tRLU\t{'FAIL' if v > 100 else 'PASS'}"
             for n, v in enumerate(values, 1)]  # fmt: skip
    right = [
        {"value": float(v), "unit": "RLU", "measured_at": f"2026-03-2{n}T14:3{n}:00"} for n, v in enumerate(values, 1)
    ]
    return Unseen("ATP meter, tabs, AM/PM", _line_of(lines), right)


def _atp_header() -> Unseen:
    values = (12, 152, 9, 1034, 77, 30)
    lines = ["No.,Date,Time,Location,RLU,Result"]
    lines += [f"{n},2026/03/0{n},09:1{n},Board {n},{v},{'F' if v > 100 else 'P'}" for n, v in enumerate(values, 1)]
    right = [
        {"value": float(v), "unit": "RLU", "measured_at": f"2026-03-0{n}T09:1{n}:00"} for n, v in enumerate(values, 1)
    ]
    return Unseen("ATP meter, CSV, unit in the header", _line_of(lines), right)


def _oil() -> Unseen:
    pairs = ((12.5, 165.3), (9.0, 171.0), (24.5, 158.9), (30.0, 99.5), (18.5, 170.2))
    lines = [f"TPM {tpm:4.1f} %  {temp:5.1f} °C" for tpm, temp in pairs]
    right = [row for tpm, temp in pairs for row in ({"value": tpm, "unit": "%"}, {"value": temp, "unit": "degC"})]
    return Unseen(
        "frying oil, TPM and temperature in a line", _line_of(lines, charset="latin-1"), right, ("--charset", "latin-1")
    )


def _oil_block() -> Unseen:
    pairs = ((12.5, 165.3), (9.0, 171.0), (24.5, 158.9), (30.0, 99.5), (18.5, 170.2))
    lines: list[str] = []
    right = []
    for n, (tpm, temp) in enumerate(pairs, 1):
        lines += [f"No.{n:>4}", "2026.03.05", f"14:0{n}:33", f"TPM   {tpm:6.1f} %", f"Temp  {temp:6.1f} degC", ""]
        right += [{"value": tpm, "unit": "%", "item": "tpm", "measured_at": f"2026-03-05T14:0{n}:33"}]
        right += [{"value": temp, "unit": "degC", "item": "temp", "measured_at": f"2026-03-05T14:0{n}:33"}]
    return Unseen("frying oil, printed block", _line_of(lines), right)


def _brix() -> Unseen:
    values = (12.5, 8.0, 0.4, 21.3, 10.1)
    lines = [f"{n:04d} {v:5.1f} °Brix 20.{n} ℃" for n, v in enumerate(values, 1)]
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(values, 1):
        right += [{"value": v, "unit": "Brix"}, {"value": round(20 + n / 10, 1), "unit": "degC"}]
    stream = _line_of(lines, charset="utf-8")
    return Unseen("refractometer, °Brix and temperature", stream, right, ("--charset", "utf-8"))


def _salt() -> Unseen:
    values = (0.85, 1.2, 3.45, 0.9, 12.0)
    lines = [f"盐度：{v:.2f} ‰" for v in values]
    return Unseen(
        "salinity, per mille, UTF-8",
        _line_of(lines, charset="utf-8"),
        [{"value": v, "unit": "‰"} for v in values],
        ("--charset", "utf-8"),
    )


def _ph_comma() -> Unseen:
    values = (4.01, 7.0, 6.86, 9.18, 5.55)
    lines = [
        f"{n};05.03.2026;10:2{n}:00;{v:.2f}".replace(".", ",").replace("05,03,2026", "05.03.2026") + ";pH;22,5;°C"
        for n, v in enumerate(values)
    ]
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(values):
        right += [{"value": v, "unit": "pH", "measured_at": f"2026-03-05T10:2{n}:00"}, {"value": 22.5, "unit": "degC"}]
    options = ("--charset", "latin-1", "--time-format", "%d.%m.%Y %H:%M:%S")
    return Unseen("pH meter, decimal comma, semicolons", _line_of(lines, "\r", "latin-1"), right, options)


def _drug_reader() -> Unseen:
    """Return a drug reader: one block, several analytes, words in place of values."""
    found = (
        ("ND", "0.35", "<0.01"),
        ("1.20", "ND", "ND"),
        ("0.40", ">5.00", "0.02"),
        ("ND", "ND", "<0.01"),
        ("2.15", "0.60", "ND"),
    )
    lines: list[str] = []
    right = []
    for n, row in enumerate(found, 1):
        lines += ["== DRUG RESIDUE ==", f"Sample ID: M-{n:03d}", f"Date: 2026-03-05 11:0{n}:10"]
        for name, text in zip(("Enrofloxacin", "Sulfa", "AOZ"), row, strict=True):
            lines.append(f"{name:14}{text:>8} ug/kg")
            value = float(text) if text[0].isdigit() else None
            right.append(
                {
                    "value": value,
                    "value_text": text,
                    "item": name.casefold(),
                    "sample_number": f"M-{n:03d}",
                    "measured_at": f"2026-03-05T11:0{n}:10",
                }
            )
        lines += ["== END =="]
    return Unseen("drug reader, ND, <LOD and > in a block", _line_of(lines), right)


def _drug_chinese() -> Unseen:
    found = (("未检出", "0.35"), ("1.20", "未检出"), ("0.40", "3.10"), ("未检出", "未检出"), ("2.15", "0.60"))
    lines: list[str] = []
    right = []
    for n, row in enumerate(found, 1):
        lines += [f"编号：{n:03d}", f"日期：2026年3月{n}日"]
        for name, text in zip(("孔雀石绿", "氯霉素"), row, strict=True):
            lines.append(f"{name}：{text}" + ("" if text == "未检出" else " μg/kg"))
            right.append(
                {
                    "value": float(text) if text[0].isdigit() else None,
                    "value_text": text,
                    "item": name,
                    "sample_number": f"{n:03d}",
                }
            )
        lines += [""]
    return Unseen("drug reader, GBK, 未检出", _line_of(lines, "\n", "gb18030"), right, ("--charset", "gb18030"))


def _scale_thousands() -> Unseen:
    values = (1250.5, 875.0, 12000.25, 1003.75, 990.5)
    lines = [f"NET {v:>12,.2f} g" for v in values]
    return Unseen("scale, thousands separators", _line_of(lines), [{"value": v, "unit": "g"} for v in values])


def _scale_checksum() -> Unseen:
    values = (1.25, 10.5, 0.75, 3.0, 25.25)
    lines = []
    for v in values:
        text = f"ST,NT,+{v:07.2f}kg,"
        lines.append(f"{text}{sum(text.encode()) & 0xFF:02X}")
    return Unseen("scale, checksum at the end", _line_of(lines), [{"value": v, "unit": "kg"} for v in values])


def _serial_like_value() -> Unseen:
    values = (3.25, 0.5, 12.75, 7.0, 4.5)
    lines = [f"SN 20231.07 CH1 {v:7.2f} mg/L OK" for v in values]
    return Unseen(
        "serial number that looks like a value", _line_of(lines), [{"value": v, "unit": "mg/L"} for v in values]
    )


def _serial_columns() -> Unseen:
    values = (3, 15, 127, 70, 45)
    lines = [f"100200.5,{n},{v},ppb" for n, v in enumerate(values, 1)]
    return Unseen(
        "columns, serial with a point, whole values",
        _line_of(lines),
        [{"value": float(v), "unit": "ppb"} for v in values],
    )


def _escpos() -> Unseen:
    lines = b""
    right = []
    for n, v in enumerate(_VALUES, 1):
        lines += b"\x1b@\x1ba\x01\x1b!\x10NITRITE TEST\r\n\x1b!\x00\x1ba\x00"
        lines += f"Sample No: {n:03d}\r\n2026-03-05 10:2{n}:00\r\nResult: {v:8.2f} mg/kg\r\n".encode()
        lines += b"\x1bd\x03\x1dV\x00"
        right.append(
            {"value": v, "unit": "mg/kg", "sample_number": f"{n:03d}", "measured_at": f"2026-03-05T10:2{n}:00"}
        )
    return Unseen("nitrite printer, ESC/POS between lines", lines, right)


def _escpos_rows() -> Unseen:
    """Return lines that begin with a command of the printer."""
    lines = b"".join(b"\x1bE\x01T1\x1bE\x00 " + f"{v:6.1f} C".encode() + b"\n" for v in (4.5, 3.0, -18.5, 7.25, 0.5))
    return Unseen("thermometer, ESC/POS within lines", lines, [{"value": v} for v in (4.5, 3.0, -18.5, 7.2, 0.5)])


def _right_aligned() -> Unseen:
    values = (0.05, 12.5, 113.25, 8.0, 1007.75)
    lines = [f"{n:>6}{v:>12.2f}  mg/L{'':>20}" for n, v in enumerate(values, 8)]
    return Unseen("photometer, right-aligned, padded", _line_of(lines), [{"value": v, "unit": "mg/L"} for v in values])


def _fixed_width() -> Unseen:
    values = (0.05, 12.5, 113.25, 8.0, 907.75)
    lines = [f"{n:03d}CL2 {v:07.2f}mg/L P" for n, v in enumerate(values, 1)]
    return Unseen("fixed width, no blanks", _line_of(lines), [{"value": v, "unit": "mg/L"} for v in values])


def _colour() -> Unseen:
    triples = ((65.12, 3.4, -12.05), (70.0, 0.25, 8.5), (12.75, -1.5, 0.0), (99.5, 2.0, 14.25), (45.5, -0.75, 3.25))
    lines = [f"L* {a:6.2f} a* {b:6.2f} b* {c:6.2f}" for a, b, c in triples]
    return Unseen(
        "colour meter, L* a* b*",
        _line_of(lines),
        [{"value": v, "item": name} for row in triples for v, name in zip(row, ("l", "a", "b"), strict=True)],
    )


def _colour_block() -> Unseen:
    triples = ((65.12, 3.4, -12.05), (70.0, 0.25, 8.5), (12.75, -1.5, 0.0), (99.5, 2.0, 14.25), (45.5, -0.75, 3.25))
    lines: list[str] = []
    right = []
    for n, row in enumerate(triples, 1):
        lines.append(f"#{n:03d}")
        for name, v in zip("Lab", row, strict=True):
            lines.append(f"{name}*= {v:+7.2f}")
            right.append({"value": v, "item": name.casefold()})
        lines.append("")
    return Unseen("colour meter, block", _line_of(lines, "\n"), right)


def _two_columns() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate(_VALUES, 1):
        lines += ["RESIDUE REPORT", f"Sample: S{n:03d}     Operator: QC", f"Date: 2026-03-05   Time: 10:2{n}:00"]
        lines += [f"Pb: {v:7.2f} mg/kg   Cd: {v / 2:7.2f} mg/kg", "=============="]
        right += [
            {
                "value": v,
                "unit": "mg/kg",
                "item": "pb",
                "sample_number": f"S{n:03d}",
                "measured_at": f"2026-03-05T10:2{n}:00",
            }
        ]
        right += [{"value": float(f"{v / 2:.2f}"), "unit": "mg/kg", "item": "cd", "sample_number": f"S{n:03d}"}]
    return Unseen("two columns in a block", _line_of(lines), right)


def _page_breaks() -> Unseen:
    lines: list[str] = []
    right = []
    for n in range(1, 19):
        if n % 6 == 1:
            lines += [
                "\x0c" + f"LAB REPORT        Page {n // 6 + 1}",
                "No   Sample   NO3 mg/kg",
                "------------------------",
            ]
        v = n * 13.5
        lines.append(f"{n:3d}  K-{n:03d}  {v:9.1f}")
        right.append({"value": v, "unit": "mg/kg"})
    return Unseen("page breaks, unit in the header", _line_of(lines), right)


def _optional_remark() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate((*_VALUES, 2.5, 17.25), 1):
        lines += ["*** NITRITE ***", f"Sample: A-{n:02d}", f"Date: 2026-03-05 10:2{n}:00"]
        lines += [f"Dilution: 1:{n}0"] if n in (2, 7) else []
        lines += [f"NO2   {v:8.2f} mg/kg"]
        lines += ["Remark: over range before"] if n == 4 else []
        lines += ["*** END ***"]
        right.append(
            {"value": v, "unit": "mg/kg", "sample_number": f"A-{n:02d}", "measured_at": f"2026-03-05T10:2{n}:00"}
        )
    return Unseen("lines that come now and then in a block", _line_of(lines), right)


def _optional_without_end() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate((*_VALUES, 2.5, 17.25), 1):
        lines += [f"Sample No: {n:03d}", f"2026/03/05 10:2{n}:00"]
        lines += ["Dilution: x10"] if n in (2, 3, 7) else []
        lines += [f"Formaldehyde {v:7.2f} mg/kg"]
        right.append(
            {"value": v, "unit": "mg/kg", "sample_number": f"{n:03d}", "measured_at": f"2026-03-05T10:2{n}:00"}
        )
    return Unseen("optional line, block without an end", _line_of(lines), right)


def _two_kinds() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate((*_VALUES, 2.5, 17.25), 1):
        if n in (1, 4, 7):
            lines += ["--- CALIBRATION ---", f"Date: 2026-03-05 09:5{n}:00", "Slope: 98.5 %", "--- OK ---"]
        lines += [
            "--- RESULT ---",
            f"Sample: A-{n:02d}",
            f"Date: 2026-03-05 10:2{n}:00",
            f"NO3 {v:8.2f} mg/kg",
            "--- END ---",
        ]
        right.append(
            {
                "value": v,
                "unit": "mg/kg",
                "sample_number": f"A-{n:02d}",
                "measured_at": f"2026-03-05T10:2{n}:00",
            }
        )
    return Unseen("calibration tickets between results", _line_of(lines), right)


def _two_records() -> Unseen:
    lines = []
    right = []
    for n, v in enumerate(_VALUES, 1):
        lines += [f"H|2026-03-05 10:2{n}:00|A-{n:02d}", f"R|Pb|{v:.2f}|mg/kg", f"R|Cd|{v / 2:.2f}|mg/kg"]
        right += [{"value": v, "unit": "mg/kg", "measured_at": f"2026-03-05T10:2{n}:00"}]
        right += [{"value": float(f"{v / 2:.2f}"), "unit": "mg/kg", "measured_at": f"2026-03-05T10:2{n}:00"}]
    return Unseen("a header record and two results", _line_of(lines), right)


def _two_layouts() -> Unseen:
    """Return lines of two kinds in turn: a weighing, and a piece count."""
    lines = []
    right = []
    for n, v in enumerate(_VALUES, 1):
        lines += [f"WT: {v:8.3f} kg"]
        right += [{"value": v, "unit": "kg"}]
        if n % 2:
            lines += [f"QTY: {n * 7:6d} pcs"]
            right += [{"value": float(n * 7)}]
    return Unseen("scale, weight and count in turn", _line_of(lines), right)


def _over() -> Unseen:
    texts = ("12.5", "OVER", "3.2", "8.0", "----", "10.1")
    lines = [f"CH1 {text:>8} NTU" for text in texts]
    return Unseen(
        "turbidity, OVER and dashes",
        _line_of(lines),
        [{"value": float(t) if t[0].isdigit() else None, "value_text": t, "unit": "NTU"} for t in texts],
    )


def _bounds() -> Unseen:
    texts = ("<0.01", "0.25", ">10.00", "1.50", "<0.01", "3.75", "ND")
    lines = [f"2026-03-05 10:2{n}:00,AFM1,{text},ug/kg" for n, text in enumerate(texts)]
    return Unseen(
        "toxin reader, bounds in a column",
        _line_of(lines),
        [
            {
                "value": float(t) if t[0].isdigit() else None,
                "value_text": t,
                "unit": "ug/kg",
                "measured_at": f"2026-03-05T10:2{n}:00",
            }
            for n, t in enumerate(texts)
        ],
    )


def _card_signs() -> Unseen:
    lines = [f"{n:02d} {food} {'+' if n == 3 else '-'}" for n, food in enumerate(_FOODS, 1)]
    return Unseen(
        "card, signs alone",
        _line_of(lines, "\r\n", "gb18030"),
        [{"value": None, "value_text": "+" if n == 3 else "-"} for n in range(1, 7)],
        ("--charset", "gb18030"),
    )


def _slash_units() -> Unseen:
    lines = [f"Cond.: {v:9.2f} uS / cm" for v in _VALUES]
    return Unseen(
        "conductivity, blanks in the unit", _line_of(lines, "\n"), [{"value": v, "unit": "uS/cm"} for v in _VALUES]
    )


def _superscript() -> Unseen:
    lines = [f"NO₃⁻ {v:.2f} mg·kg⁻¹" for v in _VALUES]
    return Unseen(
        "unit with a superscript",
        _line_of(lines, "\n", "utf-8"),
        [{"value": v, "unit": "mg/kg"} for v in _VALUES],
        ("--charset", "utf-8"),
    )


def _header_units() -> Unseen:
    lines = ["Sample\tCl (mg/L)\tpH"]
    lines += [f"A{n}\t{v:.2f}\t{7 + n / 10:.1f}" for n, v in enumerate(_VALUES, 1)]
    right = [
        row
        for n, v in enumerate(_VALUES, 1)
        for row in ({"value": v, "unit": "mg/L"}, {"value": round(7 + n / 10, 1), "unit": "pH"})
    ]
    return Unseen("two values a row, units in the header", _line_of(lines), right)


def _thermo_probe() -> Unseen:
    values = (3.5, -18.2, 4.0, -0.5, 22.1)
    lines = [f"05/03/26 {n}:15 AM  T1:{v:6.1f}C T2:{v + 1:6.1f}C" for n, v in enumerate(values, 1)]
    right = [{"value": round(x, 1)} for v in values for x in (v, v + 1)]
    return Unseen("two probes in a line, d/m/y AM", _line_of(lines), right, ("--time-format", "%d/%m/%y %I:%M %p"))


def _full_width_unit() -> Unseen:
    lines = [f"甲醛　{v:.2f}　ｍｇ／ｋｇ" for v in _VALUES]
    return Unseen(
        "full-width letters in the unit",
        _line_of(lines, "\r\n", "gb18030"),
        [{"value": v, "unit": "mg/kg"} for v in _VALUES],
        ("--charset", "gb18030"),
    )


def _log_cfu() -> Unseen:
    lines = [f"TVC {v:.2f} log CFU/g" for v in (2.5, 3.75, 4.1, 5.0, 6.25)]
    return Unseen(
        "plate reader, log CFU/g",
        _line_of(lines),
        [{"value": v, "unit": "log CFU/g"} for v in (2.5, 3.75, 4.1, 5.0, 6.25)],
    )


def _scientific() -> Unseen:
    lines = [f"TPC  {v} CFU/mL" for v in ("1.2E+03", "4.5E+02", "8.0E+01", "2.4E+05")]
    return Unseen(
        "plate reader, powers of ten",
        _line_of(lines),
        [{"value": v, "unit": "CFU/mL"} for v in (1200.0, 450.0, 80.0, 240000.0)],
    )


def _no_unit_whole() -> Unseen:
    """Return counts with their numbers: two whole numbers, no unit, no header. Nothing says which is the value."""
    lines = [f"{n} {v}" for n, v in ((1, 152), (2, 9), (3, 1034), (4, 77), (5, 12))]
    return Unseen("two whole numbers, nothing said", _line_of(lines), [])


def _key_values() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate(_VALUES, 1):
        lines += [
            f"仪器编号：SP2026{n % 2:03d}",
            f"样品名称：{_FOODS[n - 1]}",
            "检测项目：二氧化硫",
            f"检测值：{v:.2f}mg/kg",
            "国家标准：0.10g/kg",
            f"检测时间：2026/03/05 14:0{n}",
            "检测人员：赵",
            "",
        ]
        right.append({"value": v, "unit": "mg/kg", "commodity": _FOODS[n - 1], "measured_at": f"2026-03-05T14:0{n}:00"})
    return Unseen(
        "key and value, limit beside the value", _line_of(lines, "\r\n", "utf-8"), right, ("--charset", "utf-8")
    )


def _crlf_cr_mix() -> Unseen:
    data = b"".join(
        f"{v:6.2f} pH".encode() + (b"\r" if n % 2 else b"\r\n")
        for n, v in enumerate((4.01, 7.0, 6.86, 9.18, 5.55, 6.0))
    )
    return Unseen(
        "pH meter, CR and CRLF mixed", data, [{"value": v, "unit": "pH"} for v in (4.01, 7.0, 6.86, 9.18, 5.55, 6.0)]
    )


def _table_in_block() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate(_VALUES[:4], 1):
        lines += [f"REPORT No {n:04d}", f"Date 2026-03-0{n}", "Item      Value   Unit    Judge"]
        for name, x in (("Pb", v), ("Cd", v * 2), ("Hg", v + 1)):
            lines.append(f"{name:8}{x:7.2f}   mg/kg   {'OK' if x < 10 else 'NG'}")
            right.append({"value": float(f"{x:.2f}"), "unit": "mg/kg", "item": name.casefold()})
        lines += ["-" * 32]
    return Unseen("table with a heading in a block", _line_of(lines), right)


def _unit_in_brackets() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(_INHIBITIONS, 1):
        lines += [f"通道：{n}", f"抑制率(%)：{v:.1f}", f"吸光度变化：0.{n}25", ""]
        right += [{"value": v, "unit": "%"}, {"value": float(f"0.{n}25")}]
    return Unseen(
        "unit in brackets before the value", _line_of(lines, "\r\n", "gb18030"), right, ("--charset", "gb18030")
    )


def _unit_behind_in_brackets() -> Unseen:
    lines = [f"Result [{n}]  {v:.2f} (mg/L)" for n, v in enumerate(_VALUES, 1)]
    return Unseen("unit in brackets behind", _line_of(lines, "\r"), [{"value": v, "unit": "mg/L"} for v in _VALUES])


def _wells() -> Unseen:
    """Return a plate of eight wells in a line each, name and percent."""
    lines: list[str] = []
    right = []
    for n in range(1, 4):
        lines += [f"TEST {n:03d} 2026-03-0{n} 09:30:00"]
        for well in range(1, 9):
            v = n * 10 + well + 0.5
            lines.append(f"CH{well} {v:6.1f}%")
            right.append({"value": v, "unit": "%", "measured_at": f"2026-03-0{n}T09:30:00"})
        lines.append("AVG --")
    return Unseen("eight wells below a heading", _line_of(lines), right)


def _wells_in_a_row() -> Unseen:
    lines = [
        "T" + f"{n:03d} " + " ".join(f"C{well}:{n * 10 + well + 0.5:.1f}%" for well in range(1, 5)) for n in range(1, 7)
    ]
    right = [{"value": n * 10 + well + 0.5, "unit": "%"} for n in range(1, 7) for well in range(1, 5)]
    return Unseen("four wells in a line", _line_of(lines), right)


def _kinds_by_letter() -> Unseen:
    """Return records that begin with the letter of their kind, as a data logger's."""
    lines: list[str] = []
    right = []
    for n, v in enumerate(_VALUES, 1):
        lines += [f"D,2026/03/05,10:2{n}:00", f"P,S{n:02d},cucumber", f"V,{v:.2f},mg/kg,PASS"]
        lines += ["W,LOW BATTERY"] if n in (2, 5) else []
        right.append({"value": v, "unit": "mg/kg", "measured_at": f"2026-03-05T10:2{n}:00"})
    return Unseen("records by letter, a warning now and then", _line_of(lines), right)


def _qc_tickets() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate((*_VALUES, 2.5, 17.25), 1):
        is_qc = n in (1, 5)
        lines += ["***** QC *****" if is_qc else "***** SAMPLE *****", f"ID: {n:04d}", f"Time: 2026-03-05 10:2{n}:00"]
        lines += [f"SO2: {v:.2f} mg/L", "**********"]
        right.append({"value": v, "unit": "mg/L", "role": "control" if is_qc else "sample"})
    return Unseen("control tickets between samples", _line_of(lines), right)


def _alarm_lines() -> Unseen:
    lines: list[str] = []
    right = []
    for n in range(1, 13):
        v = 2.5 + n / 4
        lines.append(f"{n:05d} 2026-03-05 {n:02d}:00:00 {v:+7.2f}°C")
        right.append({"value": v, "unit": "degC", "measured_at": f"2026-03-05T{n:02d}:00:00"})
        lines += ["*** DOOR OPEN ***"] if n % 5 == 0 else []
    return Unseen("logger with a text now and then", _line_of(lines, "\n", "utf-8"), right, ("--charset", "utf-8"))


def _limit_in_columns() -> Unseen:
    lines = ["序号,样品名称,检测项目,结果(mg/kg),限量(mg/kg),判定"]
    lines += [f"{n},{_FOODS[n - 1]},毒死蜱,{v:.2f},0.10,合格" for n, v in enumerate(_VALUES, 1)]
    right = [{"value": v, "unit": "mg/kg", "item": "毒死蜱", "commodity": _FOODS[n]} for n, v in enumerate(_VALUES)]
    return Unseen(
        "Chinese headings, a column of limits", _line_of(lines, "\r\n", "gb18030"), right, ("--charset", "gb18030")
    )


def _two_limits() -> Unseen:
    lines = [f"AFB1 {v:.2f} ug/kg (LOD 0.10 ug/kg, MRL 5.00 ug/kg)" for v in _VALUES]
    return Unseen("limits behind the value", _line_of(lines), [{"value": v, "unit": "ug/kg"} for v in _VALUES])


def _thousands_comma() -> Unseen:
    values = (1250.5, 87.25, 12000.75, 1003.5)
    lines = [f"{v:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") + " g" for v in values]
    return Unseen("balance, 1.250,50", _line_of(lines), [{"value": v, "unit": "g"} for v in values])


def _thousands_whole() -> Unseen:
    texts = ("1,250", "875", "12,000", "1,003")
    lines = [f"RLU {text:>8}" for text in texts]
    return Unseen("whole thousands, 1,250", _line_of(lines), [{"value": float(t.replace(",", ""))} for t in texts])


def _quoted() -> Unseen:
    lines = [f'"2026-03-05 10:2{n}:00","S{n}","{v:.2f}","mg/L"' for n, v in enumerate(_VALUES, 1)]
    return Unseen("quoted cells", _line_of(lines), [{"value": v, "unit": "mg/L"} for v in _VALUES])


def _stx() -> Unseen:
    lines = b"".join(f"\x02{n:02d}{v:+08.2f}kg\x03".encode() + b"\r\n" for n, v in enumerate(_VALUES, 1))
    return Unseen("scale, STX and ETX", lines, [{"value": v, "unit": "kg"} for v in _VALUES])


def _thermo_sentinel() -> Unseen:
    texts = ("-18.5", "-17.9", "-327.68", "-18.2", "-18.0", "-327.68")
    lines = [f"P1={text}C" for text in texts]
    right = [{"value": None if "327" in text else float(text)} for text in texts]
    return Unseen("freezer probe, a rail", _line_of(lines, "\n"), right)


def _ratio() -> Unseen:
    """Return a strip reader: ratio of test and control line, and its verdict in words."""
    lines: list[str] = []
    right = []
    for n, v in enumerate((0.85, 1.2, 0.3, 2.05), 1):
        lines += [
            f"No:{n:04d}",
            "Item:CHL",
            f"T:{v * 100:.0f} C:100 T/C:{v:.3f}",
            f"Result:{'NEG' if v > 0.5 else 'POS'}",
            "",
        ]
        right.append({"value": v})
    return Unseen("strip, T, C and T/C", _line_of(lines), right)


def _date_only_in_first() -> Unseen:
    lines = ["DATE 2026-03-05", "OPERATOR QC"]
    lines += [f"10:2{n} NO{n} {v:.2f} mg/kg" for n, v in enumerate(_VALUES, 1)]
    return Unseen("the date once at the top", _line_of(lines), [{"value": v, "unit": "mg/kg"} for v in _VALUES])


UNSEEN = (
    _card_reader(), _atp(), _atp_header(), _oil(), _oil_block(), _brix(), _salt(), _ph_comma(), _drug_reader(),
    _drug_chinese(), _scale_thousands(), _scale_checksum(), _serial_like_value(), _serial_columns(), _escpos(),
    _escpos_rows(), _right_aligned(), _fixed_width(), _colour(), _colour_block(), _two_columns(), _page_breaks(),
    _optional_remark(), _optional_without_end(), _two_kinds(), _two_records(), _two_layouts(), _over(), _bounds(),
    _card_signs(), _slash_units(), _superscript(), _header_units(), _thermo_probe(), _full_width_unit(), _log_cfu(),
    _scientific(), _no_unit_whole(), _key_values(), _crlf_cr_mix(), _table_in_block(),
    _unit_in_brackets(), _unit_behind_in_brackets(), _wells(), _wells_in_a_row(), _kinds_by_letter(), _qc_tickets(),
    _alarm_lines(), _limit_in_columns(), _two_limits(), _thousands_comma(), _thousands_whole(), _quoted(), _stx(),
    _thermo_sentinel(), _ratio(), _date_only_in_first(),
)  # fmt: skip
