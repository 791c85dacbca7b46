"""Which encoding a text file is in: its byte order mark, else the wanted column names, else how its lines decode.

A general detector guesses among a hundred encodings and goes wrong on the short texts of a table; so UTF-8 and the
Chinese national encodings, which can be told for certain, come first, and it is asked only for the rest.
"""

import codecs
from collections.abc import Collection, Sequence
from pathlib import Path

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("utf-8", "gb18030", "big5", "cp1252", "shift_jis", "euc_kr")
_LINES_ENOUGH = 2_000
_CLEAR = 0.9
_WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýŒœŠšŽžŸªº°§£€«»“”‘’–—…¿¡·´©®™½¼²³\xa0")


def detect_encoding(path: Path, wanted: Collection[str] = ()) -> str:
    """The encoding of the file. ``wanted``: column names that its head should hold.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.readline()
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        telling = [name for name in wanted if not name.isascii()]
        for encoding in _CANDIDATES if telling else ():
            if all(name in _decoded(head, encoding) for name in telling):
                return encoding
        lines = [] if head.isascii() else [head]
        for line in file:
            if not line.isascii():
                lines.append(line)
                if len(lines) == _LINES_ENOUGH:
                    break
    return encoding_of(lines)


def encoding_of(lines: Sequence[bytes]) -> str:
    """The encoding of lines that are not plain ASCII; a few broken ones among them do not change the answer."""
    if not lines or _share_decoded(lines, "utf-8") >= _CLEAR:
        return "utf-8"
    if _share_decoded(lines, "gb18030") >= _CLEAR and _share_everyday_chinese(lines) >= _CLEAR:
        return "gb18030"
    if _share_lone(lines) >= _CLEAR:
        return "cp1252" if _share_western(lines) >= _CLEAR else "utf-8"
    best = from_bytes(b"".join(lines)).best()
    return best.encoding if best else "latin-1"


def _decoded(line: bytes, encoding: str) -> str:
    return line.decode(encoding, errors="ignore")


def _share_decoded(lines: Sequence[bytes], encoding: str) -> float:
    return sum(_decodes(line, encoding) for line in lines) / len(lines)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _share_everyday_chinese(lines: Sequence[bytes]) -> float:
    """Of the characters beyond ASCII, read as GB 18030, those of its old core; other encodings fall outside it."""
    characters = [char for line in lines for char in _decoded(line, "gb18030") if not char.isascii()]
    return sum(bool(char.encode("gb2312", errors="ignore")) for char in characters) / max(len(characters), 1)


def _share_western(lines: Sequence[bytes]) -> float:
    """Of the characters beyond ASCII, read as Windows 1252, the accented letters and signs that people do write."""
    characters = [char for line in lines for char in _decoded(line, "cp1252") if not char.isascii()]
    return sum(char in _WESTERN for char in characters) / max(len(characters), 1)


def _share_lone(lines: Sequence[bytes]) -> float:
    """Of the bytes beyond ASCII, those of runs of one or two: accented letters in words of a Western language."""
    lone = every = 0
    for line in lines:
        run = 0
        for byte in (*line, 0):
            if byte > 127:
                run += 1
                continue
            every += run
            lone += run if run <= 2 else 0
            run = 0
    return lone / max(every, 1)
