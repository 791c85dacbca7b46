"""The catalogue holds every text in both languages, and no text that nobody reads."""

import re
import string
from pathlib import Path

import pytest

from layouts.texts import LANGUAGES, MissingTextError, Texts, read_catalogue

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("layouts/**/*.py"), *ROOT.glob("callbacks/**/*.py"), ROOT / "app.py"]
QUOTED = re.compile(r"""f?["']([^"'\n]+)["']""")


def places(text: str) -> set[str]:
    """The names of a text's places."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_has_both_languages() -> None:
    """No text is missing or blank in English or Chinese."""
    lacking = [
        key for key, entry in read_catalogue().items() if not all(entry.get(lang, "").strip() for lang in LANGUAGES)
    ]
    assert lacking == []


def test_languages_take_the_same_values() -> None:
    """The places to fill are the same in every language, so no value can be missing in one of them only."""
    odd = [
        key for key, entry in read_catalogue().items() if len({frozenset(places(text)) for text in entry.values()}) > 1
    ]
    assert odd == []


def test_only_known_languages_and_forms() -> None:
    """A misspelt language or plural form would never be shown."""
    known = {*LANGUAGES, *(f"{lang}_one" for lang in LANGUAGES)}
    assert [key for key, entry in read_catalogue().items() if set(entry) - known] == []


def test_every_text_is_used() -> None:
    """Each key stands in the code, whole or as the pattern that it is made from."""
    named = {match for source in SOURCES if source.exists() for match in QUOTED.findall(source.read_text("utf-8"))}
    patterns = [re.compile(re.sub(r"\\\{.*?\\\}", r"[^.]+", re.escape(name))) for name in named if "{" in name]
    spelt = {key for key in read_catalogue() if key in named or any(pattern.fullmatch(key) for pattern in patterns)}
    assert sorted(set(read_catalogue()) - spelt) == []


def test_every_named_text_exists() -> None:
    """A key that the code asks for by name is in the catalogue."""
    pages = {key.partition(".")[0] for key in read_catalogue()}
    asked = re.compile(r"""texts\(\s*["']([a-z_]+\.[a-z0-9_.]+)["']""")
    named = {match for source in SOURCES if source.exists() for match in asked.findall(source.read_text("utf-8"))}
    assert sorted(name for name in named if name.partition(".")[0] in pages and name not in read_catalogue()) == []


def test_missing_text_is_an_error() -> None:
    """An unknown key and a place without its value both fail, and say which."""
    with pytest.raises(MissingTextError, match=r"no\.such"):
        Texts("en")("no.such")
    with pytest.raises(MissingTextError, match="overdue_count"):
        Texts("en")("lifeline.overdue_count")


def test_one_has_its_own_form() -> None:
    """English tells one from many; Chinese does not."""
    assert Texts("en")("common.search.found", count=1) == "1 order found"
    assert Texts("en")("common.search.found", count=2) == "2 orders found"
    assert Texts("zh")("common.search.found", count=1) == "找到 1 个订单"


def test_label_falls_back() -> None:
    """A label takes the language, else another it has, else what is given."""
    assert Texts("zh").label({"en": "Paid", "zh": "支付成功"}) == "支付成功"
    assert Texts("zh").label({"en": "Paid"}) == "Paid"
    assert Texts("en").label({"fr": "Payé"}) == "Payé"
    assert Texts("en").label({}, "pay") == "pay"
    assert Texts("en").label(None) == ""


def test_unknown_language_is_english() -> None:
    """A language that is not there reads as English."""
    assert Texts("xx")("common.brand") == "Order lifeline"
