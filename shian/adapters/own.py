"""The user's own folder of profiles, as every tool takes it: `--profiles DIR`, else ~/.config/shian/profiles."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_adapters.own_profiles import OwnProfiles, read_own_profiles
from firmware_adapters.profile import Profile, ProfileError, load_profile
from firmware_adapters.registry import Family, families
from process.language import t
from process.settings import own_folder
from shian.failures import CannotError

FOLDER = "profiles"
ProfilesFolder = Annotated[
    Path | None,
    typer.Option(
        "--profiles",
        metavar="DIR",
        help=t(
            "folder of your own profiles; without it ~/.config/shian/profiles, where that exists",
            "自有型号配置的文件夹；缺省为 ~/.config/shian/profiles（若存在）",
        ),
    ),
]


def own_profiles(chosen: Path | None) -> OwnProfiles:
    """Read the user's own profiles. Raises CannotError when the folder cannot be listed."""
    try:
        return read_own_profiles(own_folder(chosen, FOLDER))
    except ProfileError as exc:
        raise CannotError(t(f"--profiles: {exc}", f"--profiles：{exc}")) from exc


def find_profile(name: str, own: OwnProfiles) -> tuple[Family, Profile]:
    """Find a profile by name or path, whatever its family; `family/name` where two families have one of that name.
    Raises CannotError."""
    try:
        return _found(name, own)
    except ProfileError as exc:
        raise CannotError(str(exc)) from exc


def _found(name: str, own: OwnProfiles) -> tuple[Family, Profile]:
    known = families()
    if name.endswith(".toml"):
        profile = load_profile(Path(name))
        if profile.family not in known:
            raise profile.fault(("family",), f"no adapter {profile.family!r}; there are: {', '.join(known)}")
        return known[profile.family], known[profile.family].profile(name)
    of, _, bare = name.rpartition("/")
    having = [
        family
        for family in known.values()
        if of in ("", family.name)
        and (
            bare in family.shipped()
            or any((profile.family, profile.name) == (family.name, bare) for profile in own.profiles)
        )
    ]
    if not having:
        raise ProfileError("\n".join((f"no profile {name!r}: see shian adapters list", *own.broken)))
    if len(having) > 1:
        raise ProfileError(f"which one: {', '.join(f'{family.name}/{bare}' for family in having)}?")
    return having[0], having[0].profile(bare, own)
