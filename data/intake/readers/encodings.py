"""Bytes to text, in bounded pieces: which encoding a file has, and where exactly a byte is none of it."""

import codecs
from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO, Final

from data.intake.readers.base import CellTooLarge, Limits, NulByte, WrongEncoding

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 256 << 10
_CHUNK: Final = 512 << 10
_ALIASES: Final = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf-8-sig": "utf-8", "utf8": "utf-8", "utf-16": "utf-16-le"}


def detect_encoding(file: BinaryIO, declared: str | None = None) -> tuple[str, int]:
    """Tell a text file's encoding, and how many bytes its mark takes; the file is left at its start.

    UTF-8 is strict enough to be told apart from everything else on the first bytes beyond ASCII, wherever in the file they
    come; GB18030 holds GBK and GB2312. Where neither fits, or GB18030 gives rare characters only, the sender must say.
    """
    file.seek(0)
    head = file.read(4)
    marked = next(((name, len(mark)) for mark, name in _BOMS if head.startswith(mark)), None)
    if declared is not None:
        name = _ALIASES.get(declared.lower(), declared.lower())
        if marked and marked[0] != name:
            raise WrongEncoding(f"The file is marked as {marked[0]}, not {declared}. Leave the encoding out, or save the file anew.")
        try:
            codecs.lookup(name)
        except LookupError:
            raise WrongEncoding(f"There is no encoding '{declared}'. Use utf-8, gb18030 or utf-16.") from None
        file.seek(0)
        return name, marked[1] if marked else 0
    if marked:
        file.seek(0)
        return marked
    sample = _telling_sample(file)
    file.seek(0)
    return _encoding_of(sample), 0


def text_pieces(file: BinaryIO, encoding: str, *, skip: int = 0) -> Iterator[str]:
    """Decode a file strictly, piece by piece; raises WrongEncoding or NulByte that name line and byte.

    Everything before the wrong byte is handed out first, so that a caller knows how far it came.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    file.seek(skip)
    offset, lines = skip, 1
    while True:
        chunk = file.read(_CHUNK)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(encoding)
            yield good
            byte = offset - pending + error.start
            line = lines + good.count("\n")
            wrong = error.object[error.start : error.start + 2].hex(" ")
            cut_short = not chunk
            what = (
                f"ends in the middle of a character ({wrong})" if cut_short else f"has bytes that are no {encoding.upper()} text ({wrong})"
            )
            raise WrongEncoding(
                f"The file {what} at byte {byte:,}, line {line:,}. It was probably "
                f"{'cut short' if cut_short else 'put together from parts in different encodings'}; save it anew as UTF-8."
            ) from None
        if "\0" in text:
            place = text.index("\0")
            yield text[:place]
            raise NulByte(
                f"The file has a NUL character in line {lines + text.count(chr(10), 0, place):,}; text files have none. "
                "Export it anew from the database."
            )
        offset += len(chunk)
        lines += text.count("\n")
        if text:
            yield text
        if not chunk:
            return


def text_lines(pieces: Iterator[str], limits: Limits) -> Iterator[str]:
    """Cut pieces into lines with their ends kept; raises CellTooLarge rather than hold a line beyond the limit."""
    rest = ""
    for piece in pieces:
        if "\n" not in piece and "\r" not in piece:
            rest += piece
        else:
            text = rest + piece
            cut = text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1  # a last \r may be half of \r\n
            rest = text[cut:]
            yield from StringIO(text[:cut], newline="")  # cuts at \n, \r\n and \r only; splitlines() would also cut at U+2028 inside a cell
        if len(rest) > limits.line_bytes:
            raise CellTooLarge(
                f"A line is longer than {limits.line_bytes >> 20} MB. Look for a cell with a whole document in it, "
                "or a quotation mark that is never closed."
            )
    if rest:
        yield from StringIO(rest, newline="")


def _telling_sample(file: BinaryIO) -> bytes:
    """Find the first part of the file that is not plain ASCII, so that a long English head decides nothing."""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        if not chunk.isascii():
            first = next(index for index in range(0, len(chunk), 4096) if not chunk[index : index + 4096].isascii())
            return chunk[first:][:_SAMPLE] if first == 0 else _whole_lines(chunk, first)
        if b"\0" in chunk[:4096]:
            return chunk[:_SAMPLE]
    return b""


def _whole_lines(chunk: bytes, first: int) -> bytes:
    start = chunk.rfind(b"\n", 0, first) + 1
    return chunk[start : start + _SAMPLE]


def _encoding_of(sample: bytes) -> str:
    if not sample:
        return "utf-8"
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    if max(zeros) * 8 > len(sample) and max(zeros) > 4 * min(zeros):  # ASCII letters and digits in UTF-16 without a mark
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError as error:
        first_wrong = error
    else:
        return "utf-8"
    try:
        text = codecs.getincrementaldecoder("gb18030")("strict").decode(sample)
    except UnicodeDecodeError:
        text = ""
    wide = [symbol for symbol in text if symbol > "\x7f"]
    usual = len("".join(wide).encode("gb2312", "ignore")) // 2
    if wide and usual * 10 >= len(wide) * 7:
        return "gb18030"
    before = sample[: first_wrong.start]
    if len(before) > 64 and not before.isascii():
        return "utf-8"  # UTF-8 up to a wrong byte: reading says where it is
    raise WrongEncoding(
        "The file is neither UTF-8 nor GB18030 text (perhaps Big5 or a Western encoding). Save it as UTF-8, or name its encoding."
    )
