"""A folder of profiles of the user's own, beside the shipped ones. One broken file does not hide the others."""

from dataclasses import dataclass
from pathlib import Path

from firmware_adapters.profile import Profile, ProfileError, load_profile


@dataclass(frozen=True, slots=True)
class OwnProfiles:
    """Profiles found in a folder, and a message for each file that cannot be read: file, line and key."""

    profiles: tuple[Profile, ...] = ()
    broken: tuple[str, ...] = ()


NONE_OF_ONES_OWN = OwnProfiles()


def read_own_profiles(folder: Path | None) -> OwnProfiles:
    """Read every *.toml of `folder`, by name; none without a folder. Raises ProfileError when it cannot be listed."""
    if folder is None:
        return NONE_OF_ONES_OWN
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as exc:
        raise ProfileError(f"{folder}: {exc.strerror or exc}") from exc
    profiles: list[Profile] = []
    broken: list[str] = []
    for path in paths:
        try:
            profiles.append(load_profile(path))
        except ProfileError as exc:
            broken.append(str(exc))
    return OwnProfiles(tuple(profiles), tuple(broken))
