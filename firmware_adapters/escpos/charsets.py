"""The charsets that numbers in a printer's data stand for, and the twelve signs of ASCII that ESC R exchanges.
`decoded` knows Python's charsets and those that only printers have."""

import codecs
from collections.abc import Mapping

# fmt: off
CODE_PAGES: Mapping[int, str] = {
    0: "cp437", 1: "katakana", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737",
    15: "iso8859_7", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 21: "cp874", 30: "tcvn-3-1", 31: "tcvn-3-2",
    32: "cp720", 33: "cp775", 34: "cp855", 35: "cp861", 36: "cp862", 37: "cp864", 38: "cp869", 39: "iso8859_2",
    40: "iso8859_15", 44: "cp1125", 45: "cp1250", 46: "cp1251", 47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256",
    51: "cp1257", 52: "cp1258", 53: "kz1048",
}
# fmt: on
EAST_ASIAN = frozenset(
    ("gbk", "gb2312", "gb18030", "big5", "big5hkscs", "cp950", "euc_kr", "cp949", "shift_jis", "cp932", "euc_jp")
)
CHINESE_SETS: Mapping[int, str] = {0: "gb18030", 1: "utf-8", 3: "big5"}
_REPLACED = "#$@[\\]^`{|}~"
_NATIONAL: Mapping[int, str] = {
    1: "#$à°ç§^`éùè¨",
    2: "#$§ÄÖÜ^`äöüß",
    3: "£$@[\\]^`{|}~",
    4: "#$@ÆØÅ^`æøå~",
    5: "#¤ÉÄÖÅÜéäöåü",
    6: "#$@°\\é^ùàòèì",
    7: "₧$@¡Ñ¿^`¨ñ}~",
    8: "#$@[¥]^`{|}~",
    9: "#¤ÉÆØÅÜéæøåü",
    10: "#$ÉÆØÅÜéæøåü",
    11: "#$á¡Ñ¿é`íñóú",
    12: "#$á¡Ñ¿éüíñóú",
    13: "#$@[₩]^`{|}~",
    14: "#$ŽŠĐĆČžšđćč",
    15: "#¥@[\\]^`{|}~",
}
NATIONAL_SIGNS: Mapping[int, Mapping[int, str]] = {
    number: dict(zip(map(ord, _REPLACED), signs, strict=True)) for number, signs in _NATIONAL.items()
}
_GAP = "\ufffd"
_UPPER_HALVES: Mapping[str, str] = {
    "katakana": (
        "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├¯─│▕┌┐└┘╭╮╰╯"
        + _GAP
        + bytes(range(0xA1, 0xE0)).decode("shift_jis")
        + "═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▓\u00a0"
    ),
    "tcvn-3-1": (
        " " * 32 + "        ăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ "
    ).replace(" ", _GAP),
    "tcvn-3-2": (
        " " * 32 + " ĂÂ    Ð  ÊÔƠƯ       ÀẢÃÁẠ ẰẲẴẮ       ẶẦẨẪẤẬÈ ẺẼÉẸỀỂỄẾỆÌỈ   ĨÍỊÒ ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ "
    ).replace(" ", _GAP),
    "cp857": bytes(range(0x80, 0x100)).decode("cp857", "replace").replace("\ufffd", "€", 1),
    "cp864": bytes(range(0x80, 0x100)).decode("cp864", "replace"),
}
_TABLES = {name: dict(enumerate(bytes(range(0x80)).decode("ascii") + upper)) for name, upper in _UPPER_HALVES.items()}


def is_known(charset: str) -> bool:
    try:
        codecs.lookup(charset)
    except LookupError:
        return charset in _TABLES
    return True


def decoded(data: bytes, charset: str) -> str:
    """Decode text; a byte that cannot be read becomes U+FFFD."""
    table = _TABLES.get(charset)
    return "".join(map(table.__getitem__, data)) if table else data.decode(charset, "replace")
