"""What every page knows: the reader's language, who they are, the day, and the words to say it in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import urlencode

from fastapi import Request

from models.access import Actor
from models.glossary import ROLE_TITLES
from models.shapes import Bilingual
from service.access import NOBODY
from service.clock import LEGAL_ZONE, legal_day
from service.pages.wording import WORDING

Language = Literal["zh", "en"]
LANGUAGE_COOKIE = "qcredit_lang"


@dataclass(frozen=True)
class Frame:
    """The frame around a page's own content."""

    language: Language
    path: str
    query: tuple[tuple[str, str], ...]
    reader: Actor
    is_signed_in: bool
    today: date
    knows_reader: bool = True
    """False on pages that were made without asking who reads, such as those that say what failed."""

    @property
    def html_language(self) -> str:
        return "zh-CN" if self.language == "zh" else "en"

    @property
    def other_language(self) -> Language:
        return "en" if self.language == "zh" else "zh"

    @property
    def other_html_language(self) -> str:
        return "en" if self.language == "zh" else "zh-CN"

    @property
    def reader_role(self) -> str:
        return self.tell(ROLE_TITLES[self.reader.role])

    @property
    def address(self) -> str:
        """This page, for coming back to it."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def turned(self) -> str:
        """This page in the other language."""
        return f"{self.path}?{urlencode((*self.query, ('lang', self.other_language)))}"

    def say(self, key: str, /, **values: object) -> str:
        """A sentence or label in the reader's language; an unknown key raises."""
        text = WORDING[key].in_language(self.language)
        return text.format(**values) if values else text

    def tell(self, words: Bilingual) -> str:
        return words.in_language(self.language)

    def join(self, parts: list[str] | tuple[str, ...]) -> str:
        """Items in a row, with the language's comma."""
        return ("、" if self.language == "zh" else ", ").join(part for part in parts if part)

    def moment(self, instant: datetime) -> str:
        """An instant by the clock of the legal zone, to the second."""
        return instant.astimezone(LEGAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def frame_of(request: Request, *, reader: Actor = NOBODY, is_signed_in: bool = False, knows_reader: bool = True) -> Frame:
    """The frame for a request: language by `lang`, else by the cookie that remembers it, else by what the browser prefers."""
    query = tuple((name, value) for name, value in request.query_params.multi_items() if name != "lang")
    return Frame(
        language=choose_language(request),
        path=request.url.path,
        query=query,
        reader=reader,
        is_signed_in=is_signed_in,
        today=legal_day(),
        knows_reader=knows_reader,
    )


def choose_language(request: Request) -> Language:
    """Chinese, unless English is asked for, remembered, or all that the browser understands of the two."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in ("zh", "en"):
            return "zh" if asked == "zh" else "en"
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith(("zh", "en")):
            return "zh" if tag.startswith("zh") else "en"
    return "zh"
