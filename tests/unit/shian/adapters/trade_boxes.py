"""Forty boxes of other trades, each with its truth, written before the proposals saw them: dryers, refractometers, pH
and oxygen, ATP, toxins, gold strips, frying oil, loggers, milk, cells, alcohol, viscosity, metals, checkweighers."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import xor
from typing import Any

from tests.unit.shian.adapters.unseen_boxes import Unseen

GBK, UTF8, LATIN = ("--charset", "gb18030"), ("--charset", "utf-8"), ("--charset", "latin-1")
DAY = "2026-03-05T10:2{n}:00"
V = ("0.35", "12.50", "3.25", "107.75", "0.50", "8.00")
C = ("25.1", "24.8", "25.0", "24.9", "25.3", "25.2")


def box(
    name: str, lines: Iterable[str], right: Iterable[Mapping[str, Any]], options: tuple[str, ...] = (),
    end: str = "\r\n",
) -> Unseen:  # fmt: skip
    charset = options[options.index("--charset") + 1] if "--charset" in options else "ascii"
    text = "".join(line.rstrip("\n").replace("\n", end) + end for line in lines)
    return Unseen(name, text.encode(charset), list(right), options)


def each(form: str, *columns: Iterable[str]) -> list[str]:
    """Return `form` once for each row, with its number n and its columns a, b, c, d."""
    rows = enumerate(zip(*columns, strict=True), 1)
    return [form.format(n=n, **dict(zip("abcd", row, strict=False))) for n, row in rows]


def row(text: str, unit: str | None = None, item: str = "", at: str = "", **more: str) -> dict[str, Any]:
    number = text.replace(",", ".")
    is_number = number.lstrip("+-").replace(".", "", 1).isdigit()
    row: dict[str, Any] = {"value": float(number) if is_number else None, **more}
    row |= {"unit": unit} if unit is not None else {}
    row |= {"item": item} if item else {}
    return row | ({"measured_at": at} if at else {})


def values(texts: Iterable[str], unit: str | None = None, item: str = "", at: str = "") -> list[dict[str, Any]]:
    return [row(text, unit, item, at.format(n=n)) for n, text in enumerate(texts, 1)]


def in_turn(*columns: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for rows in zip(*columns, strict=True) for row in rows]


def xor_of(text: str) -> str:
    return f"{reduce(xor, text.encode()):02X}"


_START = ("5.023", "5.110", "4.987", "5.002", "5.234")
_DRY = ("4.411", "4.502", "4.388", "4.410", "4.600")
_WET = ("12.18", "11.90", "12.01", "11.84", "12.11")
_PH = ("7.012", "4.006", "6.861", "9.182", "5.554", "7.000")
RLU = ("12", "152", "9", "1034", "77", "30")
FOODS = ("菠菜", "小白菜", "黄瓜", "苹果", "韭菜", "豆角")
RATES = ("8.4", "12.5", "51.7", "3.0", "66.2", "20.1")
_TPM = ("12.5", "9.0", "24.5", "30.0", "18.5", "11.0")
_HOT = ("165.5", "171.0", "158.5", "99.5", "170.0", "168.5")
_COLD = ("4.2", "4.4", "-0.3", "3.9", "12.1", "4.0")

TRADES = (
    box(
        "dryer slip, 20 columns, two masses and a loss",
        each(
            "--------------------\n05.03.2026     10:2{n}\nID            A-011{n}\nPrg. 1    105 C auto\n"
            "IniWt +   {a} g\nFinWt +   {b} g\nLoss  +   {c} %\n--------------------\n\n",
            _START, _DRY, _WET,
        ),
        in_turn(values(_START, "g", "iniwt", DAY), values(_DRY, "g", "finwt"), values(_WET, "%", "loss")),
        ("--time-format", "%d.%m.%Y %H:%M"),
    ),
    box(
        "dryer slip, labels, 03/13/2026, an elapsed time",
        each(
            "Moisture Determination\nSN: B734567890\nDate: 03/13/2026\nTime: 10:2{n}:00\nSample ID: FLOUR-0{n}\n"
            "Method: 3\nInitial Weight: {a} g\nFinal Weight: {b} g\nElapsed Time: 05:4{n}\nResult: {c} %MC\n\n",
            _START, _DRY, _WET,
        ),
        in_turn(
            values(_START, "g", "", "2026-03-13T10:2{n}:00"), values(_DRY, "g"), values(_WET, None, "result"),
        ),
    ),
    box(
        "refractometer, CSV, unit then name, temperature",
        each("00{n},{a},%,Brix,{b},C,2026/03/05,10:2{n}:00", ("12.34", "8.01", "0.40", "21.33", "10.10"), C[:5]),
        in_turn(values(("12.34", "8.01", "0.40", "21.33", "10.10"), "%", "", DAY), values(C[:5], "degC")),
    ),
    box(
        "refractometer, name=value with units, semicolons",
        each("Brix={a}%;nD={b};T={c}°C", ("12.3", "8.0", "0.4", "21.3"), ("1.3512", "1.3447", "1.3336", "1.3661"),
              C[:4]),
        in_turn(values(("12.3", "8.0", "0.4", "21.3"), "%"), values(("1.3512", "1.3447", "1.3336", "1.3661")),
                 values(C[:4], "degC")),
        LATIN,
    ),
    box(
        "pH meter, two lines a record, AR",
        each("05.03.2026 10:2{n}:00\npH {a}  {b} °C  AR  Sensor: ST980\n\n", _PH, C),
        in_turn(values(_PH, None, "ph", DAY), values(C, "degC")), (*LATIN, "--time-format", "%d.%m.%Y %H:%M:%S"),
    ),
    box(
        "pH meter, fixed columns under a heading and a rule",
        ["Index     pH      mV     degC   Time      Date", "-" * 50,
         *each("{n:5d} {a:>7} {b:>7} {c:>7}   10:2{n}:00  2026-03-05", _PH,
                ("-0.7", "177.1", "8.2", "-129.0", "85.5", "0.0"), C)],
        in_turn(values(_PH, None, "ph", DAY), values(("-0.7", "177.1", "8.2", "-129.0", "85.5", "0.0"), "mV"),
                 values(C, "degC")),
    ),
    box(
        "pH meter, long ticket, temperature with (ATC)",
        each(
            "--- Measurement Report ---\nSample ID     S-001{n}\nDate/Time     05-Mar-2026 10:2{n}:00\n"
            "Result        {a} pH\nTemperature   {b} °C (ATC)\nEndpoint      Auto\nUser          Lab\n"
            "--------------------------\n", _PH, C,
        ),
        in_turn([row(v, "pH", "result", DAY.format(n=n), sample_number=f"S-001{n}") for n, v in enumerate(_PH, 1)],
                 values(C, "degC", "temperature")), LATIN,
    ),
    box(
        "pH meter, all cells quoted, value and unit in one cell",
        each('"0000{n}","2026/03/05","10:2{n}:00","{a}pH","{b}C","STABLE"', _PH, C),
        in_turn(values(_PH, "pH", "", DAY), values(C, "degC")),
    ),
    box(
        "oxygen meter, three values, three units, no labels",
        each("{a} mg/L  {b} %  {c} °C", ("5.12", "8.03", "0.40", "7.77"), ("58.3", "95.1", "4.6", "90.2"), C[:4]),
        in_turn(values(("5.12", "8.03", "0.40", "7.77"), "mg/L"), values(("58.3", "95.1", "4.6", "90.2"), "%"),
                 values(C[:4], "degC")), LATIN,
    ),
    box(
        "ATP meter, quoted heading with RLU in brackets, low and high",
        ['"Test ID","Location","Date","Time","Result (RLU)","Low","High","Status"',
         *each('"{n}","Slicer {n}","03/13/2026","10:2{n}:00","{a}","10","30","{b}"', RLU,
                ("Caution", "Fail", "Pass", "Fail", "Fail", "Caution"))],
        values(RLU, "RLU", "", "2026-03-13T10:2{n}:00"),
    ),
    box(
        "ATP meter, zeros before the number",
        each("000{n} 2026/03/05 10:2{n} {a} RLU", [f"{int(v):06d}" for v in RLU]), values(RLU, "RLU", "", DAY),
    ),
    box(
        "ATP meter, tabs between labels",
        each("Point: Slicer {n}\tRLU: {a}\tResult: {b}", RLU, ("Pass", "Fail", "Pass", "Fail", "Pass", "Pass")),
        values(RLU, "RLU"),
    ),
    box(
        "toxin reader slip, number and unit alone, < 2 ppb",
        each("STRIP READER\nS/N 10442\nLOT 071A\nSEQ# 001{n}\n03/13/26 10:2{n}\nAFLA CORN\n{a} ppb\n{b}\n\n",
              ("8", "< 2", "25", "12", "< 2"), ("NEG", "NEG", "POS", "NEG", "NEG")),
        values(("8", "< 2", "25", "12", "< 2"), "ppb", "", "2026-03-13T10:2{n}:00"),
        ("--time-format", "%m/%d/%y %H:%M"),
    ),
    box(
        "toxin reader, CSV, lot, above range in words",
        ["Test,Lot,Sample,Result,Units,Date",
         *each("DON,2201-0{n},CORN {n},{a},ppm,2026-03-05 10:2{n}", ("0.8", "Above Range", "1.5", "<LOD", "3.2"))],
        values(("0.8", "Above Range", "1.5", "<LOD", "3.2"), None, "", DAY),
    ),
    box(
        "toxin reader, decimal comma, semicolons at the end",
        each("{n};DON;{a};ppm;05.03.2026 10:2{n};OK;", ("0,8", "1,25", "1,5", "0,4", "3,2")),
        values(("0,8", "1,25", "1,5", "0,4", "3,2"), "ppm", "", DAY), ("--time-format", "%d.%m.%Y %H:%M"),
    ),
    box(
        "gold strip slip, 32 columns, a table with T/C",
        each(
            "      胶体金定量检测报告\n检测编号:2026030500{n}\n样品名称:{a}\n检测时间:2026-03-05 10:2{n}:00\n"
            "项目        T/C    浓度(ug/kg)  结果\n莱克多巴胺  0.8{n}   {b}   阴性\n克伦特罗    0.1{n}   {c}   阳性\n"
            "--------------------------------\n\n", FOODS[:5], ("0.32", "0.11", "0.25", "0.40", "0.18"),
            ("2.51", "3.30", "1.75", "4.02", "2.22"),
        ),
        in_turn(values(("0.32", "0.11", "0.25", "0.40", "0.18"), "ug/kg", "莱克多巴胺", DAY),
                 values(("2.51", "3.30", "1.75", "4.02", "2.22"), "ug/kg", "克伦特罗", DAY)), GBK,
    ),
    box(
        "frying oil printer, value before its name",
        each("OIL TESTER  SN 40512201\n05.03.2026 10:2{n}:00\n{a} %TPM\n{b} °C\n\n\n", _TPM, _HOT),
        in_turn(values(_TPM, "%TPM", "", DAY), values(_HOT, "degC")),
        (*LATIN, "--time-format", "%d.%m.%Y %H:%M:%S"),
    ),
    box(
        "frying oil, everything glued but by blanks",
        each("OM330 #00{n} TPM{a}% T{b}C {c}", _TPM, _HOT, ("OK", "OK", "BAD", "BAD", "OK", "OK")),
        in_turn(values(_TPM, "%"), values(_HOT, "degC")),
    ),
    box(
        "logger read out, statistics behind the rows",
        ["Serial no.;37312205", "Count;6", "No.;Date/Time;Temp. [°C]",
         *each("{n};05.03.2026 10:2{n}:00;{a}", [v.replace(".", ",") for v in _COLD]),
         "Min;-0,3", "Max;12,1", "Mean;4,7"],
        values(_COLD, "degC", "", DAY), (*LATIN, "--time-format", "%d.%m.%Y %H:%M:%S"),
    ),
    box(
        "logger, page heading after each four rows",
        [line for page in (0, 4) for line in (
            f"COLD STORE 2      PAGE {page // 4 + 1}", "DATE       TIME    TEMP C   RH %",
            *(f"05-03-2026 10:2{n}   {_COLD[n % 6]:>6}   {60 + n}.5" for n in range(page + 1, page + 5)), "")],
        in_turn([row(_COLD[n % 6], "degC") for n in range(1, 9)], [row(f"{60 + n}.5", "%") for n in range(1, 9)]),
        ("--time-format", "%d-%m-%Y %H:%M"),
    ),
    box(
        "salt meter, one quantity in two units",
        each("{a} g/100g  {b} g/L", ("0.85", "1.20", "3.45", "0.90"), ("8.5", "12.1", "35.3", "9.1")),
        in_turn(values(("0.85", "1.20", "3.45", "0.90"), "g/100g"), values(("8.5", "12.1", "35.3", "9.1"), "g/L")),
    ),
    box(
        "milk analyser, letters and numbers glued in a line",
        each("F{a} S{b} D{c} P{d}", ("03.45", "04.01", "03.80", "02.95"), ("08.61", "08.70", "08.55", "08.40"),
              ("28.95", "29.10", "28.40", "27.95"), ("03.15", "03.20", "03.11", "03.05")),
        in_turn(values(("03.45", "04.01", "03.80", "02.95"), None, "f"),
                 values(("08.61", "08.70", "08.55", "08.40"), None, "s"),
                 values(("28.95", "29.10", "28.40", "27.95"), None, "d"),
                 values(("03.15", "03.20", "03.11", "03.05"), None, "p")),
    ),
    box(
        "cell counter, thousands a millilitre",
        each("Cow {n:04d}  SCC: {a} x1000/mL  2026-03-05 10:2{n}", ("254", "98", "1250", "310", "77")),
        values(("254", "98", "1250", "310", "77"), None, "", DAY),
    ),
    box(
        "density and alcohol, tabs, value with unit in a cell",
        each("Wine {n}\t{a} g/cm3\t{b} %vol\t{c} °C", ("0.9912", "0.9905", "0.9987", "0.9931"),
              ("12.34", "13.01", "5.10", "11.50"), C[:4]),
        in_turn(values(("0.9912", "0.9905", "0.9987", "0.9931"), "g/cm3"),
                 values(("12.34", "13.01", "5.10", "11.50"), "%vol"), values(C[:4], "degC")), LATIN,
    ),
    box(
        "viscosity, name=number without blanks, a code first",
        each("RV{n} RPM=100 %=4{n}.2 CP={a} T={b}C", ("1245.0", "980.5", "1310.0", "1122.5"), C[:4]),
        in_turn(values(("100",) * 4), values([f"4{n}.2" for n in range(1, 5)]),
                 values(("1245.0", "980.5", "1310.0", "1122.5"), None, "cp"), values(C[:4], "degC")),
    ),
    box(
        "pesticide tester, channels in a ticket",
        each(
            "农药残留快速检测仪\n检测日期:2026-03-05 10:2{n}:00\n对照值:0.41{n}\n通道 样品   抑制率(%)  结果\n"
            " 1   菠菜    {a}      合格\n 2   黄瓜    {b}      合格\n 3   韭菜    {c}      不合格\n"
            "*************************\n",
            RATES[:4], ("1.1", "2.2", "3.3", "4.4"), ("55.5", "66.6", "77.7", "88.8"),
        ),
        in_turn([row(f"0.41{n}", role="control") for n in range(1, 5)],
                 values(RATES[:4], "%", "", DAY), values(("1.1", "2.2", "3.3", "4.4"), "%", "", DAY),
                 values(("55.5", "66.6", "77.7", "88.8"), "%", "", DAY)), GBK,
    ),
    box(
        "pesticide tester, CSV, two absorbances before the rate",
        ["编号,样品,A0,A3,抑制率,判定,时间",
         *each("{n},{a},0.51{n},0.49{n},{b}%,{c},2026-03-05 10:2{n}:00", FOODS, RATES,
                ("合格", "合格", "不合格", "合格", "不合格", "合格"))],
        [row(v, "%", "", DAY.format(n=n), commodity=food)
         for n, (food, v) in enumerate(zip(FOODS, RATES, strict=True), 1)], UTF8,
    ),
    box(
        "metals in a line, one below its limit, one not found",
        each("S{n} Pb {a} mg/kg Cd {b} mg/kg As {c} mg/kg", ("0.123", "0.051", "<0.010", "0.230"),
              ("<0.010", "0.020", "0.013", "0.110"), ("ND", "0.05", "ND", "0.11")),
        in_turn(values(("0.123", "0.051", "<0.010", "0.230"), "mg/kg", "pb"),
                 values(("<0.010", "0.020", "0.013", "0.110"), "mg/kg", "cd"),
                 values(("ND", "0.05", "ND", "0.11"), "mg/kg", "as")),
    ),
    box(
        "formaldehyde, a Chinese sentence in a line",
        each("2026年03月05日 10:2{n} 样品{n}号 甲醛含量为{a}mg/kg，{b}", V,
              ("合格", "超标", "合格", "超标", "合格", "合格")),
        values(V, "mg/kg", "", DAY), GBK,
    ),
    box(
        "sulphur dioxide slip, 40 columns, two labels a line",
        each(
            "========================================\nNO:000{n}          操作员:张三\n"
            "日期:2026/03/05    时间:10:2{n}:00\n二氧化硫:{a}mg/kg    吸光度:0.1{n}5\n结论:{b}\n",
            V, ("合格", "超标", "合格", "超标", "合格", "合格"),
        ),
        in_turn(values(V, "mg/kg", "二氧化硫", DAY), values([f"0.1{n}5" for n in range(1, 7)])), GBK,
    ),
    box(
        "checkweigher, deviation behind the mass, totals now and then",
        [line for n, v in enumerate(("251.3", "248.9", "250.2", "255.0", "249.7", "250.5"), 1)
         for line in (f"10:2{n}:00 00{n} {v} g {float(v) - 250:+.1f} g {'OVER' if v == '255.0' else 'OK'}",
                      *((f"TOTAL {n} PCS  AVG {250 + n / 10:.1f} g  SD 0.4{n} g",) if n % 3 == 0 else ()))],
        in_turn(values(("251.3", "248.9", "250.2", "255.0", "249.7", "250.5"), "g"),
                 values(("1.3", "-1.1", "0.2", "5.0", "-0.3", "0.5"), "g")),
    ),
    box(
        "fixed width, number, date, time, count, letter",
        each("000{n}202603051{n}2133{a}{b}", [f"{int(v):06d}" for v in RLU], "PFPFPP"),
        values(RLU, None, "", "2026-03-05T1{n}:21:33"),
    ),
    box(
        "fixed width, letters glued to their numbers",
        each("NO000{n}PH0{a}T{b}", _PH, C), in_turn(values(_PH, None, "ph"), values(C, None, "t")),
    ),
    box(
        "fixed width, signs before the numbers, units behind",
        each("A000{n}+00{a}%+00{b}C", _TPM, _HOT), in_turn(values(_TPM, "%"), values(_HOT, "degC")),
    ),
    box(
        "oxygen probe, sentence with * and an xor",
        [f"{body}*{xor_of(body[1:])}" for body in each("$DO,{a},mg/L,{b},C", ("5.12", "8.03", "0.40", "7.77"), C[:4])],
        in_turn(values(("5.12", "8.03", "0.40", "7.77"), "mg/L"), values(C[:4], "degC")),
    ),
    box(
        "gas sensor, the command echoed, OK behind",
        each(">READ\n+00{a} ppm\nOK\n", ("12.5", "08.0", "99.9", "00.4", "10.1")),
        values(("12.5", "08.0", "99.9", "00.4", "10.1"), "ppm"),
    ),
    box(
        "turbidity, CSV, over range as plus signs",
        each("2026-03-05 10:2{n}:00,S00{n},{a},NTU,OK", ("12.5", "0.34", "+++++", "998", "1.02")),
        values(("12.5", "0.34", "+++++", "998", "1.02"), "NTU", "", DAY),
    ),
    box(
        "photometer, absorbance, transmission, concentration, wavelength",
        each("{n:02d}  540nm  {a} Abs  {b} %T  {c} mg/L", ("0.512", "0.101", "1.204", "0.330"),
              ("30.8", "79.3", "6.3", "46.8"), ("1.25", "0.24", "2.98", "0.80")),
        in_turn(values(("540",) * 4, "nm"), values(("0.512", "0.101", "1.204", "0.330")),
                 values(("30.8", "79.3", "6.3", "46.8")), values(("1.25", "0.24", "2.98", "0.80"), "mg/L")),
    ),
    box(
        "table, a row of names and a row of units",
        ["Sample,Nitrate,Nitrite,Temp", ",mg/L,mg/L,degC", *each("A{n},{a},0.0{n},{b}", V, C)],
        in_turn(values(V, "mg/L", "nitrate"), values([f"0.0{n}" for n in range(1, 7)], "mg/L", "nitrite"),
                 values(C, "degC")),
    ),
    box(
        "oil analyser slip, acid and peroxide, n of mean",
        each("OIL LAB\nRun {n}   2026-03-05 10:2{n}\nAV   {a} mgKOH/g\nPV   {b} meq/kg\nn=2\n\n",
              ("0.52", "1.10", "0.08", "2.31"), ("3.1", "9.8", "12.0", "0.4")),
        in_turn(values(("0.52", "1.10", "0.08", "2.31"), "mgKOH/g", "av", DAY),
                 values(("3.1", "9.8", "12.0", "0.4"), "meq/kg", "pv")),
    ),
)  # fmt: skip
