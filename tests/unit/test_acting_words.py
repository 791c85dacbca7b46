"""Acting in words: whatever the catalogue says of it can be said, in both languages."""

import re
from string import Formatter

import pytest

from layouts.acting_words import error_words
from layouts.texts import LANGUAGES, read_catalogue
from tests.looks import context

ERRORS = sorted(key.removeprefix("acting.error.") for key in read_catalogue() if key.startswith("acting.error."))
NUMBERS = {"count": 1001, "most": 1000}


def places(error: str) -> set[str]:
    """What a text needs to be filled, in whichever language."""
    entry = read_catalogue()[f"acting.error.{error}"]
    return {name for text in entry.values() for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("error", ERRORS)
def test_every_error_can_be_said(error: str, lang: str):
    """Filled with what those who raise it give: counts are numbers, everything else is text; nothing stays open."""
    values = {name: NUMBERS.get(name, f"<{name}>") for name in places(error)}
    told = error_words(context(lang), error, values)
    assert told and not re.search(r"[{}]", told) and told != error
    for name, value in values.items():
        assert (f"{value:,}" if isinstance(value, int) else value) in told, name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_error_that_nobody_named_is_told_by_its_key(lang: str):
    """Better than none."""
    assert error_words(context(lang), "none_such", {"count": 3}) == "none_such"
