"""Regions by their codes: which contains which, as the digits say it (GB/T 2260)."""


def stem_of(code: str) -> str:
    """The beginning that all codes within a region share: 64 of a province `640000`, 6401 of a city `640100`, 640104 of a district."""
    for zeros in ("0000", "00"):
        if len(code) == 6 and code.endswith(zeros):
            return code[: -len(zeros)]
    return code


def is_within(code: str | None, region: str) -> bool:
    """Whether a region's code lies in another region; one that is not known lies in none."""
    return code is not None and code.startswith(stem_of(region))
