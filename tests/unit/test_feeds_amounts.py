"""Amounts as tables hold them."""

from decimal import Decimal

import pytest

from datasource.feeds.amounts import AmountError, AmountReader
from datasource.feeds.mapping import Amounts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("178.8", "178.80"),
        ("0", "0.00"),
        ("-12.5", "-12.50"),
        ("1,234,567.89", "1234567.89"),
        ("¥ 12.30", "12.30"),
        ("99元", "99.00"),
        ("1.5万元", "15000.00"),
        ("(3.20)", "-3.20"),
        ("−7", "-7.00"),
        ("5-", "-5.00"),
        (".5", "0.50"),
        ("0.125", "0.12"),
    ],
)
def test_with_a_point(text, expected):
    """Groups, signs, symbols and units are understood; cents are whole, half to even."""
    assert AmountReader(Amounts()).one(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11,50万元", "115000.00"),
        ("1052,75元", "1052.75"),
        ("1.234,5", "1234.50"),
        ("7", "7.00"),
        ("1 234,50 €", "1234.50"),
    ],
)
def test_with_a_comma(text, expected):
    """The same where a comma is the decimal mark."""
    assert AmountReader(Amounts(decimal=",")).one(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "12,34.5", "1e5", "NaN", "Infinity", "9999999999999", "٣", "1元元", "."]
)
def test_what_is_no_amount(text):
    """Anything else is an error, never a guess; so is what the store cannot hold."""
    with pytest.raises(AmountError):
        AmountReader(Amounts()).one(text)
