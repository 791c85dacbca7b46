"""Numbers as people say them. The expected texts are written out by hand; ~ stands for a no-break space."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from layouts.formats import THIN, Formats
from layouts.texts import Texts

SHANGHAI = ZoneInfo("Asia/Shanghai")


def formats(lang: str = "en") -> Formats:
    """Formats of a shop in Shanghai."""
    return Formats(Texts(lang), SHANGHAI, "CNY")


def spaced(text: str) -> str:
    """The text with its no-break spaces."""
    return text.replace("~", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "0~s", "0~秒"),
        (0.83, "0.8~s", "0.8~秒"),
        (38, "38~s", "38~秒"),
        (59.6, "1~min", "1~分钟"),
        (270, "4.5~min", "4.5~分钟"),
        (28.4 * 60, "28~min", "28~分钟"),
        (59.7 * 60, "1~h", "1~小时"),
        (72 * 60, "1.2~h", "1.2~小时"),
        (21.4 * 3600, "21.4~h", "21.4~小时"),
        (48 * 3600, "2~d", "2~天"),
        (60 * 3600, "2.5~d", "2.5~天"),
        (400 * 86400, "400~d", "400~天"),
        (None, "–", "–"),
    ],
)
def test_duration(seconds: float | None, en: str, zh: str) -> None:
    """A mean is told in one unit and three digits at most."""
    assert formats().duration(seconds) == spaced(en)
    assert formats("zh").duration(seconds) == spaced(zh)


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (15, "15~s", "15~秒"),
        (22_320, "6~h~12~min", "6~小时~12~分"),
        (4_140, "1~h~09~min", "1~小时~09~分"),
        (14_400, "4~h", "4~小时"),
        (172_800, "2~d", "2~天"),
        (76 * 3600, "3~d~4~h", "3~天~4~小时"),
        (3_599, "1~h", "1~小时"),
        (None, "–", "–"),
    ],
)
def test_elapsed(seconds: float | None, en: str, zh: str) -> None:
    """A single span is told in up to two units; nothing is carried to 60 minutes."""
    assert formats().elapsed(seconds) == spaced(en)
    assert formats("zh").elapsed(seconds) == spaced(zh)


@pytest.mark.parametrize(
    ("index", "text"),
    [(1.0, "×1.0"), (3.14, "×3.1"), (9.96, "×10.0"), (12.44, "×12.4"), (99.96, "×100"), (123.4, "×123"), (None, "–")],
)
def test_index(index: float | None, text: str) -> None:
    """A ratio has one decimal below 100, so that it never shows more than three digits."""
    assert formats().index(index) == text


def test_percent_has_a_thin_space() -> None:
    """The sign stands a thin space away, the interval has none and an en dash."""
    assert formats().percent(0.241) == f"24.1{THIN}%"
    assert formats().percent(0.9999) == f"100{THIN}%"
    assert formats().percent(0.10, whole=True) == f"10{THIN}%"
    assert formats().percent(None) == "–"
    assert formats().interval(0.207, 0.279) == "20.7–27.9"
    assert formats().interval(0.207, None) == "–"


@pytest.mark.parametrize(
    ("count", "whole", "en", "zh"),
    [
        (0, "0", "0", "0"),
        (9_999, "9,999", "9,999", "9,999"),
        (31_000, "31,000", "31~k", "3.1~万"),
        (123_456, "123,456", "123~k", "12.3~万"),
        (1_234_567, "1,234,567", "1.23~M", "123~万"),
        (999_999, "999,999", "1~M", "100~万"),
    ],
)
def test_counts(count: int, whole: str, en: str, zh: str) -> None:
    """Counts are whole with separators; where room is short they take the language's own large unit."""
    assert formats().count(count) == whole
    assert formats().short_count(count) == spaced(en)
    assert formats("zh").short_count(count) == spaced(zh)


def test_money() -> None:
    """Money has its symbol and cents where they matter, the code where the symbol is not known."""
    assert formats().money(Decimal(1288)) == "¥1,288.00"
    assert formats().money(Decimal("61300.4"), cents=False) == "¥61,300"
    assert formats().money(Decimal(-30)) == "−¥30.00"
    assert formats().money(Decimal("2.5"), "CHF") == spaced("CHF~2.50")
    assert formats().money(None) == "–"


def test_times_are_local() -> None:
    """An instant is shown in the lifeline's zone, eight hours ahead of UTC in Shanghai."""
    at = datetime(2017, 11, 24, 4, 0, 7, tzinfo=UTC)
    assert formats().clock(at) == "12:00"
    assert formats().clock(at, seconds=True) == "12:00:07"
    assert formats().moment(at) == spaced("24~Nov~2017~12:00")
    assert formats("zh").moment(at) == spaced("2017年11月24日~12:00")
    assert formats().since(at, at + timedelta(hours=11)) == "12:00"
    assert formats().since(at, at + timedelta(hours=12)) == spaced("24~Nov~2017~12:00")


@pytest.mark.parametrize(
    ("hours", "en", "zh"),
    [(0.5, "30~minutes", "30~分钟"), (1, "1~hour", "1~小时"), (24, "24~hours", "24~小时"), (168, "7~days", "7~天")],
)
def test_window(hours: float, en: str, zh: str) -> None:
    """A window is told in words, one of a unit in the singular; a day is 24 hours."""
    assert formats().window(timedelta(hours=hours)) == spaced(en)
    assert formats("zh").window(timedelta(hours=hours)) == spaced(zh)
