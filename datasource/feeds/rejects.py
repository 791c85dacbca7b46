"""The rows that could not be read, kept in a file with their line, field and reason."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from datasource.feeds.errors import InputError

HEADER = ("file", "line", "field", "value", "reason")
SUFFIX = ".rejects.csv"
_FIRST_LINE = (",".join(HEADER) + "\r\n").encode("utf-8-sig")
_FORMULA = re.compile(r"^[=+@\-\t\r]")
_NUMBER = re.compile(r"^[+-]?[\d.,]+$")
_LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Reject:
    """One row left out. ``line`` is its first line in the file, counted from 1; in Parquet the row's number."""

    file: str
    line: int
    field: str
    value: str
    reason: str


Refuse = Callable[[Reject], None]


@dataclass
class RowProblems:
    """What is wrong with the rows of one chunk: the first thing found of each row, and how many more columns."""

    found: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    more: dict[int, set[str]] = field(default_factory=dict)

    def add(self, row: int, name: str, value: object, reason: str) -> None:
        """Note a problem of the row at this place in the chunk."""
        if row not in self.found:
            self.found[row] = (name, "" if value is None else str(value), reason)
        elif name != self.found[row][0]:
            self.more.setdefault(row, set()).add(name)

    def __contains__(self, row: object) -> bool:
        return row in self.found

    def rejects(self, file: str, lines: list[int]) -> list[Reject]:
        """One reject per row, in the file's order. ``lines``: the line of each row of the chunk."""
        return [self._reject(file, lines[row], row) for row in sorted(self.found)]

    def _reject(self, file: str, line: int, row: int) -> Reject:
        name, value, reason = self.found[row]
        more = len(self.more.get(row, ()))
        return Reject(file, line, name, value, f"{reason} (and {more} more in this row)" if more else reason)


class RejectFile:
    """Collects the rejects of one import; written anew as a whole, so that a second import leaves the same file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._rows: list[Reject] = []

    def check(self) -> None:
        """Make sure, before anything is read, that the file may be written and that nothing else is lost by it.

        Raises:
            InputError: there is no such folder, or something is there that is no list of rejects.
        """
        if not self.path.parent.is_dir():
            raise InputError(f"The rejects cannot be written to {self.path}: there is no folder {self.path.parent}.")
        try:
            with self.path.open("rb") as file:
                begun = file.read(len(_FIRST_LINE))
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(f"The rejects cannot be written to {self.path}: {error.strerror}") from error
        if begun != _FIRST_LINE:
            raise InputError(
                f"The rejects cannot be written to {self.path}: it is there already and is no list of rejects. "
                "Name another file with --rejects."
            )

    def add(self, reject: Reject) -> None:
        """Keep one."""
        self.count += 1
        self._rows.append(reject)

    def write(self) -> None:
        """Write the file, or remove the one of an earlier import where nothing was rejected now.

        Raises:
            InputError: it cannot be written there.
        """
        try:
            if not self._rows:
                self.path.unlink(missing_ok=True)
                return
            draft = self.path.with_name(f".{self.path.name}.part")
            with draft.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(HEADER)
                writer.writerows(_cells(reject) for reject in sorted(self._rows, key=_place))
            draft.replace(self.path)
        except OSError as error:
            raise InputError(f"The rejects cannot be written to {self.path}: {error.strerror}") from error


def _place(reject: Reject) -> tuple[str, int]:
    return reject.file, reject.line


def _cells(reject: Reject) -> tuple[str | int, ...]:
    value = reject.value[:_LONGEST_VALUE]
    return reject.file, reject.line, _inert(reject.field), _inert(value), _inert(reject.reason)


def _inert(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
