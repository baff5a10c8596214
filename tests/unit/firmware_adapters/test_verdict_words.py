"""The words of a verdict, as testers print them: a profile that knows one knows them all."""

import pytest

from firmware_adapters.profile import Profile
from firmware_adapters.registry import families
from wire.terms import Verdict

WORDS = {
    "合格": Verdict.PASS,
    "阴性": Verdict.PASS,
    "未检出": Verdict.PASS,
    "不合格": Verdict.FAIL,
    "阳性": Verdict.FAIL,
    "超标": Verdict.FAIL,
    "检出": Verdict.FAIL,
    "可疑": Verdict.SUSPECT,
    "无效": Verdict.INVALID,
}
SHIPPED = [profile for family in families().values() for profile in family.shipped().values()]
PROFILES = [profile for profile in SHIPPED if {"合格", "未检出"} & set(profile.verdicts)]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: f"{profile.family}/{profile.name}")
def test_every_word_has_its_meaning(profile: Profile) -> None:
    assert {word: profile.verdicts.get(word) for word in WORDS} == WORDS
