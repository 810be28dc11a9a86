"""The base of every validated noun: frozen, and closed to fields it does not know."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A frozen value whose unknown fields are refused; what validates here may be trusted further in."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Bilingual(Shape):
    """A label in Chinese with its English twin; pages choose one by the reader's language."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.zh
