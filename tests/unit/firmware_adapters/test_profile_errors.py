"""Every mistake in a profile is named with file, line and key."""

from pathlib import Path

import pytest

from firmware_adapters.own_profiles import OwnProfiles, read_own_profiles
from firmware_adapters.profile import ProfileError, load_profile, parse_profile
from firmware_adapters.registry import families, family

HEAD = 'name = "mine"\nfamily = "{family}"\nmaker = "m"\nmodel = "x"\nevidence = "capture"\n'


def text(body: str = "", kind: str = "astm") -> str:
    return HEAD.format(family=kind) + body


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("charst = 1\n", ":6: charst: unknown key"),
        ("charset = 1\n", ":6: charset: "),
        ('charset = "klingon"\n', ":6: charset: unknown encoding"),
        ('charset = "a\\u0000b"\n', ":6: charset: "),
        ("[line]\nbaud = 1\n", ":7: line.baud: "),
        ('[line]\nbaud = 9600\nparity = "X"\n', ":8: line.parity: "),
        ("[line]\nstopbits = 3\n", ":7: line.stopbits: "),
        ('[verdicts]\n"阴性" = "pass"\n"阳性" = "bad"\n', ":8: verdicts.阳性: "),
        ('[items]\nA = { code = "a" }\nB = { cod = "b" }\n', ":8: items.B.code: "),
        ('[[usb]]\nvid = "1a86"\npid = "XYZ"\n', ":8: usb.0.pid: "),
        ('[[quirks]]\nname = "x"\n', ":6: quirks.0.evidence: "),
        ('[identity]\nrecord = "runing"\ntime = "test"\n', ":7: identity.record: "),
        ('[identity]\nrecord = "daily"\n', ":6: identity.time: Field required"),
        ('[identity]\nrecord = "daily"\ntime = "test"\nsample = "x"\n', ":9: identity.sample: unknown key"),
        ('place = "x"\n', ":6: place: unknown key"),
        ('source = "x"\n', ":6: source: unknown key"),
        ("note = \n", ":6: "),
        ('name = "twice"\n', ":6: "),
    ],
)
def test_what_every_family_knows(body: str, place: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text(body), "mine.toml")
    assert f"mine.toml{place}" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        ("astm", '[options]\ncontrols = "("\n', ":7: options.controls: "),
        ("astm", "[options]\nserial_compnent = 2\n", ":7: options.serial_compnent: unknown key"),
        ("astm", "[settings]\nx = 2\n", ":6: settings: "),
        (
            "astm",
            '[identity]\nrecord = "running"\ntime = "test"\n',
            ":7: identity.record: astm knows no more than 'in_m",
        ),
        (
            "tt_smart",
            '[identity]\nrecord = "none"\ntime = "test"\n',
            ":8: identity.time: tt_smart knows no more than 'n",
        ),
        ("pesticide", '[options]\ndialect = "lz"\n', ":7: options.dialect: "),
        ("hl7", '[settings]\ncontrols = "["\n', ":7: settings.controls: "),
        (
            "line",
            "[[settings.line]]\npattern = '(?P<value>.*)'\n[[settings.line]]\npattern = '('\n",
            ":9: settings.line.1.pattern: ",
        ),
        ("line", "[settings]\ndelimter = 1\n", ":7: settings.delimter: unknown key"),
    ],
)
def test_what_only_the_family_knows(tmp_path: Path, kind: str, body: str, place: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text(body, kind), "utf-8")
    with pytest.raises(ProfileError) as caught:
        family(kind).profile(str(path))
    assert f"{path}{place}" in str(caught.value)


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text("charst = 1\n[line]\nbaud = 1\n"), "mine.toml")
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["8", "6"]


@pytest.mark.parametrize("kind", sorted(families()))
def test_a_quirk_that_the_family_does_not_know_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text('[[quirks]]\nname = "no_such"\nevidence = "none"\n', kind), "utf-8")
    with pytest.raises(ProfileError, match=r"mine\.toml:7: quirks\.0\.name: .* knows no 'no_such'"):
        family(kind).profile(str(path))


@pytest.mark.parametrize("kind", sorted(families()))
def test_every_shipped_profile_passes_the_whole_check(kind: str) -> None:
    for profile in families()[kind].shipped().values():
        families()[kind].check(profile)


def test_a_file_that_is_no_text_or_far_too_long_is_refused(tmp_path: Path) -> None:
    for content in (b"\xff\xfe", b"#" * 2_000_000):
        path = tmp_path / "mine.toml"
        path.write_bytes(content)
        with pytest.raises(ProfileError, match=r"mine\.toml:(1: not UTF-8| more than)"):
            load_profile(path)


def test_ones_own_profiles_are_found_by_name_and_a_broken_one_hides_none(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(text())
    (tmp_path / "a-broken.toml").write_text(text("charst = 1\n"))
    own = read_own_profiles(tmp_path)
    assert family("astm").profile("mine", own).place == str(tmp_path / "good.toml")
    assert [message.split(": ")[0] for message in own.broken] == [f"{tmp_path / 'a-broken.toml'}:6"]
    with pytest.raises(ProfileError, match=r"no profile 'other'[^\0]*a-broken\.toml:6"):
        family("astm").profile("other", own)
    with pytest.raises(ProfileError, match="no profile 'mine'"):
        family("line").profile("mine", own)


def test_a_name_that_is_there_twice_names_both_files(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(text().replace('"mine"', '"erba-xl"'))
    with pytest.raises(ProfileError, match=r"twice: .*astm/profiles/erba-xl\.toml and .*one\.toml"):
        family("astm").profile("erba-xl", read_own_profiles(tmp_path))
    (tmp_path / "two.toml").write_text(text())
    (tmp_path / "three.toml").write_text(text())
    with pytest.raises(ProfileError, match=r"twice: .*three\.toml and .*two\.toml"):
        family("astm").profile("mine", read_own_profiles(tmp_path))


def test_without_a_folder_there_are_none_and_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert read_own_profiles(None) == OwnProfiles()
    with pytest.raises(ProfileError, match="no-such"):
        read_own_profiles(tmp_path / "no-such")
