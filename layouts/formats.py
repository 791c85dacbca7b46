"""Numbers, durations, money and times as a person reads them, in one language and time zone.

At most three significant digits unless it is money or a count. What cannot be known is an en dash, never 0.
"""

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from math import floor, log10

from layouts.texts import Texts

UNKNOWN = "–"
SPACE = "\N{NO-BREAK SPACE}"
THIN = "\N{THIN SPACE}"

MINUTE, HOUR, DAY = 60, 3_600, 86_400

SYMBOLS = {"CNY": "¥", "JPY": "¥", "EUR": "€", "GBP": "£", "USD": "$", "BRL": "R$", "HKD": "HK$"}


class Formats:
    """Formats bound to a language, a time zone and the lifeline's currency."""

    def __init__(self, texts: Texts, zone: tzinfo, currency: str = "") -> None:
        self.texts, self.zone, self.currency = texts, zone, currency

    def count(self, count: int | None) -> str:
        """A whole number with group separators: ``12,751``."""
        return UNKNOWN if count is None else f"{count:,}"

    def short_count(self, count: int | None) -> str:
        """A count where room is short: whole up to 9,999, then three digits and a unit, ``123 k`` or ``12.3 万``."""
        if count is None or abs(count) < 10_000:
            return self.count(count)
        unit = next(unit for unit in _large_units(self.texts.lang) if abs(count) >= 0.9995 * unit)
        return self.texts(f"common.unit.{unit}", n=_short_digits(count / unit)).replace(" ", SPACE)

    def index(self, index: float | None) -> str:
        """A ratio to the usual: ``×2.3``."""
        return UNKNOWN if index is None else f"×{_digits(index, places=1)}"

    def number(self, number: float | None) -> str:
        """A plain figure with at most three digits and one decimal, none where it is 0: ``2.9``, ``2``."""
        return UNKNOWN if number is None else _digits(number, places=1).removesuffix(".0")

    def percent(self, share: float | None, *, whole: bool = False) -> str:
        """A share of 1 as ``24.1 %``; ``whole`` drops a decimal that says nothing, for rates that a person set."""
        if share is None:
            return UNKNOWN
        return f"{_percentage(share).removesuffix('.0') if whole else _percentage(share)}{THIN}%"

    def short_percent(self, share: float | None) -> str:
        """A share of 1 where room is short: ``24 %``, with its decimal only under 10 %: ``9.1 %``."""
        return self.percent(share) if share is None or share < 0.0995 else self.whole_percent(share)

    def whole_percent(self, share: float) -> str:
        """A share of 1 as ``43 %``, for progress."""
        return f"{share * 100:.0f}{THIN}%"

    def interval(self, low: float | None, high: float | None) -> str:
        """Two shares of 1 as ``20.7–27.9``, in percent without the sign."""
        return UNKNOWN if low is None or high is None else f"{_percentage(low)}–{_percentage(high)}"

    def duration(self, seconds: float | None) -> str:
        """One unit and at most three digits, for means: ``28 min``, ``3.7 h``, ``21.4 h``, ``2.5 d``."""
        if seconds is None:
            return UNKNOWN
        if seconds < 0:
            return "−" + self.duration(-seconds)
        unit, size = _unit(seconds)
        places = 0 if unit in {"s", "min"} and seconds >= 9.95 * size else 1
        return self._unit(unit, _digits(seconds / size, places).removesuffix(".0"))

    def elapsed(self, seconds: float | None) -> str:
        """Up to two units, for single spans and allowances: ``6 h 12 min``, ``1 h 09 min``, ``3 d 4 h``, ``4 h``."""
        if seconds is None:
            return UNKNOWN
        if seconds < 0:
            return "−" + self.elapsed(-seconds)
        if round(seconds) < MINUTE:
            return self._unit("s", str(round(seconds)))
        if round(seconds / MINUTE) < 60:
            return self._unit("min", str(round(seconds / MINUTE)))
        if round(seconds / MINUTE) < 48 * 60:
            hours, minutes = divmod(round(seconds / MINUTE), 60)
            return self._pair(("h", str(hours)), ("min_after_h", f"{minutes:02d}" if minutes else ""))
        days, hours = divmod(round(seconds / HOUR), 24)
        return self._pair(("d", str(days)), ("h", str(hours) if hours else ""))

    def money(self, amount: Decimal | None, currency: str | None = None, *, cents: bool = True) -> str:
        """``¥1,288.00``; ``¥61,300`` where cents do not matter; the code before it where the symbol is not known."""
        if amount is None:
            return UNKNOWN
        code = currency or self.currency
        sign = "−" if amount < 0 else ""
        symbol = SYMBOLS.get(code, f"{code}{SPACE}" if code else "")
        return f"{sign}{symbol}{abs(amount):,.{2 if cents else 0}f}"

    def clock(self, at: datetime | None, *, seconds: bool = False) -> str:
        """Local time of day: ``14:32`` or ``14:32:07``."""
        return UNKNOWN if at is None else self.local(at).strftime("%H:%M:%S" if seconds else "%H:%M")

    def day(self, at: datetime | None) -> str:
        """Local date: ``24 Nov 2017`` or ``2017年11月24日``."""
        if at is None:
            return UNKNOWN
        here = self.local(at)
        month = self.texts(f"common.month.m{here.month}")
        return self.texts("common.date", day=here.day, month=month, year=here.year).replace(" ", SPACE)

    def moment(self, at: datetime | None, *, seconds: bool = False) -> str:
        """Local date and time: ``24 Nov 2017 12:00``."""
        return UNKNOWN if at is None else f"{self.day(at)}{SPACE}{self.clock(at, seconds=seconds)}"

    def since(self, at: datetime | None, now: datetime) -> str:
        """An earlier instant: the time alone on the same local day, else with its date."""
        if at is None or self.local(at).date() == self.local(now).date():
            return self.clock(at)
        return self.moment(at)

    def window(self, window: timedelta | float) -> str:
        """The width of a window: ``1 hour``, ``24 hours``, ``7 days``."""
        seconds = window.total_seconds() if isinstance(window, timedelta) else window
        unit, size = ("day", DAY) if seconds % DAY == 0 and seconds > DAY else ("hour", HOUR)
        if seconds % size:
            unit, size = "minute", MINUTE
        return self.texts(f"common.window.{unit}", count=self.number(seconds / size)).replace(" ", SPACE)

    def span(self, seconds: float) -> str:
        """A window's width with short units, all in hours up to two days: ``1 h``, ``24 h``, ``7 d``."""
        if seconds % HOUR == 0 and seconds <= 2 * DAY:
            return self._unit("h", str(int(seconds // HOUR)))
        return self.elapsed(seconds)

    def local(self, at: datetime) -> datetime:
        """The instant in the lifeline's time zone."""
        return at.astimezone(self.zone)

    def _unit(self, unit: str, number: str) -> str:
        return self.texts(f"common.unit.{unit}", n=number).replace(" ", SPACE)

    def _pair(self, large: tuple[str, str], small: tuple[str, str]) -> str:
        return SPACE.join(self._unit(unit, number) for unit, number in (large, small) if number)


def _large_units(lang: str) -> tuple[int, ...]:
    return (100_000_000, 10_000) if lang == "zh" else (1_000_000, 1_000)


def _unit(seconds: float) -> tuple[str, int]:
    if seconds < 59.5:
        return "s", 1
    if seconds < 59.5 * MINUTE:
        return "min", MINUTE
    return ("h", HOUR) if seconds < 47.95 * HOUR else ("d", DAY)


def _short_digits(value: float) -> str:
    text = _digits(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percentage(share: float) -> str:
    percent = share * 100
    return f"{percent:.1f}" if percent < 99.95 else f"{percent:.0f}"


def _digits(value: float, places: int = 2) -> str:
    """The value with at most three significant digits and ``places`` decimals."""
    whole = floor(log10(abs(value))) + 1 if abs(value) >= 1 else 1
    text = f"{value:,.{max(0, min(places, 3 - whole))}f}"
    grown = len(text.partition(".")[0].replace(",", "").lstrip("-")) > whole
    return f"{value:,.{max(0, min(places, 2 - whole))}f}" if grown else text
