"""Background work ends when it is asked to, whatever happens on its way out."""

import asyncio

from server.supervisor import running

PATIENCE_S = 60.0


def test_work_that_crashes_as_it_is_cancelled_is_not_begun_again() -> None:
    begun: list[str] = []

    async def work() -> None:
        begun.append("work")
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("the connection is gone")

    async def main() -> None:
        async with asyncio.timeout(PATIENCE_S), running({"work": work}):
            while not begun:
                await asyncio.sleep(0)

    asyncio.run(main())
    assert begun == ["work"]
