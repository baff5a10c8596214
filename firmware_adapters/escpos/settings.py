"""The keys of this family in a profile's `[settings]`: the grammar of `line`, and the printer."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from firmware_adapters.escpos.charsets import CODE_PAGES, is_known
from firmware_adapters.line.grammar import Grammar


class Settings(Grammar):
    """A line is what the printer prints as one. Times in seconds."""

    columns: Annotated[tuple[int, ...], Field(description="control codes that step to the next column, beside HT")] = ()
    mark_large: Annotated[str, Field(max_length=8, description="stands before a line that is printed larger")] = ""
    is_chinese: Annotated[bool, Field(description="the printer starts in Chinese mode, without FS &")] = False
    commands: Mapping[str, int] = Field(
        default_factory=dict, description="commands of this printer: two bytes in hexadecimal, and how many follow"
    )
    code_pages: Mapping[str, str] = Field(
        default_factory=dict, description="what ESC t selects on this printer: a number, and the charset's name"
    )
    silence_s: Annotated[float, Field(gt=0, description="silence that ends a ticket")] = 5.0
    simulate_as: Annotated[
        Literal["text", "dy", "ttj"],
        Field(description="the virtual device prints lines of text, or one of the tickets"),
    ] = "text"

    @property
    def pages(self) -> Mapping[int, str]:
        """Return charsets by the number of ESC t: Epson's, and over them this printer's own."""
        return {**CODE_PAGES, **{int(number): charset for number, charset in self.code_pages.items()}}

    @field_validator("code_pages")
    @classmethod
    def _check_pages(cls, pages: Mapping[str, str]) -> Mapping[str, str]:
        for number, charset in pages.items():
            if not (number.isascii() and number.isdecimal() and int(number) <= 255):
                raise ValueError(f"{number!r}: a number from 0 to 255")
            if not is_known(charset):
                raise ValueError(f"{charset!r} is no charset")
        return pages

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, codes: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 0 < code < 0x20 or code in (0x0A, 0x0D, 0x1B, 0x1C, 0x1D) for code in codes):
            raise ValueError("control codes 1 to 31, but not LF, CR, ESC, FS or GS")
        return codes

    @field_validator("commands")
    @classmethod
    def _check_commands(cls, commands: Mapping[str, int]) -> Mapping[str, int]:
        for name, count in commands.items():
            if len(bytes.fromhex(name)) != 2 or not 0 <= count <= 255:
                raise ValueError(f"{name!r}: two bytes in hexadecimal, and 0 to 255 arguments")
        return commands
