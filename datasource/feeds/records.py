"""The records of a CSV file with their true line numbers; one broken line does not take its neighbours with it."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from datasource.feeds.rejects import Refuse, Reject

Line = tuple[int, str]
Record = tuple[int, list[str]]

_LINES_AT_ONCE = 4_000
_LONGEST_RECORD = 500  # lines; a quote that is not closed by then never is
_UNFINISHED = "unexpected end of data"


@dataclass
class Records:
    """The records of one file. ``position``: bytes read so far."""

    path: Path
    encoding: str
    delimiter: str
    refuse: Refuse
    position: int = 0
    _width: int | None = None
    _waiting: deque[Line] = field(default_factory=deque)

    def header(self) -> list[str]:
        """The names in the first line that is not blank, without spaces around them; ``[]`` if there is none."""
        first = next(self._read(), None)
        return [cell.strip("\ufeff \t\r\u3000\xa0") for cell in first[1]] if first else []

    def rows(self) -> Iterator[Record]:
        """The records after the header: line and cells. What cannot be read is refused with its line."""
        records = self._read()
        header = next(records, None)
        if header:
            self._width = len(header[1])
            yield from records

    def _read(self) -> Iterator[Record]:
        self._width = None
        self._waiting.clear()
        lines = self._lines()
        while True:
            if self._waiting:
                number, text = self._waiting.popleft()
            else:
                line = next(lines, None)
                if line is None:
                    return
                number, text = line
            if '"' not in text:
                if text and not text.isspace():
                    yield from self._checked(number, text.split(self.delimiter), text)
            else:
                yield from self._quoted(number, text, lines)

    def _checked(self, number: int, cells: list[str], text: str) -> Iterator[Record]:
        if self._width is None or len(cells) == self._width:
            yield number, cells
        else:
            self._refused(number, text, f"{len(cells)} columns where the header has {self._width}")

    def _quoted(self, number: int, text: str, lines: Iterator[Line]) -> Iterator[Record]:
        parts = [text]
        taken: list[Line] = []
        while True:
            try:
                cells = next(csv.reader([f"{part}\n" for part in parts], delimiter=self.delimiter, strict=True))
                break
            except csv.Error as error:
                if _UNFINISHED in str(error) and self._extend(parts, taken, lines):
                    continue
                self._waiting.extendleft(reversed(taken))
                self._refused(number, text, "a quote is not closed, or closed in the middle of a value")
                return
        if taken and self._width is not None and len(cells) != self._width:
            self._waiting.extendleft(reversed(taken))
            self._refused(number, text, "a quote is not closed on this line")
            return
        yield from self._checked(number, cells, text)

    def _extend(self, parts: list[str], taken: list[Line], lines: Iterator[Line]) -> bool:
        """Take the lines up to the next one with a quote; false where there is none near."""
        while len(parts) < _LONGEST_RECORD:
            line = self._waiting.popleft() if self._waiting else next(lines, None)
            if line is None:
                return False
            taken.append(line)
            parts.append(line[1])
            if '"' in line[1]:
                return True
        return False

    def _lines(self) -> Iterator[Line]:
        number = 0
        for block in self._blocks():
            texts = self._decoded(block, number)
            for text in texts:
                number += 1
                if text is not None:
                    yield number, text

    def _blocks(self) -> Iterator[list[bytes]]:
        if self.encoding.startswith(("utf-16", "utf-32")):
            text = self.path.read_text(self.encoding, errors="replace")
            self.position = self.path.stat().st_size
            self.encoding = "utf-8"
            yield text.encode().splitlines(keepends=True)
            return
        with self.path.open("rb") as file:
            while block := list(islice(file, _LINES_AT_ONCE)):
                self.position = file.tell()
                yield block

    def _decoded(self, block: list[bytes], before: int) -> list[str | None]:
        try:
            text = b"".join(block).decode(self.encoding)
        except UnicodeDecodeError:
            return [self._line(raw, before + place) for place, raw in enumerate(block, start=1)]
        if "\x00" in text:
            return [self._line(raw, before + place) for place, raw in enumerate(block, start=1)]
        return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]

    def _line(self, raw: bytes, number: int) -> str | None:
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            shown = raw.rstrip(b"\r\n").decode(self.encoding, errors="backslashreplace")
            self._refused(number, shown, f"bytes that are not {self.encoding} at place {error.start + 1}")
            return None
        if "\x00" in text:
            self._refused(number, text.replace("\x00", "\\x00").rstrip("\r\n"), "a NUL byte")
            return None
        return text.removesuffix("\n").removesuffix("\r")

    def _refused(self, number: int, text: str, reason: str) -> None:
        self.refuse(Reject(self.path.name, number, "", text, reason))
