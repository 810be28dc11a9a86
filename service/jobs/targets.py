"""The city's targets are counted at night, so that whoever looks at them by day waits for nothing."""

from models.shapes import Bilingual
from service.jobs.kinds import Given, Kind, Nothing, Result, only_one
from service.operations.show_targets import count_last_night


def _work(given: Given[Nothing]) -> Result:
    given.tell("counting", 0)
    counting = count_last_night(given.place.engine)
    return {"as_of": counting.as_of.isoformat(), "known_seq": counting.known_seq, "cells": len(counting.cells)}


COUNTING = Kind(
    name="targets",
    title=Bilingual(zh="质量强市指标统计", en="Count the city's targets"),
    shape=Nothing,
    work=_work,
    lock=only_one("targets"),
    link=lambda _arguments, _result: "/v1/targets",
)
