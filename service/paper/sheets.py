"""What stands on the page of one supplier: bounded, so that one page is always enough; the signed receipt holds all of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from data.codes.known_lists import list_title
from data.policy_files import shipped_acts
from models.glossary import (
    CHECK_OUTCOME_TITLES,
    INQUIRY_RESULT_TITLES,
    KNOWN_TITLES,
    LISTING_STATE_TITLES,
    OUTCOME_TITLES,
    PURPOSE_TITLES,
    VERDICT_TITLES,
)
from models.records import Kind
from models.shapes import Bilingual
from service.clock import LEGAL_ZONE
from service.paper import labels

LONGEST = 72
"""Characters of one text; a name in the registry is rarely half as long."""
ROOM = 22
"""Lines that measures, entries and lists of others share; the rest of the page takes at most what is left."""
PER_LINE = 58
"""Chinese characters of a line across the page; other letters take half the width."""
Sheet = dict[str, Any]


def sheet_of(content: Mapping[str, Any], no: int, *, code: str) -> Sheet:
    """The page of one supplier as the template reads it; `code` is its QR code as SVG."""
    supplier = content["suppliers"][no - 1]
    asked, named = supplier["asked"], supplier["enterprise"]
    return {
        "title": _pair(
            f"{labels.TITLE.zh} {content['check_id']}-{no}",
            f"{labels.TITLE.en} {content['check_id']}, supplier {no} of {len(content['suppliers'])}",
        ),
        "name": _cut((named and named["name"]) or asked["name"] or asked["code"] or ""),
        "who": _rows(
            (labels.WHO_ASKED, " ".join(filter(None, (asked["code"], asked["name"])))),
            (labels.WHO_CODE, f"{named['value']} ({named['scheme']})" if named else None),
            (labels.WHO_OUTCOME, _says(CHECK_OUTCOME_TITLES[supplier["outcome"]])),
            (labels.WHO_SETTING, _says(PURPOSE_TITLES[content["purpose"]])),
        ),
        "code": code,
        "code_says": labels.CODE_SAYS,
        "verdict": _of(VERDICT_TITLES[supplier["verdict"]] if supplier["verdict"] else labels.NOBODY),
        "verdict_note": _consortium(content, supplier),
        "parts": _fitted(
            (labels.REASONS, labels.NO_REASONS, [_reason(one) for one in supplier["reasons"]]),
            (labels.FACTS, labels.NO_FACTS, [_fact(one) for one in supplier["facts"]]),
            (labels.ELSEWHERE, labels.ALL_HELD, _elsewhere(supplier)),
            (labels.ADVISORY, labels.NO_ADVISORY, _advisory(content, supplier)),
        ),
        "digest": content["digests"][no - 1],
    }


def about_of(content: Mapping[str, Any], *, kid: str) -> list[dict[str, Any]]:
    """Who asked, when, for what, and on which data: the same for every page."""
    cut_off = content["cut_off"]
    return _rows(
        (labels.ASKED_BY, content["asked_by"]),
        (labels.ASKED_AT, moment(content["asked_at"])),
        (labels.MATTER, " / ".join(filter(None, (content["matter"], content["project"])))),
        (labels.CUT_OFF, f"{content['as_of']}" + (f" ({moment(cut_off)})" if cut_off else "")),
        (labels.KNOWN, f"{moment(content['known_at'])}, {_says(KNOWN_TITLES[content['known']])}"),
        (labels.DATA, f"known_seq {content['known_seq']}, change_seq {content['change_seq']}"),
        (labels.RULES, _rules(content)),
        (labels.KEPT, content["keep_until"]),
        (labels.KEY, kid),
    )


def _rules(content: Mapping[str, Any]) -> str:
    policy = f"; {content['policy']} {content['policy_hash'][:16]}" if content["policy"] else ""
    return f"{content['catalogue']} {content['catalogue_hash'][:16]}{policy}"


def _consortium(content: Mapping[str, Any], supplier: Mapping[str, Any]) -> dict[str, str] | None:
    for one in content["consortia"]:
        if one["name"] == supplier["asked"]["consortium"]:
            verdict, name = VERDICT_TITLES[one["verdict"]], _cut(one["name"], 40)
            zh, en = (
                f"{head}{name}: {word}" for head, word in ((labels.IN_CONSORTIUM.zh, verdict.zh), (labels.IN_CONSORTIUM.en, verdict.en))
            )
            return _pair(zh, en)
    return None


def _reason(one: Mapping[str, Any]) -> dict[str, Any]:
    verdict = VERDICT_TITLES[one["effect"]]
    title = one["title"]
    clauses = "；".join(f"{_act(clause['act'])} {clause['article']}" for clause in one["clauses"])
    return _line(
        _pair(f"{verdict.zh}：{title['zh']}", f"{verdict.en}: {title['en']}"),
        clauses,
        f"{_cited(one)}，{_span(one['starts_on'], one['until'])}",
    )


def _cited(one: Mapping[str, Any]) -> str:
    if (record := one["record"]) is not None:
        outcome = OUTCOME_TITLES[Kind(record["kind"])][record["outcome"]]
        fine = f"{record['fine_cny']} 元" if record["fine_cny"] else None
        return " ".join(filter(None, (outcome.zh, fine, record["document_no"], record["authority"], record["decided_on"])))
    by_hand = f"（{labels.ASKED_BY_HAND.zh}）" if one["fact"] == "inquiry" else ""
    return f"{one['list_title']['zh']}{by_hand} {one['decision_no'] or ''}".strip()


def _fact(one: Mapping[str, Any]) -> dict[str, Any]:
    state = next(
        (title for known, title in LISTING_STATE_TITLES.items() if known == one["state"]), Bilingual(zh=one["state"], en=one["state"])
    )
    head = _pair(f"{one['title']['zh']}（{state.zh}）", f"{one['title']['en']} ({state.en})")
    decided = "，".join(filter(None, (one["authority"], one["decision_no"], one["basis"])))
    return _line(head, decided, _span(one["starts_on"], one["ends_on"]))


def _elsewhere(supplier: Mapping[str, Any]) -> list[dict[str, Any]]:
    asked = [
        _line(
            _joined(one["title"], INQUIRY_RESULT_TITLES[one["result"]]),
            f"{labels.ASKED_BY_HAND.zh} {moment(one['asked_at'])}，{one['channel']}",
            f"SHA-256 {one['evidence_sha256'][:32]}" if one["evidence_sha256"] else "",
        )
        for one in supplier["inquiries"]
    ]
    return asked + [_line(_joined(list_title(code).model_dump(), labels.NOT_ASKED)) for code in supplier["unasked"]]


def _advisory(content: Mapping[str, Any], supplier: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = supplier["advisory"]
    if told is None:
        return []
    words = labels.SCORE if told["is_rated"] else labels.NOT_RATED
    return [_line(_pair(*(text.format(score=told["score"], grade=told["grade"]) for text in (words.zh, words.en))), str(content["policy"]))]


def moment(instant: str) -> str:
    """An instant of the receipt by the clock of the legal zone."""
    return datetime.fromisoformat(instant).astimezone(LEGAL_ZONE).strftime("%Y-%m-%d %H:%M:%S UTC+8")


def _act(key: str) -> str:
    act = shipped_acts().get(key)
    return f"《{act.title.zh}》" if act else key


def _span(since: str, until: str | None) -> str:
    return labels.UNTIL.zh.format(since=since, until=until or labels.OPEN.zh)


def _fitted(*parts: tuple[Bilingual, Bilingual, Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The first line of each part, then in their order as many more as there is room for; each part says how many it leaves out."""
    shown = [min(1, len(lines)) for _, _, lines in parts]
    room = ROOM - sum(_height(lines[0]) for _, _, lines in parts if lines)
    for place, (_, _, lines) in enumerate(parts):
        for line in lines[1:]:
            room -= _height(line)
            if room < 0:
                break
            shown[place] += 1
    return [_part(title, empty, lines, most=most) for (title, empty, lines), most in zip(parts, shown, strict=True)]


def _height(line: Mapping[str, Any]) -> int:
    """Lines of the page that it takes."""
    texts = [f"{line['head']['zh']} {line['head']['en']}", *line["more"]]
    return sum(1 + int(sum(1 if ord(character) > 0x2000 else 0.55 for character in text)) // PER_LINE for text in texts)


def _part(title: Bilingual, empty: Bilingual, lines: Sequence[dict[str, Any]], *, most: int) -> dict[str, Any]:
    rest = len(lines) - most
    more = _pair(*(words.format(count=rest) for words in (labels.REST.zh, labels.REST.en))) if rest > 0 else None
    return {"title": _of(title), "empty": _of(empty), "lines": list(lines[:most]), "rest": more}


def _line(head: dict[str, str], *more: str) -> dict[str, Any]:
    return {"head": head, "more": [_cut(text) for text in more if text]}


def _rows(*given: tuple[Bilingual, str | None]) -> list[dict[str, Any]]:
    return [{"label": _of(label), "value": _cut(value)} for label, value in given if value]


def _joined(title: Mapping[str, str], word: Bilingual) -> dict[str, str]:
    return _pair(f"{title['zh']}：{word.zh}", f"{title['en']}: {word.en}")


def _says(words: Bilingual) -> str:
    return f"{words.zh} {words.en}"


def _of(words: Bilingual) -> dict[str, str]:
    return _pair(words.zh, words.en)


def _pair(zh: str, en: str) -> dict[str, str]:
    return {"zh": _cut(zh), "en": _cut(en, 2 * LONGEST)}


def _cut(text: str, most: int = LONGEST) -> str:
    """One line of plain text: what cannot be printed is left out, what is too long is cut and says so."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"
