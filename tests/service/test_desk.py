import asyncio
import threading
import time

import pytest

from service.desk import Desk


def test_acts_wait_for_their_turn_and_one_that_fails_takes_no_other_down() -> None:
    desk, begun, busy, most, guard = Desk(2), [], 0, 0, threading.Lock()

    def act(number: int) -> int:
        nonlocal busy, most
        with guard:
            begun.append(number)
            busy, most = busy + 1, max(most, busy + 1)
        time.sleep(0.01)
        with guard:
            busy -= 1
        if number == 3:
            raise ValueError(number)
        return number

    async def ask() -> list[int | BaseException]:
        return await asyncio.gather(*(desk.do(lambda n=n: act(n)) for n in range(8)), return_exceptions=True)  # type: ignore[misc]  # n is bound

    said = asyncio.run(ask())
    assert most == 2
    assert sorted(begun) == list(range(8))
    assert [one for one in said if isinstance(one, int)] == [0, 1, 2, 4, 5, 6, 7]
    with pytest.raises(ValueError, match="3"):
        raise next(one for one in said if isinstance(one, BaseException))
