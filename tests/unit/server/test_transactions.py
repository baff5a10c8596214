"""No transaction waits for anything but the database: it would hold one of few connections, and the live feed waits for
each that writes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import server

ROOT = Path(server.__file__ or "").parent
# Stages that only decide (server/delivery/standing.py): they wait for nothing.
KNOWN = {"delivery/claims.py: stage(job)"}


def waits(source: str) -> Iterator[str]:
    """Yield what is awaited within a transaction and is not given it."""
    for block in ast.walk(ast.parse(source)):
        if not isinstance(block, ast.AsyncWith) or not any(
            ast.unparse(item.context_expr).endswith(".transaction()") for item in block.items
        ):
            continue
        names = (name for item in block.items if item.optional_vars for name in ast.walk(item.optional_vars))
        given = {"transaction", "cursor"} | {name.id for name in names if isinstance(name, ast.Name)}
        for waited in (node.value for line in block.body for node in ast.walk(line) if isinstance(node, ast.Await)):
            if not given & {name.id for name in ast.walk(waited) if isinstance(name, ast.Name)}:
                yield ast.unparse(waited)


def test_the_check_sees_a_wait() -> None:
    block = "async def f():\n    async with db.transaction() as t:\n        await t.run(await request.body())\n"
    assert list(waits(block)) == ["request.body()"]


def test_a_transaction_waits_for_the_database_alone() -> None:
    found = {f"{path.relative_to(ROOT)}: {waited}" for path in ROOT.rglob("*.py") for waited in waits(path.read_text())}
    assert found == KNOWN
