"""Tables: columns by name, CSV and Parquet alike, and side files that are looked up."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasource.feeds.amounts import AmountReader
from datasource.feeds.errors import InputError, MappingError
from datasource.feeds.joins import read_side
from datasource.feeds.mapping import Amounts, Join, Mapping
from datasource.feeds.sources import find_sources
from datasource.feeds.tables import Chunk, check_columns, open_table

BLANKS = frozenset({"", "-"})


def whole(path, wanted, **options):
    """All rows of a file as columns, with their lines and the rejects."""
    table = open_table(path, wanted, **options)
    check_columns(table, dict.fromkeys(wanted, "columns.x"))
    refused = []
    chunks = list(table.chunks(wanted, BLANKS, refused.append))
    columns = {name: [cell for chunk in chunks for cell in chunk.columns[name]] for name in wanted}
    return columns, [line for chunk in chunks for line in chunk.lines], refused


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
def test_csv(tmp_path, mark, encoding):
    """Any delimiter and encoding; names and values without the spaces around them, blanks as nothing."""
    path = tmp_path / "t.csv"
    text = "收货地址 ,订单编号,x\n 上海 ,1,-\n,2,y\n".replace(",", mark)
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    columns, lines, refused = whole(path, ["订单编号", "收货地址", "x"])
    assert columns == {"订单编号": ["1", "2"], "收货地址": ["上海", None], "x": [None, "y"]}
    assert (lines, refused) == ([2, 3], [])


def test_parquet(tmp_path):
    """Typed columns come as texts: stamps as ISO 8601, numbers plain; the line is the row's number."""
    path = tmp_path / "t.parquet"
    table = pa.table(
        {
            " id": pa.array([7, None, 9]),
            "naive": pa.array([datetime(2026, 3, 2, 8), None, None], pa.timestamp("us")),  # noqa: DTZ001
            "aware": pa.array([datetime(2026, 3, 2, 8, tzinfo=UTC)] * 3, pa.timestamp("ms", "UTC")),
            "day": pa.array([date(2026, 3, 2)] * 3),
            "sum": pa.array([Decimal("1.50"), Decimal("2.00"), None]),
            "word": pa.array(["上海", " a ", "x\x00y"]).dictionary_encode(),
        }
    )
    pq.write_table(table, path)
    columns, lines, refused = whole(path, ["id", "naive", "aware", "day", "sum", "word"])
    assert columns == {
        "id": ["7", None],
        "naive": ["2026-03-02 08:00:00.000000", None],
        "aware": ["2026-03-02 08:00:00.000Z"] * 2,
        "day": ["2026-03-02"] * 2,
        "sum": ["1.50", "2.00"],
        "word": ["上海", "a"],
    }
    assert lines == [1, 2]
    assert [(reject.line, reject.field, reject.reason) for reject in refused] == [(3, "word", "a NUL byte")]
    chunk = next(iter(open_table(path, []).chunks(["naive", "id"], BLANKS, print)))
    assert chunk.typed == {"naive"}


def test_columns_must_be_there_once(tmp_path):
    """A missing or doubled column is an error that names the field, the file and the column."""
    path = tmp_path / "t.csv"
    path.write_text("a,b,b\n1,2,3\n")
    with pytest.raises(MappingError, match=r"columns.amount: t.csv has no column 'sum' \(it has a, b, b\)"):
        check_columns(open_table(path, ["sum"]), {"sum": "columns.amount"})
    with pytest.raises(MappingError, match="has the column 'b' 2 times"):
        check_columns(open_table(path, ["b"]), {"b": "columns.amount"})


@pytest.mark.parametrize(("name", "content"), [("t.csv", b""), ("t.parquet", b"no"), ("t.csv", None)])
def test_files_that_cannot_be_read(tmp_path, name, content):
    """Empty, of another kind, or not there."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError):
        open_table(tmp_path / name, ["a"])


def side(tmp_path, text, **join):
    """A side file's columns for the orders A, B and C, and its rejects."""
    path = tmp_path / "side.csv"
    path.write_text(text)
    refused = []
    made = Join.model_validate({"file": "side.csv", "on": {"id": "order"}, **join})
    table = read_side("s", made, open_table(path, made.needs), AmountReader(Amounts()), BLANKS, refused.append)
    chunk = Chunk("f", [2, 3, 4, 5], {"id": ["A", "B", "C", None]})
    table.widen(chunk)
    return chunk.columns, [(reject.file, reject.line, reject.value) for reject in refused]


def test_a_side_file_gives_first_values_and_sums(tmp_path):
    """The first value that is there, the sum of all; nothing for an order that it does not name."""
    text = "order,type,sum\nA,,1.10\nA,card,2.20\nA,cash,0.03\nB,cash,5\n,cash,9\n"
    columns, refused = side(tmp_path, text, first=["type"], sum=["sum"])
    assert columns["s.type"] == ["card", "cash", None, None]
    assert columns["s.sum"] == ["3.33", "5.00", None, None]
    assert refused == []


def test_a_sum_that_misses_a_part_is_not_told(tmp_path):
    """An amount that cannot be read makes the sum unknown, not smaller."""
    columns, refused = side(tmp_path, "order,sum\nA,1\nA,x\nA,2\nB,3\n", sum=["sum"])
    assert columns["s.sum"] == [None, "3.00", None, None]
    assert refused == [("side.csv", 3, "x")]


def test_a_side_file_may_be_narrowed(tmp_path):
    """Only the rows with the values that ``where`` names."""
    text = "order,type,seq\nA,cash,2\nA,card,1\n"
    assert side(tmp_path, text, first=["type"], where={"seq": "1"})[0]["s.type"][0] == "card"


MAPPING = {
    "name": "m",
    "shape": "wide",
    "time": {"zone": "UTC"},
    "columns": {"order_id": "id"},
    "nodes": {"pay": {"left": "t"}},
    "joins": {"s": {"file": "side.csv", "on": {"id": "id"}, "first": ["x"]}},
}


def test_files_are_sorted_into_tables_and_side_files(tmp_path):
    """A folder gives its tables, without side files and rejects of before; side files are found beside."""
    for name in ("b.csv", "a.csv", "side.csv", "a.csv.rejects.csv", "note.md"):
        (tmp_path / name).write_text("x")
    found = find_sources([tmp_path], Mapping.model_validate(MAPPING), tmp_path / "m.toml")
    assert [path.name for path in found.main] == ["a.csv", "b.csv"]
    assert found.sides == {"s": tmp_path / "side.csv"}
    named = find_sources([tmp_path], Mapping.model_validate({**MAPPING, "file": "b*.csv"}), tmp_path / "m.toml")
    assert [path.name for path in named.main] == ["b.csv"]
    assert named.sides == {"s": tmp_path / "side.csv"}


def test_a_missing_side_file_is_an_error_unless_it_may_miss(tmp_path):
    """The message names the field."""
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(InputError, match=r"joins\.s\.file"):
        find_sources([tmp_path / "a.csv"], Mapping.model_validate(MAPPING), tmp_path / "m.toml")
    content = {**MAPPING, "joins": {"s": {**MAPPING["joins"]["s"], "optional": True}}}
    assert find_sources([tmp_path / "a.csv"], Mapping.model_validate(content), tmp_path / "m.toml").sides == {"s": None}
    with pytest.raises(InputError, match="no such file"):
        find_sources([tmp_path / "z.csv"], Mapping.model_validate(content), tmp_path / "m.toml")
