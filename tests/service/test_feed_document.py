"""The worked example of docs/feed.md, computed again from nothing but what the page says."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from models.invented_feed import invented_copy, invented_lines

PAGE = (Path(__file__).parent.parent.parent / "docs" / "feed.md").read_text(encoding="utf-8")
FIELDS = ("cause", "commitment", "effective_on", "epoch", "known_seq", "previous_hash", "recorded_at", "replaces_seq", "seq")


def shown_line() -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    line: dict[str, Any] = json.loads(found[1])
    return line


def plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hexadecimal(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_the_example_is_the_first_line_of_the_test_feed() -> None:
    assert shown_line() == invented_lines()[0]


def test_every_hash_of_the_example_follows_from_what_the_page_says() -> None:
    line = shown_line()
    body = line["body"]
    assert line["salt"] + plain(body) in PAGE
    assert hexadecimal(line["salt"] + plain(body)) == line["commitment"]
    chained = plain({name: line[name] for name in FIELDS})
    assert chained in PAGE
    assert hexadecimal(chained) == line["hash"]
    assert line["previous_hash"] == hexadecimal("quality credit change log, epoch 1")
    key_text = plain([body["list"], body["enterprise"]["scheme"], body["enterprise"]["value"]])
    key, value = hexadecimal(key_text), hexadecimal(line["salt"] + line["hash"])
    leaf = sha256(b"\x00" + bytes.fromhex(key) + bytes.fromhex(value)).hexdigest()
    log_leaf = sha256(b"\x00" + bytes.fromhex(line["hash"])).hexdigest()
    for told in (key_text, key, value, leaf, log_leaf, line["commitment"], line["hash"]):
        assert f"`{told}`" in PAGE


def root(leaves: list[tuple[str, bytes]], depth: int = 0) -> bytes:
    """The root of leaves by the bits of their keys, word for word as the page has it."""
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return leaves[0][1]
    sides = [[leaf for leaf in leaves if leaf[0][depth] == bit] for bit in "01"]
    return sha256(b"\x01" + root(sides[0], depth + 1) + root(sides[1], depth + 1)).digest()


def test_the_roots_of_the_test_feed_follow_from_what_the_page_says() -> None:
    held: dict[int, dict[str, Any]] = {}
    for line in invented_lines():
        held.pop(line["replaces_seq"], None)
        held[line["seq"]] = line
    leaves = []
    for line in held.values():
        if line["body"] is not None and line["body"]["after"]["state"] != "ended":
            who = line["body"]["enterprise"]
            key = sha256(plain([line["body"]["list"], who["scheme"], who["value"]]).encode()).digest()
            value = sha256((line["salt"] + line["hash"]).encode()).digest()
            leaves.append((f"{int.from_bytes(key, 'big'):0256b}", sha256(b"\x00" + key + value).digest()))
    assert f"`{root(leaves).hex()}`" in PAGE
    assert f"`{invented_copy().log_root()}`" in PAGE
