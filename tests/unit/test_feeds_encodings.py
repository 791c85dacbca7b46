"""Encodings: what a file is written in is found out, GBK without fail."""

import pytest

from datasource.feeds.encodings import detect_encoding, encoding_of

CHINESE = "订单号,订单行,销售区域,金额\nP096311,10,华北,1052元\nP097435,10,马来西亚,6858元\n"
WESTERN = "pedido,cidade\n1,São Paulo\n2,Goiânia\n3,Brasília\n"


def written(tmp_path, content):
    """A file of these bytes."""
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030", "big5hkscs"])
def test_column_names_settle_the_encoding(tmp_path, encoding):
    """Wanted names that are found in the head under one encoding only prove it."""
    text = "訂單編號,地址\n1,臺北\n" if encoding == "big5hkscs" else CHINESE
    wanted = ["訂單編號"] if encoding == "big5hkscs" else ["订单号", "金额"]
    found = detect_encoding(written(tmp_path, text.encode(encoding)), wanted)
    assert found == {"gbk": "gb18030", "big5hkscs": "big5"}.get(encoding, encoding)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CHINESE.encode("gbk"), "gb18030"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.encode(), "utf-8"),
        (WESTERN.encode(), "utf-8"),
        (WESTERN.encode("latin-1"), "cp1252"),
        (b"order,city\n1,Hangzhou\n", "utf-8"),
        (b"order,city\n1,Hangzhou\n\xff\xfe,Suzhou\n", "utf-8"),
        ("city\n华".encode("gbk"), "gb18030"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("utf-16"), "utf-16"),
    ],
)
def test_without_telling_names_the_lines_settle_it(tmp_path, content, expected):
    """A byte order mark, else how the lines beyond ASCII decode; plain ASCII is UTF-8."""
    assert detect_encoding(written(tmp_path, content), ["order_id"]) == expected


def test_gbk_is_found_late_in_a_file(tmp_path):
    """The first Chinese character may come after megabytes of ASCII."""
    content = b"order,city\n" + b"1,Hangzhou\n" * 300_000 + "2,杭州\n3,深圳\n".encode("gbk")
    assert detect_encoding(written(tmp_path, content)) == "gb18030"


def test_a_few_broken_lines_do_not_change_the_answer():
    """One GBK line in a hundred of UTF-8 is a broken line, not another encoding."""
    assert encoding_of(["杭州\n".encode()] * 99 + ["杭州\n".encode("gbk")]) == "utf-8"
    assert encoding_of(["杭州\n".encode("gbk")] * 99 + [b"\xff\xff\n"]) == "gb18030"
