"""`shian operators pin`: sets the PIN by which an operator signs in at his station's own screen, or takes it away."""

import json
import sys
from itertools import pairwise
from typing import Annotated

import typer

from process.language import t
from process.terminal import ask_secret, say
from shian.changing import changing, doer
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen
from shian.failures import CannotError
from storage import deeds
from storage.deeds import Actor, Deed

SHORTEST, LONGEST = 4, 12
_COMMAND = "shian operators pin"
# Each try at the screen costs some 20 ms and 8 MiB: the screen's process is small. A PIN is no password; the waits
# after wrong tries protect it, and the file of the station's document is its agent's alone.
_TIME, _MEMORY_KIB = 4, 8 * 1024


def pin(
    code: Annotated[str, typer.Argument(help=t("of the operator", "检测员代码"))],
    *,
    stdin: Annotated[
        bool, typer.Option("--stdin", help=t("read the PIN from standard input", "从标准输入读取 PIN"))
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help=t("take the PIN away", "清除 PIN"))] = False,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    cannot = t("no PIN was set", "未设置 PIN")
    choice = chosen(dsn, dsn_file, config, data)
    kept = "" if remove else hashed(_read(stdin=stdin))
    with changing(choice, cannot) as (connection, database):
        found = connection.execute(
            "UPDATE operator SET pin = %s WHERE code = %s RETURNING name", [kept, code]
        ).fetchone()
        if found is None:
            raise CannotError(t(f"{cannot}: there is no operator {code}", f"{cannot}：没有检测员 {code}"))
        # The stations hear that their document changed; the history says no more than that.
        connection.execute(
            "INSERT INTO district_change (noun, code, actor, after) VALUES ('operators', %s, %s, %s)",
            [code, doer(_COMMAND), json.dumps({"code": code, "has_pin": bool(kept)})],
        )
        deeds.write(
            connection, Deed(Actor.command(doer(_COMMAND)), "operator_pin_set", code, facts={"has_pin": bool(kept)})
        )
        connection.commit()
    done = t("PIN taken away", "已清除 PIN") if remove else t("PIN set", "已设置 PIN")
    say(f"{found[0]}: {done} ({database})")


def is_poor(pin: str) -> bool:
    """Return True for a PIN that is not taken: digits alone, not all the same, no run like 1234."""
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        return True
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def hashed(pin: str) -> str:
    """Return what is kept of a PIN."""
    from pwdlib import PasswordHash  # noqa: PLC0415  an extra, and needed by this command alone
    from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415

    return PasswordHash((Argon2Hasher(time_cost=_TIME, memory_cost=_MEMORY_KIB, parallelism=1),)).hash(pin)


def _read(*, stdin: bool) -> str:
    typed = sys.stdin.readline().strip() if stdin else ask_secret(t("PIN", "PIN"))
    if is_poor(typed):
        raise CannotError(
            t(
                f"a PIN has {SHORTEST} to {LONGEST} digits, not all the same and not in a row",
                f"PIN 为 {SHORTEST} 至 {LONGEST} 位数字，不能全部相同，也不能连续",
            )
        )
    return typed
