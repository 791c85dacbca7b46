"""Dirty and wrong input: what cannot be read is named and kept, and nothing else is lost."""

import csv
import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from datasource.feeds import importing
from datasource.feeds.errors import FeedError, InputError, LifelineConflict, MappingError
from datasource.feeds.importing import import_files
from tests.integration.dumping import dump

CLOCK = FixedClock(datetime(2026, 3, 3, 4, tzinfo=UTC))
WIDE = """
name = "shop"
shape = "wide"
lifeline = "distributor"
time = { zone = "Asia/Shanghai", formats = ["%Y-%m-%d %H:%M:%S"] }
columns = { order_id = "id", created_at = "made", amount = "sum" }
[nodes]
place = { left = "made" }
pay = { left = "paid" }
"""
GBK = """
name = "deliveries"
shape = "wide"
lifeline = "distributor"
time = { zone = "Asia/Shanghai", formats = ["%Y-%m-%d"] }
amounts = { decimal = "," }
columns = { order_id = ["订单号", "订单行"], created_at = "销售时间", amount = "销售金额" }
dimensions = { region = "销售区域" }
[nodes]
place = { left = "销售时间" }
sign = { left = "交货时间" }
"""


@pytest.fixture
def load(store, tmp_path):
    """Import a text by a mapping, both given as they would stand in files."""

    def load(content, mapping=WIDE, name="orders.csv", **options):
        (tmp_path / "m.toml").write_text(mapping, "utf-8")
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_files(store, CLOCK, tmp_path / "m.toml", [path], lambda _: None, **options)

    return load


def rejected(path):
    """The rows of a rejects file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def orders(store):
    """The orders in the store, with their amounts."""
    with store.begin() as connection:
        return dict(connection.execute(text("SELECT order_id, amount FROM orders")).all())


DIRTY = (
    b"id,made,paid,sum\n"
    b"A,2026-03-02 08:00:00,2026-03-02 08:10:00,1.50\n"
    b"B,2026-03-02 25:00:00,,1\n"
    b",2026-03-02 08:00:00,,1\n"
    b'"C","2026-03-02 08:00:00","","1'
    b'\n2"\n'
    b"D,2026-03-02 08:00:00,,1,too,many\n"
    b'E,"2026-03-02 08:00:00,,1\n'
    b"F,2026-03-02 08:00:00,2026-03-02 07:00:00,2\n"
    b"\xff\xfe,2026-03-02 08:00:00,,1\n"
    b"G,2026-03-02 08:00:00,,=1+1\n"
    b"A,2026-03-02 08:00:00,2026-03-02 08:10:00,1.50\n"
    b"A,2026-03-02 08:00:00,2026-03-02 09:10:00,1.50\n"
    b"H,2026-03-02 08:00:00,,3\n"
)


def test_what_cannot_be_read_is_named_and_the_rest_is_there(load, store, tmp_path):
    """Each bad row with its line, field, value and reason; a payment before its order is kept and marked."""
    report = load(DIRTY)
    assert (report.orders, report.rejected, report.marked) == (3, 8, {"out_of_order": 1})
    assert orders(store) == {"A": Decimal("1.50"), "F": Decimal("2.00"), "H": Decimal("3.00")}
    assert report.rejects == (tmp_path / "orders.csv.rejects.csv",)
    assert rejected(report.rejects[0]) == [
        ("orders.csv", "3", "made", "2026-03-02 25:00:00", "not a time of the form %Y-%m-%d %H:%M:%S"),
        ("orders.csv", "4", "id", "", "the order id is missing"),
        ("orders.csv", "5", "sum", "1\n2", "not an amount"),
        ("orders.csv", "7", "", "D,2026-03-02 08:00:00,,1,too,many", "6 columns where the header has 4"),
        (
            "orders.csv",
            "8",
            "",
            'E,"2026-03-02 08:00:00,,1',
            "a quote is not closed, or closed in the middle of a value",
        ),
        ("orders.csv", "10", "", "\\xff\\xfe,2026-03-02 08:00:00,,1", "bytes that are not utf-8 at place 1"),
        ("orders.csv", "11", "sum", "'=1+1", "not an amount"),
        ("orders.csv", "13", "id", "A", "told otherwise on line 2 of orders.csv"),
    ]


def test_a_dirty_file_twice_changes_nothing(load, store):
    """Neither the store nor the rejects."""
    report = load(DIRTY)
    before, kept = dump(store), rejected(report.rejects[0])
    assert load(DIRTY) == report
    assert (dump(store), rejected(report.rejects[0])) == (before, kept)


def test_rejects_go_where_they_are_asked_to_and_vanish_when_mended(load, tmp_path):
    """A file of one's own choice; nothing is left of it once all rows can be read."""
    path = tmp_path / "elsewhere.csv"
    assert load("id,made,paid,sum\nA,soon,,1\n", rejects=path).rejects == (path,)
    assert path.exists()
    assert load("id,made,paid,sum\nA,2026-03-02 08:00:00,,1\n", rejects=path).rejects == ()
    assert not path.exists()


@pytest.mark.parametrize("rows", ["A,2026-03-02 08:00:00,,1\n", "A,soon,,1\n"])
@pytest.mark.parametrize("named", ["orders.csv", "notes.txt"])
def test_rejects_never_take_the_place_of_another_file(load, store, tmp_path, named, rows):
    """Neither the very file that is read nor any other: it is refused before one row is recorded."""
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="is no list of rejects"):
        load(f"id,made,paid,sum\n{rows}", rejects=tmp_path / named)
    assert (tmp_path / "orders.csv").read_text() == f"id,made,paid,sum\n{rows}"
    assert (tmp_path / "notes.txt").read_text() == "hello"
    assert orders(store) == {}


def test_rejects_want_a_folder_that_is_there(load, store, tmp_path):
    """It is said at once, not once there is something to write."""
    with pytest.raises(InputError, match="there is no folder"):
        load("id,made,paid,sum\nA,2026-03-02 08:00:00,,1\n", rejects=tmp_path / "none" / "rejects.csv")
    assert orders(store) == {}


def test_a_changed_file_is_a_correction(load, store):
    """The later import has the last word, and both words are kept."""
    load("id,made,paid,sum\nA,2026-03-02 08:00:00,2026-03-02 08:10:00,1\n")
    load("id,made,paid,sum\nA,2026-03-02 08:00:00,2026-03-02 08:20:00,1\n")
    with store.begin() as connection:
        visits = connection.execute(text("SELECT left_at FROM node_visit WHERE node = 'pay'")).scalars().all()
        events = connection.execute(text("SELECT count(*) FROM node_event WHERE node = 'pay'")).scalar_one()
    assert (visits, events) == ([datetime(2026, 3, 2, 0, 20, tzinfo=UTC)], 2)


def test_gbk_with_comma_amounts(load, store, samples):
    """Chinese text in GBK, amounts such as 11,50万元, rows without an order number, the same row twice."""
    lines = [
        "订单号,订单行,销售时间,交货时间,货品,销售区域,金额,销售金额",
        'P1,10,2016-7-30,2016-9-30,货品3,华北,1,"1052,75元"',
        'P2,10,2016-8-30,2016-10-30,货品3,马来西亚,1,"11,50万元"',
        ',20,2016-8-30,2016-10-30,货品3,华北,1,"11,50万元"',
        'P1,10,2016-7-30,2016-9-30,货品3,华北,1,"1052,75元"',
    ]
    report = load("\r\n".join(lines).encode("gbk"), GBK)
    assert (report.orders, report.rejected) == (2, 1)
    assert orders(store) == {"P1-10": Decimal("1052.75"), "P2-10": Decimal("115000.00")}
    assert rejected(report.rejects[0]) == [("orders.csv", "4", "订单号", "", "the order id is missing")]


def test_the_real_gbk_file(load, store, samples):
    """Every row is an order, a repetition, or a reject; the sums agree with a plain reading of the file."""
    real = samples and samples / "cn" / "logistics_gbk.csv"
    if not (real and real.is_file()):
        pytest.skip("the real file is not at hand")
    with real.open(encoding="gbk", newline="") as file:
        rows = list(csv.DictReader(file))
    report = load(real.read_bytes(), GBK)
    lines = {int(line) for _, line, *_ in rejected(report.rejects[0])}
    kept = [row for place, row in enumerate(rows) if place + 2 not in lines]
    assert len(lines) == report.rejected
    wanted = {}
    for row in kept:
        number, unit = row["销售金额"].replace(",", "."), 1
        if number.endswith("万元"):
            unit = 10_000
        amount = Decimal(number.rstrip("万元")) * unit if number else None
        wanted.setdefault(f"{row['订单号']}-{row['订单行']}", amount)
    assert orders(store) == wanted
    assert all(row["订单号"] for row in kept)


def test_parquet_and_csv_are_the_same(load, store, tmp_path):
    """The same rows in another kind of file change nothing."""
    load("id,made,paid,sum\nA,2026-03-02 08:00:00,2026-03-02 08:10:00,1.50\nB,2026-03-02 09:00:00,,\n")
    before = dump(store)
    local = [datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 9)]  # noqa: DTZ001
    paid = [datetime(2026, 3, 2, 8, 10), None]  # noqa: DTZ001
    table = {"id": ["A", "B"], "made": local, "paid": paid, "sum": [Decimal("1.50"), None]}
    pq.write_table(pa.table(table), tmp_path / "orders.parquet")
    report = import_files(store, CLOCK, tmp_path / "m.toml", [tmp_path / "orders.parquet"], lambda _: None)
    assert (report.orders, report.rejected) == (2, 0)
    assert dump(store) == before


@pytest.mark.parametrize(
    ("mapping", "error", "words"),
    [
        (WIDE.replace('left = "paid"', 'left = "payed"'), MappingError, r"nodes\.pay\.left: .* 'payed' \(it has id, "),
        (WIDE.replace("pay =", "fly ="), MappingError, r"nodes\.fly"),
        (WIDE.replace('zone = "Asia/Shanghai"', 'zone = "Mars"'), MappingError, r"time\.zone"),
        (WIDE + '[joins.x]\nfile = "x.csv"\non = { id = "id" }\n', InputError, r"joins\.x\.file"),
    ],
)
def test_a_wrong_mapping_is_one_line_and_nothing_is_written(load, store, tmp_path, mapping, error, words):
    """The field is named; neither the store nor the folder has changed."""
    before = dump(store)
    with pytest.raises(error, match=words) as caught:
        load("id,made,paid,sum\nA,2026-03-02 08:00:00,,1\n", mapping)
    assert "\n" not in str(caught.value)
    assert dump(store) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.toml", "orders.csv"]


def test_another_lifeline_does_not_come_over_orders(load, store):
    """A store that holds orders keeps its lifeline; an empty one takes the mapping's."""
    tmall = Path(__file__).parents[2] / "examples" / "tmall"
    load("id,made,paid,sum\nA,2026-03-02 08:00:00,,1\n")
    before = dump(store)
    with pytest.raises(LifelineConflict, match=r"'distributor'.*'tmall'"):
        import_files(store, CLOCK, tmall.with_suffix(".toml"), [Path(f"{tmall}-sample.csv")], lambda _: None)
    assert dump(store) == before


def test_a_killed_import_is_simply_run_again(load, store, tmp_path, monkeypatch):
    """It breaks off between two chunks; the second run ends in what one whole run makes."""
    monkeypatch.setattr("datasource.feeds.tables.ROWS_AT_ONCE", 10)
    content = "id,made,paid,sum\n" + "".join(f"A{n},2026-03-02 08:00:{n:02d},,1\n" for n in range(50))
    real, calls = importing.record, []

    def dies(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise FeedError("killed")
        return real(*arguments)

    monkeypatch.setattr(importing, "record", dies)
    with pytest.raises(FeedError):
        load(content)
    assert 0 < len(orders(store)) < 50
    monkeypatch.setattr(importing, "record", real)
    assert load(content).orders == 50
    assert len(orders(store)) == 50
    with store.begin() as connection:
        sums = text("SELECT sum(entered) FROM rollup_hour WHERE slice = 'all' AND node = 'pay'")
        assert connection.execute(sums).scalar_one() == 50


def test_two_imports_at_once_are_one(load, store, tmp_path, monkeypatch):
    """Two threads import the same file and two versions of it: no error, every visit once, one version has won."""
    monkeypatch.setattr("datasource.feeds.tables.ROWS_AT_ONCE", 20)
    load("id,made,paid,sum\n")
    row = "A{n},2026-03-02 08:00:00,2026-03-02 08:{minute}:00,1\n"
    versions = [
        "id,made,paid,sum\n" + "".join(row.format(n=n, minute=minute) for n in order)
        for minute, order in ((10, range(200)), (10, reversed(range(200))), (20, range(200)))
    ]
    errors = []

    def run(number):
        path = tmp_path / f"v{number}.csv"
        path.write_text(versions[number])
        try:
            import_files(store, CLOCK, tmp_path / "m.toml", [path], lambda _: None)
        except Exception as error:  # noqa: BLE001 - whatever happens in a thread is told to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with store.begin() as connection:
        visits = connection.execute(text("SELECT count(*) FROM node_visit WHERE node = 'pay'")).scalar_one()
        left = connection.execute(
            text("SELECT DISTINCT date_part('minute', left_at) FROM node_visit WHERE node = 'pay'")
        )
        counted = connection.execute(
            text("SELECT sum(entered), sum(r.left) FROM rollup_hour r WHERE slice = 'all' AND node = 'pay'")
        ).one()
        assert visits == 200
        assert set(left.scalars()) <= {10.0, 20.0}
        assert tuple(counted) == (200, 200)
        assert connection.execute(text("SELECT count(*) FROM visit_change")).scalar_one() == 0


def test_a_large_file_is_recorded_by_processes(load, store, monkeypatch):
    """They change nothing that an import without them made, and make the same of what is new."""
    monkeypatch.setattr("datasource.feeds.tables.ROWS_AT_ONCE", 30)
    content = "id,made,paid,sum\n" + "".join(f"A{n},2026-03-02 08:00:00,2026-03-02 08:10:00,1\n" for n in range(100))
    more = content + "".join(f"B{n},2026-03-02 08:00:00,,2\n" for n in range(100))
    load(content)
    before = dump(store)
    monkeypatch.setattr(importing, "_LARGE", 0)
    assert load(content).visits == 300
    assert dump(store) == before
    assert load(more).visits == 500
    with store.begin() as connection:
        sums = text("SELECT sum(entered) FROM rollup_hour WHERE slice = 'all'")
        assert connection.execute(sums).scalar_one() == 500
