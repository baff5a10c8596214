"""Forty more boxes as makers' manuals show them, each with its truth, written before the proposals saw them: scales,
ATP meters, pH, frying oil, thermometers, moisture, strips, photometers, slips, tables with Chinese headings."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.shian.adapters.unseen_boxes import Truth, Unseen

_V = (0.35, 12.5, 3.25, 107.75, 0.5, 8.0)
_FOODS = ("菠菜", "小白菜", "黄瓜", "苹果", "韭菜", "豆角")
_RLU = (12, 152, 9, 1034, 77, 30)
_GBK, _UTF8, _LATIN = ("--charset", "gb18030"), ("--charset", "utf-8"), ("--charset", "latin-1")


def _box(name: str, lines: Sequence[str], right: Truth, options: tuple[str, ...] = (), end: str = "\r\n") -> Unseen:
    charset = options[options.index("--charset") + 1] if "--charset" in options else "ascii"
    return Unseen(name, "".join(line + end for line in lines).encode(charset), right, options)


def _of(values: Sequence[float], unit: str) -> list[dict[str, Any]]:
    return [{"value": value, "unit": unit} for value in values]


def _scale_unstable() -> Unseen:
    lines = [f"{v:11.2f} g {'?' if n % 3 == 0 else ' '}  {'N' if n % 2 else 'G'}" for n, v in enumerate(_V)]
    return _box("bench scale, ? for unstable, G and N", lines, _of(_V, "g"))


def _scale_slip() -> Unseen:
    lines: list[str] = []
    for n, v in enumerate(_V, 1):
        lines += ["------------------------", f"05.Mar.2026       10:2{n}", "SNR          1129010277"]
        lines += [f"N      {v:12.4f} g", "Signature", ".............", ""]
    right = [{"value": v, "unit": "g", "measured_at": f"2026-03-05T10:2{n}:00"} for n, v in enumerate(_V, 1)]
    return _box("balance slip, 05.Mar.2026", lines, right)


def _scale_labels() -> Unseen:
    lines = [f"毛重:{v + 1:8.2f}kg 皮重:{1:6.2f}kg 净重:{v:8.2f}kg" for v in _V]
    right: list[Mapping[str, Any]] = []
    for v in _V:
        right += [{"value": x, "unit": "kg"} for x in (v + 1, 1.0, v)]
    return _box("floor scale, 毛重 皮重 净重 in a line", lines, right, _GBK)


def _scale_count() -> Unseen:
    lines = [f"QTY {n * 25:5d} pcs  U/W {2.5:.4f} g  WT {n * 62.5:8.2f} g" for n in range(1, 7)]
    right: list[Mapping[str, Any]] = []
    for n in range(1, 7):
        right += [{"value": n * 25.0}, {"value": 2.5, "unit": "g"}, {"value": n * 62.5, "unit": "g"}]
    return _box("counting scale", lines, right)


def _scale_gtn() -> Unseen:
    lines: list[str] = []
    right = []
    for n, v in enumerate(_V, 1):
        lines += [f"No.     {n:04d}", f"26-03-05 10:2{n}", f"Gross  {v + 0.5:8.2f}kg", "Tare       0.50kg"]
        lines += [f"Net    {v:8.2f}kg", "", ""]
        at = f"2026-03-05T10:2{n}:00"
        right += [{"value": v + 0.5, "item": "gross", "measured_at": at}, {"value": 0.5, "item": "tare"}]
        right += [{"value": v, "unit": "kg", "item": "net", "measured_at": at}]
    return _box("scale slip, gross tare net, yy-mm-dd", lines, right, ("--time-format", "%y-%m-%d %H:%M"))


def _atp_month() -> Unseen:
    lines = [f"{n:03d},Mar 0{n} 2026,10:2{n} AM,Cutting board,{v} RLU,{'FAIL' if v > 100 else 'PASS'}"
             for n, v in enumerate(_RLU, 1)]  # fmt: skip
    right = [
        {"value": float(v), "unit": "RLU", "measured_at": f"2026-03-0{n}T10:2{n}:00"} for n, v in enumerate(_RLU, 1)
    ]
    return _box("ATP meter, Mar 05 2026", lines, right)


def _atp_pipes() -> Unseen:
    lines = ["No|Point|RLU|Limit|Result"]
    lines += [f"{n}|Sink {n}|{v}|100|{'FAIL' if v > 100 else 'PASS'}" for n, v in enumerate(_RLU, 1)]
    return _box("ATP meter, pipes, a column of limits", lines, _of([float(v) for v in _RLU], "RLU"))


def _atp_chinese() -> Unseen:
    lines: list[str] = []
    for n, v in enumerate(_RLU, 1):
        lines += [f"序号：{n:03d}", f"时间：2026年03月05日 10时2{n}分", "测试点：刀具", f"RLU值：{v}"]
        lines += [f"结果：{'不合格' if v > 100 else '合格'}", ""]
    right = [{"value": float(v), "measured_at": f"2026-03-05T10:2{n}:00"} for n, v in enumerate(_RLU, 1)]
    return _box("ATP slip, 年月日 时分", lines, right, _UTF8, "\n")


def _atp_bounds() -> Unseen:
    lines = [f"SITE {n:02d};LOW 10;HIGH 30;RLU {v};{'PASS' if v <= 10 else 'CAUTION' if v <= 30 else 'FAIL'}"
             for n, v in enumerate(_RLU, 1)]  # fmt: skip
    return _box("ATP meter, low and high before the value", lines, [{"value": float(v)} for v in _RLU])


def _ph_atc() -> Unseen:
    values = (4.01, 7.0, 6.86, 9.18, 5.55)
    lines = [f"pH {v:5.2f}  ATC 25.{n}C" for n, v in enumerate(values)]
    right = [row for n, v in enumerate(values) for row in ({"value": v}, {"value": 25 + n / 10, "unit": "degC"})]
    return _box("pH meter, ATC", lines, right)


def _ph_dated() -> Unseen:
    values = (4.01, 7.0, 6.86, 9.18, 5.55)
    lines = [f"05/Mar/2026 10:2{n}:33   {v:5.2f} pH   25.{n} °C  ATC" for n, v in enumerate(values)]
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(values):
        right += [{"value": v, "unit": "pH", "measured_at": f"2026-03-05T10:2{n}:33"}]
        right += [{"value": 25 + n / 10, "unit": "degC"}]
    return _box("pH meter, 05/Mar/2026, degrees", lines, right, _LATIN)


def _ph_broken() -> Unseen:
    texts = ("4.01", "7.00", "----", "6.86", "----", "9.18")
    lines = [f"{text},pH,{12.5 - n:.1f},mV,25.1,C" for n, text in enumerate(texts)]
    right: list[Mapping[str, Any]] = []
    for n, text in enumerate(texts):
        right += [{"value": None if "-" in text else float(text)}, {"value": 12.5 - n, "unit": "mV"}]
        right += [{"value": 25.1, "unit": "degC"}]
    return _box("pH meter, dashes for a broken electrode", lines, right)


_OIL = ((12.5, 165), (9.0, 171), (24.5, 158), (30.0, 99), (18.5, 170))


def _oil_labels() -> Unseen:
    lines = [f"Date:2026/03/05,Time:10:2{n},TPM:{tpm}%,T:{temp}℃" for n, (tpm, temp) in enumerate(_OIL)]
    right: list[Mapping[str, Any]] = []
    for n, (tpm, temp) in enumerate(_OIL):
        right += [{"value": tpm, "unit": "%", "measured_at": f"2026-03-05T10:2{n}:00"}]
        right += [{"value": float(temp), "unit": "degC"}]
    return _box("frying oil, labels, commas", lines, right, _UTF8)


def _oil_csv() -> Unseen:
    lines = ["Datum;Zeit;TPM [%];Temp [°C]"]
    lines += [f"05.03.2026;10:2{n}:00;{tpm};{temp},5".replace(f";{tpm};", f";{tpm:.1f};".replace(".", ","))
              for n, (tpm, temp) in enumerate(_OIL)]  # fmt: skip
    right: list[Mapping[str, Any]] = []
    for n, (tpm, temp) in enumerate(_OIL):
        right += [{"value": tpm, "unit": "%", "measured_at": f"2026-03-05T10:2{n}:00"}]
        right += [{"value": temp + 0.5, "unit": "degC"}]
    return _box("frying oil, CSV, brackets, commas", lines, right, (*_LATIN, "--time-format", "%d.%m.%Y %H:%M:%S"))


def _oil_behind() -> Unseen:
    texts = ("12.5", "9.0", "--.-", "30.0", "18.5")
    lines = [f"{text:>4} %TPM {150 + n} C {'ALARM' if text == '30.0' else 'OK'}" for n, text in enumerate(texts)]
    right: list[Mapping[str, Any]] = []
    for n, text in enumerate(texts):
        right += [{"value": None if "-" in text else float(text)}, {"value": 150.0 + n, "unit": "degC"}]
    return _box("frying oil, %TPM behind, --.-", lines, right)


def _probes() -> Unseen:
    lines = [f"T1: {4 + n / 10:5.1f}C T2: {-18 - n / 10:5.1f}C T3: {'--.-' if n % 2 else '  2.5'}C" for n in range(6)]
    right: list[Mapping[str, Any]] = []
    for n in range(6):
        right += [{"value": 4 + n / 10, "unit": "degC"}, {"value": -18 - n / 10, "unit": "degC"}]
        right += [{"value": None if n % 2 else 2.5}]
    return _box("thermometer, three probes, one unplugged", lines, right)


def _channels() -> Unseen:
    lines = [f"CH01 {4 + n / 2:+06.1f} C;CH02 {-18 - n / 2:+06.1f} C" for n in range(6)]
    right = [row for n in range(6) for row in (
        {"value": 4 + n / 2, "unit": "degC"}, {"value": -18 - n / 2, "unit": "degC"})]  # fmt: skip
    return _box("thermometer, CH01 and CH02, semicolon", lines, right)


def _logger() -> Unseen:
    lines = ["Time,Temperature(°C),Humidity(%RH)"]
    lines += [f"2026-03-05T10:2{n}:00Z,{4 + n / 10},{65 + n / 10}" for n in range(1, 7)]
    right = []
    for n in range(1, 7):
        right += [{"value": 4 + n / 10, "unit": "degC"}, {"value": 65 + n / 10, "unit": "%RH"}]
    return _box("logger, ISO time with Z, headings with units", lines, right, _UTF8)


def _fahrenheit() -> Unseen:
    values = (34.2, 36.0, 101.5, 33.9, -4.0)
    lines = [f"{v:6.1f}F 03-05-26 10:2{n}" for n, v in enumerate(values)]
    right = [{"value": v, "unit": "degF", "measured_at": f"2026-03-05T10:2{n}:00"} for n, v in enumerate(values)]
    return _box("thermometer, value before its time", lines, right, ("--time-format", "%m-%d-%y %H:%M"))


def _grain() -> Unseen:
    lines = [f"#{n} WHEAT M={12 + n / 10:.1f}% T={22 + n / 2:.1f}C TW={78 + n / 10:.1f}kg/hL" for n in range(1, 7)]
    right: list[Mapping[str, Any]] = []
    for n in range(1, 7):
        right += [{"value": 12 + n / 10, "unit": "%"}, {"value": 22 + n / 2, "unit": "degC"}]
        right += [{"value": 78 + n / 10}]
    return _box("grain moisture, M= T= TW=", lines, right)


def _grain_slip() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n in range(1, 7):
        grain = ("小麦", "玉米", "稻谷")[n % 3]
        lines += [f"编号: {n:03d}", f"品种: {grain}", f"水分: {12 + n / 10:.1f}%", f"温度: {22 + n / 2:.1f}℃"]
        lines += [f"容重: {780 + n}g/L", "================"]
        right += [{"value": 12 + n / 10, "unit": "%"}, {"value": 22 + n / 2, "unit": "degC"}]
        right += [{"value": 780.0 + n, "unit": "g/L"}]
    return _box("grain moisture slip, 品种 水分 容重", lines, right, _GBK)


def _halogen() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n in range(1, 6):
        lines += ["-- MOISTURE ANALYSIS --", f"2026-03-05 10:2{n}", f"Start wt   {5 + n / 1000:.3f} g"]
        lines += [f"End wt     {4 + n / 1000:.3f} g", f"Dry time   0{n}:30", f"Moisture   {13 + n / 10:.2f} %"]
        lines += ["------- END -------"]
        at = f"2026-03-05T10:2{n}:00"
        right += [{"value": 5 + n / 1000, "unit": "g", "measured_at": at}]
        right += [{"value": 4 + n / 1000, "unit": "g"}, {"value": 13 + n / 10, "unit": "%", "measured_at": at}]
    return _box("moisture analyser, a drying time", lines, right)


def _grain_table() -> Unseen:
    lines = ["Sample  Crop    Moist%  Temp"]
    lines += [f"S{n:03d}    RICE    {12 + n / 10:6.1f}  {22 + n / 2:5.1f}" for n in range(1, 7)]
    right = [row for n in range(1, 7) for row in ({"value": 12 + n / 10}, {"value": 22 + n / 2})]
    return _box("grain moisture, fixed columns, heading", lines, right)


def _gold_csv() -> Unseen:
    lines = ["No,Sample,Item,T,C,T/C,Conc(ug/kg),Result,Time"]
    lines += [f"{n},M{n:03d},AMOX,{400 + n},{800 + n},{0.5 + n / 100:.3f},{v:.2f},{'POS' if v > 4 else 'NEG'},"
              f"2026-03-05 10:2{n}" for n, v in enumerate(_V, 1)]  # fmt: skip
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(_V, 1):
        at = f"2026-03-05T10:2{n}:00"
        right += [{"value": v, "unit": "ug/kg", "measured_at": at}]
    return _box("strip reader, CSV, T, C, T/C and concentration", lines, right)


def _gold_slip() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n, v in enumerate(_V, 1):
        lines += [f"样品编号：{n:05d}", f"检测时间：2026/03/05 10:2{n}:05"]
        for item, text in (("克伦特罗", "<0.50"), ("莱克多巴胺", f"{v:.2f}")):
            lines += [f"项目：{item}", f"浓度：{text} ug/kg", f"结果：{'阳性' if v > 4 and text[0] != '<' else '阴性'}"]
            right.append({
                "value": None if text[0] == "<" else v, "unit": "ug/kg", "item": item,
                "measured_at": f"2026-03-05T10:2{n}:05",
            })  # fmt: skip
        lines += ["****************"]
    return _box("strip reader slip, an item on its own line", lines, right, _GBK)


def _channel_table() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for run in range(1, 4):
        lines += [f"检测日期：2026-03-0{run} 10:21", "通道,样品名称,抑制率%,判定"]
        for n, v in enumerate((8.4, 12.5, 51.7, 3.0), 1):
            lines += [f"{n},{_FOODS[n]},{v + run / 10:.1f},{'不合格' if v > 50 else '合格'}"]
            at = f"2026-03-0{run}T10:21:00"
            right += [{"value": round(v + run / 10, 1), "unit": "%", "commodity": _FOODS[n], "measured_at": at}]
        lines += [""]
    return _box("pesticide tester, a table under its date", lines, right, _UTF8)


def _toxin() -> Unseen:
    lines = [f"AFB1: {v:6.2f} ppb  (Limit 20 ppb) {'FAIL' if v > 20 else 'PASS'}" for v in _V]
    return _box("toxin reader, limit in brackets", lines, _of(_V, "ppb"))


def _don() -> Unseen:
    lines = [f"Lot:2403A Test:DON Result: {v:.2f} ppm 03/15/2026 10:2{n}" for n, v in enumerate(_V)]
    right = [{"value": v, "unit": "ppm", "measured_at": f"2026-03-15T10:2{n}:00"} for n, v in enumerate(_V)]
    return _box("toxin reader, lot before the result", lines, right)


def _qualitative() -> Unseen:
    words = ("阴性", "阳性", "阴性", "阴性", "无效")
    lines = [f"{n},β-内酰胺,{word},2026/3/5 10:2{n}" for n, word in enumerate(words, 1)]
    right = [{"value": None, "value_text": word, "measured_at": f"2026-03-05T10:2{n}:00"} for n, word in
             enumerate(words, 1)]  # fmt: skip
    return _box("milk strips, words alone", lines, right, (*_GBK, "--time-format", "%Y/%m/%d %H:%M"))


def _nitrite() -> Unseen:
    lines = [f"No.{n:03d} NO2-N {v:.3f} mg/L T={85 + n / 10:.1f}%" for n, v in enumerate(_V, 1)]
    right = [row for n, v in enumerate(_V, 1) for row in (
        {"value": v, "unit": "mg/L"}, {"value": 85 + n / 10, "unit": "%"})]  # fmt: skip
    return _box("photometer, NO2-N and transmission", lines, right)


def _formaldehyde() -> Unseen:
    return _box("photometer, 甲醛(mg/kg):", [f"甲醛(mg/kg)：{v:.2f}" for v in _V], _of(_V, "mg/kg"), _UTF8)


def _micro() -> Unseen:
    lines = [f"{n:02d} 黄曲霉毒素B1 {v:.2f} μg/kg {'不合格' if v > 5 else '合格'}" for n, v in enumerate(_V, 1)]
    return _box("toxin reader, μg/kg in GBK", lines, _of(_V, "ug/kg"), _GBK)


def _chlorine() -> Unseen:
    return _box("photometer, Cl2 [mg/l]", [f"Cl2 [mg/l]   {v:7.2f}" for v in _V], _of(_V, "mg/L"))


def _printer() -> Unseen:
    stream = b""
    for n, v in enumerate(_V, 1):
        stream += b"\x1b@\x1ba\x01\x1d!\x11" + "食品检测".encode("gb18030") + b"\n\x1d!\x00\x1ba\x00"
        text = f"样品:{_FOODS[n - 1]}\n时间:2026-03-05 10:2{n}:00\n亚硝酸盐: {v:.2f} mg/kg\n结论: 合格\n"
        stream += text.encode("gb18030") + b"\x1bd\x03\x1dV\x00"
    right = [{"value": v, "unit": "mg/kg", "commodity": _FOODS[n - 1]} for n, v in enumerate(_V, 1)]
    return Unseen("slip printer, double size, cutter", stream, right, _GBK)


def _leaders() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n in range(1, 6):
        lines += [f"Sample {n}", f"Protein......{12 + n / 10:.1f} %", f"Fat..........{3 + n / 10:.1f} %"]
        lines += [f"Moisture.....{60 + n / 10:.1f} %", ""]
        right += [{"value": 12 + n / 10, "item": "protein"}, {"value": 3 + n / 10, "item": "fat"}]
        right += [{"value": 60 + n / 10, "item": "moisture", "unit": "%"}]
    return _box("meat analyser, dotted leaders", lines, right)


def _many_numbers() -> Unseen:
    lines: list[str] = []
    for n, v in enumerate(_V, 1):
        lines += ["RESULT SLIP", "Instrument S/N 20250112", "Operator: 12", f"Sample ID: {1000 + n}", "Dilution 1:10"]
        lines += [f"Result = {v:.2f} mg/100g", "Firmware V2.13", "-----------"]
    return _box("slip, numbers that are no values", lines, _of(_V, "mg/100g"))


def _milk() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for n in range(1, 6):
        lines += ["Milk analyzer", "SN: 4231", "Calibration 1 - Cow", "Results:", f"Fat......... 0{3 + n / 10:.2f}%"]
        lines += [f"SNF......... 0{8 + n / 10:.2f}%", f"Density..... {28 + n / 10:.2f}", f"Freez.point.-0.5{n}0`C"]
        lines += [f"Added water. 00.0{n}%", "Sample T.... 22.5`C", f"Serial ID. 00{n:03d}", "Date 05/13/26 10:20", ""]
        right += [{"value": 3 + n / 10}, {"value": 8 + n / 10}, {"value": 28 + n / 10}, {"value": float(f"-0.5{n}0")}]
        right += [{"value": n / 100}, {"value": 22.5}]
    return _box("milk analyser slip, leaders, `C", lines, right)


def _table_units() -> Unseen:
    lines = ["序号;检测日期;检测时间;样品名称;检测项目;检测值;单位;结论"]
    lines += [f"{n};2026-03-05;10:2{n}:00;{_FOODS[n - 1]};二氧化硫;{v:.2f};g/kg;合格" for n, v in enumerate(_V, 1)]
    right = [
        {
            "value": v, "unit": "g/kg", "item": "二氧化硫", "commodity": _FOODS[n - 1],
            "measured_at": f"2026-03-05T10:2{n}:00",
        }
        for n, v in enumerate(_V, 1)
    ]  # fmt: skip
    return _box("table, Chinese headings, semicolons, unit column", lines, right, _GBK)


def _table_again() -> Unseen:
    lines: list[str] = []
    right: list[Mapping[str, Any]] = []
    for power_on in range(2):
        lines += ["编号\t样品\t含量(mg/kg)\t时间\t"]
        for n, v in enumerate(_V, 1):
            lines += [f"{power_on}{n:03d}\t{_FOODS[n - 1]}\t{v:.2f}\t20260305102{n}00\t"]
            right += [{"value": v, "unit": "mg/kg", "measured_at": f"2026-03-05T10:2{n}:00"}]
    return _box("table by tabs, heading at each power on", lines, right, _UTF8)


def _quoted_commas() -> Unseen:
    lines = ['"Probe","Wert","Einheit"']
    lines += [f'"S{n}","{v:.2f}","mg/kg"'.replace(".", ",") for n, v in enumerate(_V, 1)]
    return _box("quoted cells, decimal commas", lines, _of(_V, "mg/kg"))


MAKERS = (
    _scale_unstable(), _scale_slip(), _scale_labels(), _scale_count(), _scale_gtn(), _atp_month(), _atp_pipes(),
    _atp_chinese(), _atp_bounds(), _ph_atc(), _ph_dated(), _ph_broken(), _oil_labels(), _oil_csv(), _oil_behind(),
    _probes(), _channels(), _logger(), _fahrenheit(), _grain(), _grain_slip(), _halogen(), _grain_table(), _gold_csv(),
    _gold_slip(), _channel_table(), _toxin(), _don(), _qualitative(), _nitrite(), _formaldehyde(), _micro(),
    _chlorine(), _printer(), _leaders(), _many_numbers(), _milk(), _table_units(), _table_again(), _quoted_commas(),
)  # fmt: skip
