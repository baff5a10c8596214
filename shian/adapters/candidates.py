"""Every family with every profile: shipped ones, and those in a folder of the user."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from firmware_adapters.profile import load_profile
from firmware_adapters.registry import families
from process.language import t
from shian.adapters.tally import Candidate

ProfilesFolder = Annotated[
    Path | None,
    typer.Option("--profiles", metavar="DIR", help=t("a folder of your own profiles", "自有型号配置的文件夹")),
]


def candidates(folder: Path | None = None) -> Iterator[Candidate]:
    """Raises ProfileError for a profile in `folder` that cannot be used."""
    known = families()
    for family in known.values():
        for profile in family.shipped().values():
            yield Candidate(family, profile)
    for path in sorted(folder.glob("*.toml")) if folder else ():
        profile = load_profile(path)
        if profile.family in known:
            yield Candidate(known[profile.family], profile)
