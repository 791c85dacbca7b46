"""Records of a CSV file: true line numbers, and a broken line that takes no neighbour with it."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from datasource.feeds.records import Records


def read(tmp_path, content, encoding="utf-8"):
    """Rows and rejects as (line, ...)."""
    path = tmp_path / "rows.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    refused = []
    rows = list(Records(path, encoding, ",", refused.append).rows())
    return rows, [(reject.line, reject.reason, reject.value) for reject in refused]


def test_lines_are_counted_as_in_the_file(tmp_path):
    """A quoted value may hold line breaks; the next record begins after them. Blank lines are no records."""
    rows, refused = read(tmp_path, 'a,b\n1,"x\ny\nz"\n\n2,u\r\n3,"say ""hi"""\n')
    assert rows == [(2, ["1", "x\ny\nz"]), (6, ["2", "u"]), (7, ["3", 'say "hi"'])]
    assert refused == []


def test_a_wrong_number_of_columns_is_refused(tmp_path):
    """Too many and too few, each with its line."""
    rows, refused = read(tmp_path, "a,b\n1,2,3\n4,5\n6\n")
    assert rows == [(3, ["4", "5"])]
    assert refused == [
        (2, "3 columns where the header has 2", "1,2,3"),
        (4, "1 columns where the header has 2", "6"),
    ]


def test_an_open_quote_costs_one_line(tmp_path):
    """The quote would swallow all that follows; only its own line is left out."""
    rows, refused = read(tmp_path, 'a,b\n1,"open\n2,x\n3,"y"\n4,"two\nlines"\n5,z\n')
    assert rows == [(3, ["2", "x"]), (4, ["3", "y"]), (5, ["4", "two\nlines"]), (7, ["5", "z"])]
    assert [(line, value) for line, _, value in refused] == [(2, '1,"open')]


def test_an_open_quote_at_the_end_costs_one_line(tmp_path):
    """The same where nothing ever closes it."""
    rows, refused = read(tmp_path, 'a,b\n1,"open\n2,x\n3,y')
    assert rows == [(3, ["2", "x"]), (4, ["3", "y"])]
    assert [line for line, _, _ in refused] == [2]


def test_an_inch_sign_is_no_quote(tmp_path):
    """A quote inside an unquoted value stands for itself."""
    assert read(tmp_path, 'a,b\n1,5" screen\n')[0] == [(2, ["1", '5" screen'])]


def test_undecodable_bytes_cost_their_line(tmp_path):
    """The bytes are shown, the other lines are read."""
    rows, refused = read(tmp_path, b"a,b\n1,\xffx\n2,\xe5\x8d\x8e\n")
    assert rows == [(3, ["2", "华"])]
    assert refused == [(2, "bytes that are not utf-8 at place 3", "1,\\xffx")]


def test_a_nul_byte_costs_its_line(tmp_path):
    """The store cannot hold one."""
    rows, refused = read(tmp_path, b"a,b\n1,x\x00y\n2,z\n")
    assert rows == [(3, ["2", "z"])]
    assert refused == [(2, "a NUL byte", "1,x\\x00y")]


def test_the_header_is_trimmed(tmp_path):
    """Names lose a byte order mark and the spaces around them."""
    path = tmp_path / "rows.csv"
    path.write_bytes("订单编号,收货地址 ,\t金额\n".encode("utf-8-sig"))
    assert Records(path, "utf-8", ",", print).header() == ["订单编号", "收货地址", "金额"]


CELL = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=20))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory, cells):
    """Any values, quoted as they must be, come back; line breaks, quotes and commas included."""
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([("a", "b", "c"), *cells])
    refused = []
    rows = list(Records(path, "utf-8", ",", refused.append).rows())
    assert [tuple(row) for _, row in rows] == cells
    assert refused == []
