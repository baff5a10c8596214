"""The ASTM family in the conformance kit, on golden vectors: the right decode of these bytes, for ever.

The short Erba and Vitros pieces are from nishishailesh/astm_general (MIT); the others are made by hand from the rules.
"""

from collections.abc import Sequence
from datetime import datetime

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import DeviceLimit, Specimen
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Expected, Vector
from wire.terms import Comparison, Role, TimeSource, Verdict


def frame(number: int, text: bytes, *, is_last: bool = True, digits: bytes = b"%02X", after: bytes = b"\r\n") -> bytes:
    body = b"%d%s%s" % (number, text, b"\x03" if is_last else b"\x17")
    return b"\x02" + body + digits % (sum(body) % 256) + after


ERBA_NA = (
    b"\x05\x021H|`^&||||||||||P|E 1394-97|20200928132327\rP|1|||||||U||||||||0|0\rO|1|1044041||^^^CKK|||||||||||SERUM\r"
    b"R|1|^^^CKK|NA|mg/dl||A|N|F||||20200928132325\rC|1|I|Instrument Flag A\rL|1|N\r\x0365\r\n\x04"
)
VITROS = (
    b"\x05\x021H|\\^&|||3600796||||||||LIS2-A|20201121130405\r\x0362\r\n\x022P|1\r\x033F\r\n"
    b"\x023O|1|1068616^1^3||^^^1.0000+001+1.0\\950+1.0\\951+1.0\\952+1.0|R||||||N||||5||||||||||F\r\x0354\r\n"
    b"\x024R|1|^^^1.0000+001+1.0|8.25|mIU/L||^1^\\^0^\\^0^\\^0^||V|||20201121122709|20201121130405|36000796\r\x0343\r\n"
    b"\x025M|1|X|6190^20210105170429^20201111170429^^^6858|20201113184645^N^20201211184645|||N\r\x0364\r\n"
    b"\x026R|2|^^^1.0000+950+1.0|<15|||^5^||V|||20201121122709|20201121122726|36000796\r\x03D5\r\n"
    b"\x027R|3|^^^1.0000+951+1.0|<2|||^5^||V|||20201121122709|20201121122726|36000796\r\x03A4\r\n"
    b"\x020R|4|^^^1.0000+952+1.0|<20|||^5^||V|||20201121122709|20201121122726|36000796\r\x03CF\r\n"
    b"\x021L|1|N\r\x0304\r\n\x04"
)
QUERY = (
    b"\x05\x021H|\\^&|||3600796||||||||LIS2-A|20201121110643\r\x0364\r\n\x022Q|1|^1068687||ALL||||||||O\r\x038E\r\n"
    b"\x023L|1|N\r\x0306\r\n\x04"
)
# Records cut in the middle by ETB; backslash is the escape; lower-case digits; CR CR, nothing, CR after the sum.
CUT = (
    b"\x05"
    + frame(1, b"H|@^\\|MSG-1||GX^GX^4.3|||||LIS||P|1394-97|20210304", is_last=False, after=b"\r\r")
    + frame(
        2, b"101112\rP|1\rO|1|S-7||^^^MTB|R|20210304\rR|1|^MTB^^MTB^^^|POSI", is_last=False, digits=b"%02x", after=b""
    )
    + frame(
        3, b"TIVE^|||||F||lab \\F\\ 2|202103040900|20210304101010\rR|2|^MTB^^Ct^^^|^24.5|", is_last=False, after=b"\n"
    )
    + frame(4, b"||||F\rL|1|N\r", after=b"\r")
    + b"\x04"
)
# Two ENQ, first number 0, a keep-alive, a retransmission, two messages in one transfer, a bad frame sent again.
ODD = (
    b"\x05\x04\x05\x05"
    + frame(0, b"H|\\^&|||A|||||||P||20220101000000\r")
    + frame(1, b"O|1|11||^^^X\rR|1|^^^X|0|mg/kg|||\r")
    + frame(1, b"O|1|11||^^^X\rR|1|^^^X|0|mg/kg|||\r")
    + b"\x022R|2|^^^Y|7\r\x0300\r\n"
    + frame(2, b"R|2|^^^Y||mg/kg|||\r")
    + frame(3, b"L|1|N\r")
    + frame(4, b"H|\\^&|||A|||||||Q||20220101000001\rO|1|12||^^^X\r")
    + frame(5, b"R|1|^^^X|-0.5|||N||X\rL|1|N")
    + b"\x04"
)
FOOD = (
    b"\x05"
    + frame(1, b"H|\\^&|||Reader^SN-42|||||||P|LIS2-A2|20261123080000\r")
    + frame(2, "O|1|A&F&7||^^^MALG|R||||||||||草鱼\r".encode("gb18030"))
    + frame(3, "R|1|^^^MALG|1.25^阳性|ug/kg|<=0.5|H||F||王|20261123075000|20261123075959\r".encode("gb18030"))
    + frame(4, "R|2|^^^CLEN|阴性|||||F||||20261123075959\rR|3|^^^CAP|无效|||||F\r".encode("gb18030"))
    + frame(5, b"O|2|QC-1||^^^NITR\rR|1|^^^NITR|4.0|mg/kg|||||\rL|1|N\r")
    + b"\x04"
)
NO_TERMINATOR = (
    b"\x05" + frame(1, b"H|\\^&\r") + frame(2, b"R|1|^^^X|1\r") + frame(3, b"R|2|^^^X|2", is_last=False) + b"\x04"
)

MEASURED = datetime.fromisoformat("2026-11-23T08:15:30")


class TestAstm(AdapterKit):
    family = FAMILY
    simulated_profile = "virtual-food"
    quiet = bytes(set(range(256)) - set(b"\x02\x04\x05\x06\x15\r\n"))
    ignorable = b"\x04\x05\x06\x15\r\n"
    vectors = (
        Vector(
            "erba",
            ERBA_NA,
            (
                Expected(
                    "CKK",
                    None,
                    "NA",
                    (
                        ("verdict", Verdict.INVALID),
                        ("flags", ("not_available", "A", "status:F")),
                        ("sample_number", "1044041"),
                        ("commodity", "SERUM"),
                        ("unit", "mg/dl"),
                        ("measured_at", datetime.fromisoformat("2020-09-28T13:23:25")),
                        ("raw", b"R|1|^^^CKK|NA|mg/dl||A|N|F||||20200928132325"),
                        ("offset", 1),
                        ("extra", {"comment": "Instrument Flag A"}),
                    ),
                ),
            ),
            frames=1,
        ),
        Vector(
            "vitros",
            VITROS,
            (
                Expected("001", 8.25, "8.25", (("unit", "mIU/L"), ("device_serial", "36000796"), ("record", "1"))),
                Expected("950", None, "<15", (("flags", ("below_range", "^5^", "status:V")), ("verdict", None))),
                Expected("951", None, "<2", (("sample_number", "1068616"),)),
                Expected("952", None, "<20", (("offset", 512), ("record", "4"))),
            ),
            frames=9,
            profile="vitros-3600",
        ),
        Vector("query", QUERY, (), frames=3),
        Vector(
            "cut",
            CUT,
            (
                Expected("MTB", None, "POSITIVE^", (("operator", "lab | 2"), ("sample_number", "S-7"))),
                Expected("Ct", 24.5, "^24.5", (("time_source", TimeSource.ORDER),)),
            ),
            frames=4,
        ),
        Vector(
            "odd",
            ODD,
            (
                Expected("X", 0.0, "0", (("flags", ("time_of_message",)), ("sample_number", "11"))),
                Expected("Y", None, "", (("flags", ("no_value", "time_of_message")), ("verdict", None))),
                Expected(
                    "X", -0.5, "-0.5", (("verdict", Verdict.INVALID), ("role", Role.CONTROL), ("sample_number", "12"))
                ),
            ),
            frames=7,
            rejected=("checksum",),
        ),
        Vector(
            "food",
            FOOD,
            (
                Expected(
                    "malachite_green",
                    1.25,
                    "1.25^阳性",
                    (
                        ("item_name", "孔雀石绿"),
                        ("verdict", Verdict.FAIL),
                        ("limit", DeviceLimit(Comparison.ABOVE, 0.5, "ug/kg")),
                        ("sample_number", "A|7"),
                        ("commodity", "草鱼"),
                        ("operator", "王"),
                        ("device_serial", "SN-42"),
                    ),
                ),
                Expected("clenbuterol", None, "阴性", (("verdict", Verdict.PASS), ("unit", "ug/kg"), ("limit", None))),
                Expected("chloramphenicol", None, "无效", (("verdict", Verdict.INVALID),)),
                Expected("nitrite", 4.0, "4.0", (("role", Role.CONTROL), ("commodity", ""), ("verdict", None))),
            ),
            frames=5,
            profile="virtual-food",
        ),
        Vector(
            "no terminator",
            NO_TERMINATOR,
            (Expected("X", 1.0, "1", (("flags", ("message_incomplete",)),)),),
            frames=3,
            rejected=("truncated",),
        ),
    )
    specimens = (
        Specimen("A-1", "草鱼", "malachite_green", 0.12, MEASURED),
        Specimen("A|2", "Pak & choi^", "pesticide_inhibition", 71.5, MEASURED, Verdict.FAIL),
        Specimen("A-3", "猪肉", "clenbuterol", 0.0, MEASURED, Verdict.SUSPECT),
        Specimen("A-4", "酱菜", "nitrite", 12.0, MEASURED, Verdict.INVALID),
        Specimen("A-5", "", "own_code", 1e-05, MEASURED, Verdict.FAIL),
    )

    def simulated_profiles(self) -> Sequence[Profile]:
        food = FAMILY.profile("virtual-food")
        return [
            food.model_copy(update={"options": {**food.options, "sends": way}}) for way in ("records", "message", "cut")
        ]
