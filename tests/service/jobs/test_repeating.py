import asyncio
import threading

from service.jobs.repeating import keep_doing


def test_who_stops_the_work_waits_for_what_is_under_way() -> None:
    """A thread that outlived its service would go on with connections that are closed."""
    begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(10)
        done.set()

    async def live() -> bool:
        async with keep_doing(work, name="test", first_after_s=0, every_s=60):
            await asyncio.to_thread(begun.wait, 10)
            asyncio.get_running_loop().call_later(0.05, may_end.set)
        return done.is_set()

    assert asyncio.run(live())
