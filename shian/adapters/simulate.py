"""`shian adapters simulate`: a virtual analyzer of a profile on a pty, which an agent can be connected to."""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from firmware_adapters.contract import Specimen
from firmware_adapters.profile import Profile
from process.connections import DISTRICT_ZONE
from process.ending import event_on_signals
from process.language import t
from process.terminal import say
from shian.adapters.own import ProfilesFolder, find_profile, own_profiles
from shian.demo.district import Item, measured, shipped
from shian.demo.virtual import Rack, VirtualAnalyzer, analyzer_time
from shian.failures import CannotError
from wire.terms import Verdict

_POLL_S = 0.1
_FOODS = ("白菜", "芹菜", "菠菜", "韭菜", "猪肉", "鲫鱼")
_ANY = "pesticide_inhibition"


def simulate(
    profile: Annotated[
        str,
        typer.Argument(
            metavar="PROFILE", help=t("a profile: name, family/name, or file", "型号配置：名称、协议族/名称或文件")
        ),
    ],
    port: Annotated[
        Path | None, typer.Option(metavar="LINK", help=t("name of the port to make", "要建立的端口名称（链接）"))
    ] = None,
    *,
    every: Annotated[float, typer.Option(min=0.01, help=t("seconds between tests", "两次检测的间隔（秒）"))] = 5.0,
    fail_rate: Annotated[float, typer.Option(min=0, max=1, help=t("share of failed tests", "不合格的比例"))] = 0.1,
    tests: Annotated[
        int | None, typer.Option("--count", min=1, help=t("stop testing after so many", "检测多少次后停止"))
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help=t("the same seed makes the same tests", "相同种子产生相同的检测"))
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            help=t("zone of the analyzer's clock, as in edge.toml", "检测仪时钟所在时区，与 edge.toml 一致"),
        ),
    ] = DISTRICT_ZONE,
    profiles: ProfilesFolder = None,
) -> None:
    zone = _zone(timezone)
    family, chosen = find_profile(profile, own_profiles(profiles))
    rng = Random(seed)  # noqa: S311  made-up tests
    place = port or Path(tempfile.mkdtemp(prefix="shian-")) / chosen.name
    if place.exists() and not place.is_symlink():
        raise CannotError(t(f"{place} exists and is no link", f"{place} 已存在且不是链接"))
    analyzer = VirtualAnalyzer(chosen.name, family.simulator(chosen, Random(rng.random())), place)  # noqa: S311
    stop = event_on_signals()
    specimens = Specimens(rng, items_of(chosen), fail_rate)
    with Rack() as rack:
        rack.start([analyzer])
        _tell(chosen, place)
        for number in count(1):
            if tests is not None and number > tests:
                break
            specimen = specimens.next(analyzer_time(zone))
            rack.measure(analyzer, specimen)
            _show(specimen)
            if stop.wait(every):
                return
        while not stop.wait(_POLL_S) and rack.failure is None:
            pass


def _zone(name: str) -> ZoneInfo:
    """Return a time zone. Raises CannotError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise CannotError(t(f"no time zone {name!r} on this machine", f"本机没有时区 {name!r}")) from exc


@dataclass(slots=True)
class Specimens:
    """One made-up test after another."""

    rng: Random
    items: tuple[str, ...]
    fail_rate: float
    _made: int = 0

    def next(self, at: datetime) -> Specimen:
        self._made += 1
        code = self.rng.choice(self.items)
        look = _look_of(code)
        is_failed = look.fails_from is not None and self.rng.random() < self.fail_rate
        return Specimen(
            number=str(self._made),
            commodity=self.rng.choice(_FOODS),
            item=code,
            value=measured(self.rng, look, is_failed=is_failed),
            measured_at=at,
            verdict=Verdict.FAIL if is_failed else Verdict.PASS,
        )


def items_of(profile: Profile) -> tuple[str, ...]:
    """Return our codes that the profile maps to; else the items that its settings name (registers, lines); else one for
    all."""
    mapped = {item.code for item in profile.items.values()}
    named = {item for item in _named_in(profile.settings) if item}
    return tuple(sorted(mapped or named or {_ANY}))


def _named_in(settings: object) -> Iterator[str]:
    if isinstance(settings, Mapping):
        if isinstance(settings.get("item"), str):
            yield settings["item"]
        below: Iterable[object] = settings.values()
    elif isinstance(settings, list | tuple):
        below = settings
    else:
        return
    for part in below:
        yield from _named_in(part)


def _look_of(code: str) -> Item:
    """Return the demo district's values for an item where it tests for this; otherwise numbers of no meaning."""
    known = {item.code: item for item in shipped().item}
    return known.get(code) or Item(
        code=code, unit="", usual=5.0, spread=2.0, passes_to=9.0, fails_from=50.0, fails_to=90.0
    )


def _tell(profile: Profile, port: Path) -> None:
    say(
        t(
            f"{profile.maker} {profile.model}, virtual, on {port} (Ctrl-C ends). To connect an agent, in edge.toml:",
            f"虚拟检测仪 {profile.maker} {profile.model}，端口 {port}（Ctrl-C 结束）。在 edge.toml 中写入：",
        )
    )
    name = profile.place if "/" in profile.place and Path(profile.place).exists() else profile.name
    say(
        "[[device]]",
        f'name = "{profile.name}"',
        f'port = "{port}"',
        f'adapter = "{profile.family}"',
        f'profile = "{name}"',
    )
    sys.stdout.flush()


def _show(specimen: Specimen) -> None:
    say(
        f"{specimen.measured_at:%H:%M:%S}  {specimen.number}  {specimen.commodity}  {specimen.item}  "
        f"{specimen.value:g}  {specimen.verdict}",
        err=True,
    )
