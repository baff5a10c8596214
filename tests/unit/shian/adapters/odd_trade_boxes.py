"""Twenty-five short boxes against what was mended for `trade_boxes`: lines in which a rule that is too wide finds a
value that is none."""

from tests.unit.shian.adapters.trade_boxes import UTF8, C, V, box, each, in_turn, values

ODD_TRADES = (
    box("range lines", each("T {a} C, RANGE 2.0 C - 8.0 C", C), values(C, "degC")),
    box("range dash", each("{a} C (2.0-8.0 C) OK", C), values(C, "degC")),
    box("version before", each("V1.02 {a} mg/L", V), values(V, "mg/L")),
    box("version glued fw", each("FW2.10 #{n} VAL {a}", V), values(V)),
    box("model glued only", each("MA35.1 W{a}g", V), values(V, "g")),
    box("total scale lines", each("TOTAL {a} kg", V), values(V, "kg")),
    box("max/min thermometer", each("MAX {a} C MIN {b} C", V, C), in_turn(values(V, "degC"), values(C, "degC"))),
    box("line per item table w/o title", each("Pb  {a}  OK\nCd  {b}  OK", V, C), in_turn(values(V), values(C))),
    box("heading longer than cells", ["No Sample Name  Result", *each("{n}  S{n}  {a}", V)], values(V)),
    box("title text above prose", ["Milk report today", *each("S{n} fat {a}", V)], values(V)),
    box(
        "titles: ref and result",
        ["Sample  Ref.(mg/kg)  Result(mg/kg)", *each("S{n}   0.50   {a}", V)],
        values(V, "mg/kg"),
    ),
    box("titles: limit/value/dev", ["ID;Limit;Found;Unit", *each("S{n};0.50;{a};mg/kg", V)], values(V, "mg/kg")),
    box(
        "vitamin C", ["Sample,Vitamin C,Water (%)", *each("S{n},{a},{b}", V, C)], in_turn(values(V, ""), values(C, "%"))
    ),
    box(
        "table with mean row",
        ["No   pH    T(C)", *each("{n}   {a}   {b}", V, C), "Mean 22.0  25.0"],
        in_turn(values(V, "pH"), values(C, "degC")),
    ),
    box("unit after han", each("重量{a}克 单价3.50元", V), values(V, "g"), UTF8),
    box("unit k in line", each("样品{n} 浓度{a}mg/kg 限量0.50mg/kg", V), values(V, "mg/kg"), UTF8),
    box("dilution", each("S{n} dil=2.0 {a} mg/L", V), values(V, "mg/L")),
    box("factor colon", each("F: 1.052  Conc: {a} mg/L  Blank: 0.003", V), values(V, "mg/L")),
    box(
        "csv mean/sd cols",
        ["Sample,Rep1 (%),Rep2 (%),Mean (%),SD", *each("S{n},{a},{b},{a},0.12", V, C)],
        in_turn(values(V, "%"), values(C, "%"), values(V, "%"), values(["0.12"] * 6)),
    ),
    box("csv text with comma quoted", ["Name,Place,Value", *each('"Milk, raw",Sink {n},{a}', V)], values(V)),
    box("negatives padded", each("W {a} g -  {b} g", V, C), in_turn(values(V, "g"), values(["-" + c for c in C], "g"))),
    box("plus minus uncertainty", each("{a} +/- 0.05 mg/kg", V), values(V, "mg/kg")),
    box(
        "two tables",
        [
            "No  pH   mV",
            *each("{n}   {a}   {b}", V, C),
            "",
            "No  DO(mg/L)  T(C)  Sat(%)",
            *each("{n}  {a}  {b}  99.{n}", V, C),
        ],
        in_turn(values(V), values(C)),
    ),
    box("han coded", each("编号A{n}重量{a}g", V), values(V, "g"), UTF8),
    box("percent of", each("FAT {a} %DM  T {b} C", V, C), in_turn(values(V), values(C, "degC"))),
)
