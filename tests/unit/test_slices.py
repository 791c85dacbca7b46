"""Slices: how they are written, and which orders they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.slices import Slice, SliceError, slice_keys


@pytest.mark.parametrize("text", [None, "", "all", " all "])
def test_all_orders(text):
    """No pairs: everything, written ``all``."""
    slice_ = Slice.parse(text)
    assert str(slice_) == "all"
    assert slice_.holds({}) and slice_.rolled_up


def test_a_combination_is_written_in_one_way():
    """The order in which the pairs are given does not matter."""
    slice_ = Slice.parse("warehouse=HZ1, channel=douyin")
    assert str(slice_) == "channel=douyin,warehouse=HZ1"
    assert not slice_.rolled_up
    assert slice_.holds({"channel": "douyin", "warehouse": "HZ1", "carrier": "zto"})
    assert not slice_.holds({"channel": "douyin"})


@pytest.mark.parametrize("text", ["channel", "=x", "channel=", "channel=a,channel=b", "channel=a,,"])
def test_what_is_not_a_slice_is_refused(text):
    """With a sentence that names the part."""
    with pytest.raises(SliceError):
        Slice.parse(text)


WORDS = st.text(st.characters(exclude_characters=",=", exclude_categories=["Z", "C"]), min_size=1, max_size=8)


@given(st.dictionaries(WORDS.filter(lambda word: word != "all"), WORDS, min_size=1, max_size=4))
def test_a_slice_survives_writing_and_reading(pairs):
    """Reading what was written gives the slice back, and it holds the orders it describes."""
    slice_ = Slice(tuple(sorted(pairs.items())))
    assert Slice.parse(str(slice_)) == slice_
    assert slice_.holds(pairs)


def test_an_order_counts_in_all_and_in_one_slice_per_dimension():
    """Two dimensions: three slices."""
    assert slice_keys({"warehouse": "HZ1", "channel": "douyin"}) == ["all", "channel=douyin", "warehouse=HZ1"]
