"""Time stamps of a whole column at once: from texts in the mapping's formats and zone to instants in UTC.

A text that names no zone is local time in the mapping's zone. Of a local time that the clocks show twice the first is
meant; one that they skip is as far after the gap as it lies in it. (So does Python, with ``fold=0``.)
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from datasource.feeds.mapping import Time
from datasource.feeds.rejects import RowProblems

Instants = list[datetime | None]

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NAMES_ZONE = r"(?:[Zz]|[+-]\d{2}:?(?:\d{2})?)$"
_HAS_CLOCK = r"\d:\d"
_EPOCHS = {"unix": 1, "unix_ms": 1_000, "unix_us": 1_000_000}


class StampReader:
    """Reads columns of time stamps. One later than ``latest`` is no time at which anything has happened."""

    def __init__(self, time: Time, latest: datetime = LATEST) -> None:
        self.zone = ZoneInfo(time.zone)
        self.latest = latest
        self.formats = time.formats

    def read(self, cells: Sequence[str | None], column: str, problems: RowProblems, *, typed: bool = False) -> Instants:
        """The instant of each cell, ``None`` where it is empty or not a time; the latter is noted as a problem."""
        texts = pd.Series(list[object](cells), dtype=object)
        instants = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us, UTC]")
        for form in ["ISO8601"] if typed else self.formats:
            open_cells = instants.isna() & texts.notna()
            if not open_cells.any():
                break
            instants[open_cells] = self._parsed(texts[open_cells], form)
        found: Instants = [None] * len(texts)
        return self._checked(instants, cells, found, column, problems)

    def _checked(
        self,
        instants: "pd.Series[pd.Timestamp]",
        cells: Sequence[str | None],
        found: Instants,
        column: str,
        problems: RowProblems,
    ) -> Instants:
        missing = instants.isna().tolist()
        values = pd.DatetimeIndex(instants.fillna(pd.Timestamp(EARLIEST))).to_pydatetime().tolist()
        for row, text in enumerate(cells):
            if text is None:
                continue
            if missing[row]:
                problems.add(row, column, text, f"not a time of the form {' or '.join(self.formats)}")
            elif not EARLIEST <= values[row] < LATEST:
                problems.add(row, column, text, f"a time outside {EARLIEST.year} to {LATEST.year - 1}")
            elif values[row] > self.latest:
                problems.add(row, column, text, "a time in the future; check the time zone of the mapping")
            else:
                found[row] = values[row]
        return found

    def _parsed(self, texts: "pd.Series[str]", form: str) -> "pd.Series[pd.Timestamp]":
        if form in _EPOCHS:
            numbers = pd.to_numeric(texts, errors="coerce")
            micros = (numbers * (1_000_000 / _EPOCHS[form])).round()
            return pd.to_datetime(micros.where(micros.between(0, 7.3e15)), unit="us", errors="coerce", utc=True)
        aware = texts.str.contains(_NAMES_ZONE) & texts.str.contains(_HAS_CLOCK) if form == "ISO8601" else None
        if "%z" in form:
            return pd.to_datetime(texts, format=form, errors="coerce", utc=True).dt.as_unit("us")
        if aware is None or not aware.any():
            return self._local(pd.to_datetime(texts, format=form, errors="coerce").dt.as_unit("us"))
        parts = [
            pd.to_datetime(texts[aware], format=form, errors="coerce", utc=True).dt.as_unit("us"),
            self._local(pd.to_datetime(texts[~aware], format=form, errors="coerce").dt.as_unit("us")),
        ]
        return pd.concat([part for part in parts if len(part)]).reindex(texts.index)

    def _local(self, naive: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
        local = naive.dt.tz_localize(self.zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
        for row in naive.index[naive.notna() & local.isna()]:
            local[row] = naive[row].to_pydatetime().replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        return local
