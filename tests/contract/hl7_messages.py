"""HL7 messages written out by hand after the standard and after what instruments are known to send. No capture."""

from tests.contract.adapter_kit import Expected
from wire.terms import Role, Verdict

VT, FS = b"\x0b", b"\x1c\r"


def segments(*lines: str, end: str = "\r", charset: str = "utf-8") -> bytes:
    return "".join(line + end for line in lines).encode(charset)


def framed(*lines: str, end: str = "\r", charset: str = "utf-8") -> bytes:
    return VT + segments(*lines, end=end, charset=charset) + FS


# Chinese instruments: GBK text, numbers as NM and ST, a word as CE, a picture, a comment.
ORU = (
    "MSH|^~\\&|食安|市场|||20260305094107||ORU^R01|17|P|2.3.1||||0||GB18030|||",
    "PID|1||P-7||张三^||19800101000000|M",
    "OBR|1|BAR-1|S-42|00001^Auto Count^99MRC||20260305093000|20260305093100",
    "OBX|1|NM|6690-2^白细胞^LN||5.81|10*9/L|4.00-10.00|N|||F|||||Admin|",
    "OBX|2|ST|CRP^C\\S\\反应||0|mg/L|||||F|||20260305093200",
    "OBX|3|ST|PCT^PCT||<0.05|ng/ml||L|||F",
    "NTE|1||低于 \\T\\ 检出限",
    "OBX|4|CE|VIS^Lipemia||1^Positive^L|||A|||F",
    "OBX|5|ED|15008-4^Histogram^LN||^Image^BMP^Base64^Qk0=||||||F",
    "OBX|6|NM|BAD^Bad||--|g/L|||||X",
)
ORU_READINGS = (
    Expected(
        "6690-2",
        5.81,
        "5.81",
        (
            ("item_name", "白细胞"),
            ("unit", "10*9/L"),
            ("sample_number", "S-42"),
            ("record", "1"),
            ("measured_at_text", "20260305093100"),
            ("operator", "Admin"),
            ("flags", ("N", "status:F")),
            ("role", Role.SAMPLE),
            ("verdict", None),
        ),
    ),
    Expected("CRP", 0.0, "0", (("item_name", "C^反应"), ("measured_at_text", "20260305093200"))),
    Expected("PCT", None, "<0.05", (("flags", ("below_range", "L", "status:F")),)),
    Expected("VIS", None, "1^Positive^L", (("flags", ("A", "status:F")),)),
    Expected("BAD", None, "--", (("verdict", Verdict.INVALID), ("flags", ("not_available", "status:X")))),
)

# IHE LAW: OUL with specimen and container, structured numbers, enhanced mode.
OUL = (
    "MSH|^~\\&|READER|LAB|LIS|LAB|20260305101500+0800||OUL^R22^OUL_R22|MSG-1|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-29",
    "SPM|1|SPEC-1&A^SPEC-1&B||FOOD^菠菜|||||||P",
    "SAC|||CONT-9",
    "OBR|1|AWOS-1||GLU^Glucose",
    "OBX|1|SN|GLU^Glucose||^5.1|mmol/L|||||F|||||||A1^^SER-77||20260305101400",
    "OBX|2|SN|IGE^IgE||<^0.35|kU/L|||||F",
    "OBX|3|SN|ANA^ANA||^1^:^160||||||F",
    "OBX|4|SN|ODD^Odd||^<^5||||||F",
    "SPM|2|QC-LOW|||||||||Q",
    "OBR|1|AWOS-2||GLU^Glucose",
    "OBX|1|NM|GLU^Glucose||0.0|mmol/L|||||F|||20260305101430",
)
OUL_READINGS = (
    Expected("GLU", 5.1, "^5.1", (("sample_number", "SPEC-1&A"), ("commodity", "菠菜"), ("role", Role.SAMPLE))),
    Expected("IGE", None, "<^0.35", (("flags", ("below_range", "status:F", "time_of_message")),)),
    Expected("ANA", None, "^1^:^160", (("flags", ("not_one_number", "status:F", "time_of_message")),)),
    Expected("ODD", None, "^<^5", (("flags", ("below_range", "status:F", "time_of_message")),)),
    Expected("GLU", 0.0, "0.0", (("sample_number", "QC-LOW"), ("role", Role.CONTROL), ("commodity", ""))),
)

# Bare, as in the files of some immunoassay analyzers; observations counted from 0, a short header.
BARE = ("MSH|^~\\&|MAG||||20260305110000||ORU^R01", "OBR|0|S-1||^^^", "OBX|0|NM|TSH||1.25|uIU/mL|||||F")
BARE_READING = Expected("TSH", 1.25, "1.25", (("record", "0"), ("sample_number", "S-1")))
BARE_2 = ("MSH|^~\\&|MAG||||20260305110500||ORU^R01", "OBR|0|S-2||^^^", "OBX|0|NM|FT4||0|pmol/L|||||F")
BARE_2_READING = Expected("FT4", 0.0, "0", (("record", "0"), ("sample_number", "S-2")))
