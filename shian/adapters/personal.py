"""The places of personal data: in the records of a protocol, behind labels, and by their form.

ASTM   P from field 3 on, H 6 and 8, O 11, 17 and 18, R 11; with the samples O 3 and 4
HL7    PID from field 2 on, NK1, GT1, IN1 whole, PV1 7 to 9 and 17, ORC and OBR 10 to 12, 16, 17, 28, 32 to 35, OBX 16;
       with the samples OBR 2 and 3, SPM 2, SAC 3
POCT1  what stands in the attributes of PT and OPR elements
labels `检测人员：`, `被检单位：` and the like, in GB18030 and UTF-8, up to the end of the line or the field
forms  mobile and landline numbers, credit codes of 18 characters, identity numbers
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LABELS = (
    "检测人员", "检测人", "检验人员", "检验员", "检验人", "操作员", "操作人员", "操作人", "审核人员", "审核人", "审核",
    "复核人", "批准人", "采样人员", "采样人", "抽样人", "送检人", "联系人", "联系电话", "联系方式", "手机号", "手机",
    "电话", "姓名", "法人", "负责人", "经营者", "摊主", "商户", "商户名称", "供应商", "被检单位", "受检单位",
    "送检单位", "被检人", "生产单位", "单位名称", "许可证号", "许可证", "营业执照", "信用代码", "身份证号", "身份证",
    "地址", "住址",
)  # fmt: skip
_SAMPLE_LABELS = ("样品编号", "编号", "条码")
_FORMS = {
    "phone": re.compile(rb"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?!\d)"),
    "licence": re.compile(rb"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Z])"),
    "identity": re.compile(rb"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?!\d)"),
}
_POCT1 = re.compile(rb"<(?:PT|OPR)\.\w+\s[^>]*?\bV\s*=\s*[\"'](?P<value>[^\"'<>]+)[\"']")
_ASTM: Mapping[bytes, frozenset[int]] = {
    b"P": frozenset(range(3, 36)),
    b"H": frozenset((6, 8)),
    b"O": frozenset((11, 17, 18)),
    b"R": frozenset((11,)),
}
_ASTM_SAMPLES: Mapping[bytes, frozenset[int]] = {b"O": frozenset((3, 4))}
_HL7_PEOPLE = frozenset((10, 11, 12, 16, 17, 28, 32, 33, 34, 35))
_HL7: Mapping[bytes, frozenset[int]] = {
    b"PID": frozenset(range(2, 40)),
    b"NK1": frozenset(range(2, 40)),
    b"GT1": frozenset(range(2, 56)),
    b"IN1": frozenset(range(2, 54)),
    b"PV1": frozenset((7, 8, 9, 17)),
    b"ORC": _HL7_PEOPLE,
    b"OBR": _HL7_PEOPLE,
    b"OBX": frozenset((16,)),
}
_HL7_SAMPLES: Mapping[bytes, frozenset[int]] = {
    b"OBR": frozenset((2, 3)),
    b"SPM": frozenset((2,)),
    b"SAC": frozenset((3,)),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A range of the text, and its kind."""

    first: int
    end: int
    what: str


def places(text: bytes, family: str, *, with_samples: bool) -> Iterator[Place]:
    """Yield the places of personal text. `text` is one direction without the bytes that belong to the form of the
    frames. Places may overlap."""
    if family == "astm":
        yield from _records(text, _merged(_ASTM, _ASTM_SAMPLES) if with_samples else _ASTM, is_astm=True)
    elif family == "hl7":
        yield from _records(text, _merged(_HL7, _HL7_SAMPLES) if with_samples else _HL7, is_astm=False)
    elif family == "poct1a":
        yield from (Place(found.start("value"), found.end("value"), "PT/OPR") for found in _POCT1.finditer(text))
    for what, form in _FORMS.items():
        yield from (Place(found.start(), found.end(), what) for found in form.finditer(text))
    labels = (*_LABELS, *_SAMPLE_LABELS) if with_samples else _LABELS
    for charset in ("gb18030", "utf-8"):
        for pattern in (_label_pattern(labels, charset), _organisation(charset)):
            yield from (Place(found.start("value"), found.end("value"), "labelled") for found in pattern.finditer(text))


def _records(text: bytes, fields: Mapping[bytes, frozenset[int]], *, is_astm: bool) -> Iterator[Place]:
    """Yield the places in records. Fields count as the standards do: the name of an ASTM record is field 1, that of an
    HL7 segment field 0."""
    delimiter = b"|"
    first_field = 1 if is_astm else 0
    head = b"H" if is_astm else b"MSH"
    for record in re.finditer(rb"[^\x00-\x1f]+", text):
        said = record[0]
        if said.startswith(head) and len(said) > len(head):
            delimiter = said[len(head) : len(head) + 1]
        name, _, _ = said.partition(delimiter)
        wanted = fields.get(name.strip())
        if not wanted:
            continue
        at = record.start()
        for number, part in enumerate(said.split(delimiter), first_field):
            if number in wanted and part:
                yield Place(at, at + len(part), f"{name.decode('ascii', 'replace').strip()}-{number}")
            at += len(part) + 1


def _label_pattern(labels: tuple[str, ...], charset: str) -> re.Pattern[bytes]:
    names = b"|".join(re.escape(label.encode(charset)) for label in sorted(labels, key=len, reverse=True))
    colon = b"|".join(re.escape(sign.encode(charset)) for sign in (":", "："))
    return re.compile(rb"(?:" + names + rb')"?\s*(?:' + colon + rb')[ \t]*"?(?P<value>[^\x00-\x1f",;]+)')


def _organisation(charset: str) -> re.Pattern[bytes]:
    """Match the name of an organisation behind `单位：`, which is the unit of a number elsewhere."""
    label, colon, micro = (re.escape(sign.encode(charset)) for sign in ("单位", "：", "μ"))
    return re.compile(
        label + rb"\s*(?:" + colon + rb"|:)[ \t]*(?!" + micro + rb"g/)(?P<value>[^\x00-\x7f]{2,}[^\x00-\x1f\",;]*)"
    )


def _merged(
    fields: Mapping[bytes, frozenset[int]], more: Mapping[bytes, frozenset[int]]
) -> Mapping[bytes, frozenset[int]]:
    return {**fields} | {name: fields.get(name, frozenset()) | numbers for name, numbers in more.items()}
