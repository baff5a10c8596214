"""Phone numbers as people write them, for the channels that send short messages. Pure."""

import re

_PHONE = re.compile(r"\+?[0-9]{6,15}")


def check_phone(text: str) -> None:
    """Check a phone number: digits, with a plus in front or not. Raises ValueError."""
    if not _PHONE.fullmatch(text):
        raise ValueError("the address of a short message is a phone number: digits alone, perhaps with + in front")
