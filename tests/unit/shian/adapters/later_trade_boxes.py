"""Twenty boxes, written when the forty of `trade_boxes` were read, and before the proposals saw them."""

from tests.unit.shian.adapters.trade_boxes import (
    DAY,
    FOODS,
    GBK,
    LATIN,
    RATES,
    RLU,
    UTF8,
    C,
    V,
    box,
    each,
    in_turn,
    row,
    values,
    xor_of,
)

_COLD, _FROZEN = ("4.2", "4.4", "-0.3", "3.9"), ("-18.2", "-18.0", "-17.9", "-18.4")
_TPM, _HOT = ("12.5", "9.0", "24.5", "30.0"), ("165.5", "171.0", "158.5", "99.5")
_BRIX, _THICK = ("12.3", "8.0", "0.4", "21.3"), ("1245.0", "980.5", "1310.0", "1122.5")
_CLEN = ("0.35", "ND", "1.20", "0.80", ">5.0")

LATER_TRADES = (
    box(
        "nutrition table, blanks, one title without a unit",
        ["Sample   Fat(%)  Protein(%)  Density",
         *each("M{n:03d}    3.4{n}    3.1{n}        1.02{n}", V[:5])],
        in_turn(values([f"3.4{n}" for n in range(1, 6)], "%", "fat"),
                values([f"3.1{n}" for n in range(1, 6)], "%", "protein"),
                values([f"1.02{n}" for n in range(1, 6)], "", "density")),
    ),
    box(
        "nutrition table, CSV, one title without a unit",
        ["Sample,Fat (%),Protein (%),Density", *each("M{n:03d},3.4{n},3.1{n},1.02{n}", V[:5])],
        in_turn(values([f"3.4{n}" for n in range(1, 6)], "%"), values([f"3.1{n}" for n in range(1, 6)], "%"),
                values([f"1.02{n}" for n in range(1, 6)], "")),
    ),
    box(
        "ATP meter, blanks, whole numbers under RLU",
        ["NO   DATE        TIME   PLACE     RLU  JUDGE",
         *each("{n:03d}  2026/03/05  10:2{n}  SINK{n}   {a:>5}  {b}", RLU, ("OK", "NG", "OK", "NG", "OK", "OK"))],
        values(RLU, "RLU", "", DAY),
    ),
    box(
        "pesticide table, Chinese titles, blanks, rate glued to its sign",
        ["序号  样品名称  抑制率   结论  检测时间",
         *each("{n:02d}    {a}      {b}%    {c}  2026-03-05 10:2{n}", FOODS, RATES,
               ("合格", "合格", "不合格", "合格", "不合格", "合格"))],
        [row(v, "%", "", DAY.format(n=n), commodity=f) for n, (f, v) in enumerate(
            zip(FOODS, RATES, strict=True), 1)], GBK,
    ),
    box(
        "scale, deviation with a sign apart",
        each("NET {a} kg  DEV {b} kg", ("1.250", "1.310", "1.190", "1.255"), ("+0.000", "+0.060", "-0.060", "+0.005")),
        in_turn(values(("1.250", "1.310", "1.190", "1.255"), "kg"),
                values(("+0.000", "+0.060", "-0.060", "+0.005"), "kg")),
    ),
    box(
        "mV and pH, negative, comma and blank",
        each("{a} pH, {b} mV, {c} C", ("7.01", "4.00", "9.18", "6.86"), ("-0.7", "177.1", "-129.0", "8.2"), C[:4]),
        in_turn(values(("7.01", "4.00", "9.18", "6.86"), "pH"), values(("-0.7", "177.1", "-129.0", "8.2"), "mV"),
                values(C[:4], "degC")),
    ),
    box(
        "refractometer, %mas, ticket",
        each("REFRACTO\nNo {n}\n2026-03-05 10:2{n}\nSugar   {a} %mas\nTemp    {b} C\n\n", _BRIX, C[:4]),
        in_turn(values(_BRIX, None, "sugar", DAY), values(C[:4], "degC", "temp")),
    ),
    box(
        "drying slip, start and end time",
        each(
            "MOISTURE\nDate   2026-03-05\n"
            "Start  10:2{n}:00\nEnd    10:3{n}:40\nSample  W-{n:02d}\nMC     {a} %\n----------------\n", V,
        ),
        values(V, "%", "", DAY),
    ),
    box(
        "sulphite tester, glued names, decimal point, status",
        each("SO2:{a}mg/kg,T:{b}C,{c}", V, C, ("OK", "HI", "OK", "HI", "OK", "OK")),
        in_turn(values(V, "mg/kg"), values(C, "degC")),
    ),
    box(
        "bleach tester, sentence in Chinese, no blank at all",
        each("第{n}号样品余氯为{a}mg/L温度{b}℃", V, C), in_turn(values(V, "mg/L"), values(C, "degC")), UTF8,
    ),
    box(
        "heavy metals, quoted CSV, empty cells",
        ['"ID","Pb (mg/kg)","Cd (mg/kg)"', *each('"S{n}","{a}","0.0{n}"', V)],
        in_turn(values(V, "mg/kg", "pb"), values([f"0.0{n}" for n in range(1, 7)], "mg/kg", "cd")),
    ),
    box(
        "toxin table, tabs, units in the second row in brackets",
        ["No.\tAFB1\tZEN", "\t(ug/kg)\t(ug/kg)", *each("{n}\t{a}\t1{n}.5", V)],
        in_turn(values(V, "ug/kg", "afb1"), values([f"1{n}.5" for n in range(1, 7)], "ug/kg", "zen")),
    ),
    box(
        "oil meter, %TPM and a range behind",
        each("TPM {a}%  LIMIT 24.0%  T {b}C", _TPM, _HOT),
        in_turn(values(_TPM, "%"), values(_HOT, "degC")),
    ),
    box(
        "logger, xor behind a star",
        [f"{text}*{xor_of(text[1:])}" for text in each("$T,{n:02d},{a},C", _COLD)],
        values(_COLD, "degC"),
    ),
    box(
        "balance, means behind the rows",
        [*each("{n}   {a} g", V), "Mean  22.06 g", "SD    42.1 g", "n     6"], values(V, "g"),
    ),
    box(
        "thermometer, a title line and blanks, degrees above",
        ["CH1(C)   CH2(C)", *each("{a:>6}   {b:>6}", _COLD, _FROZEN)],
        in_turn(values(_COLD, "degC"), values(_FROZEN, "degC")),
    ),
    box(
        "strip reader, blanks, words among the numbers",
        ["ID    ITEM   CONC   UNIT   RESULT",
         *each("A{n:02d}   CLEN   {a:>5}  ug/kg  {b}", _CLEN, ("NEG", "NEG", "POS", "POS", "POS"))],
        values(_CLEN, "ug/kg", "clen"),
    ),
    box(
        "fixed width, no mark, no point", [f"{n:03d}0305102{n}{int(v):05d}" for n, v in enumerate(RLU, 1)], values(RLU),
    ),
    box(
        "spectrometer, Abs %T C, a line of names",
        ["No.  Abs     %T      mg/L", *each("{n}    0.51{n}   30.{n}    {a}", V[:5])],
        in_turn(values([f"0.51{n}" for n in range(1, 6)]), values([f"30.{n}" for n in range(1, 6)]),
                values(V[:5], "mg/L")),
    ),
    box(
        "viscosity, names and units, colons",
        each("Visc: {a} mPa.s  Torque: 4{n}.2 %  Speed: 100 rpm  Temp: {b} °C", _THICK, C[:4]),
        in_turn(values(_THICK, None, "visc"), values([f"4{n}.2" for n in range(1, 5)], "%"),
                values(C[:4], "degC")), LATIN,
    ),
)  # fmt: skip
