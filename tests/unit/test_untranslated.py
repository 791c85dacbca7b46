"""No word reaches a reader but through the catalogue, and each language of the catalogue is that language."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from datasource.demo.cities import demo_lifeline
from datasource.lifelines import shipped
from layouts.texts import LANGUAGES, read_catalogue
from tests.unit.test_house import ROOT

HAN = re.compile(r"[\u3400-\u9fff\uff00-\uffef]")
WORD = re.compile(r"[A-Za-z]{2,}")
CODE = re.compile(
    r"\{[^}]*\}|--[a-z]+|(?<!\w)/[a-z][\w/]*|\b[A-Z]+(?:_[A-Z]+)+_?|\bdocs/[a-z]+\.md\b|“lifeline import”"
    r"|“(?:events|orders|query|subjects|Idempotency-Key)”"
    r"|“Authorization: Bearer …”|“lifeline [^”]+”|Europe/Berlin|\bCtrl-C\b|\b(?:node|sku):KEY\b"
    r"|\b[a-z]+=[\w:,*]+|\b[a-z]+(?:_[a-z]+)+\b|例如 \w+。|\"\d+ (?:h|min)\""
)
"""What is typed as it stands in any language: places, options, paths, variables, examples."""

NAMES = frozenset(
    [
        "Bearer",
        "CSV",
        "ERP",
        "HTTP",
        "HTTPS",
        "IANA",
        "ISO",
        "JSON",
        "JavaScript",
        "MB",
        "OpenAPI",
        "OpenID",
        "POST",
        "Parquet",
        "PostgreSQL",
        "RFC",
        "SKU",
        "TOML",
        "WMS",
        "en",
        "store",
        "zh",
    ]
)
"""Names that Chinese writes in Latin letters too."""

IN_THE_OTHER_LANGUAGE = frozenset({"common.switch.lang", "common.switch.lang_label"})
"""The switch is for those who cannot read the page."""

SHOWN_NAMES = {"children", "title", "placeholder", "label", "alt", "valuetext", "description", "text", "headerName"}
SHOWING = {"hidden", "shown", "panel", "link_button", "aria"}


def test_chinese_holds_no_english():
    """But for names, and for what is typed as it stands."""
    left = {
        key: words
        for key, entry in read_catalogue().items()
        if key not in IN_THE_OTHER_LANGUAGE and (words := set(WORD.findall(CODE.sub(" ", entry["zh"]))) - NAMES)
    }
    assert left == {}


def test_english_holds_no_chinese():
    """Not even a full-width comma."""
    texts = {key: entry["en"] + entry.get("en_one", "") for key, entry in read_catalogue().items()}
    assert [key for key, text in texts.items() if HAN.search(text) and key not in IN_THE_OTHER_LANGUAGE] == []


def test_no_text_is_the_same_in_both():
    """A text with words that reads the same in both was forgotten in one of them."""
    same = [key for key, entry in read_catalogue().items() if entry["en"] == entry["zh"]]
    assert [key for key in same if WORD.search(CODE.sub(" ", read_catalogue()[key]["en"]))] == []


def labels(table: object, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every table that maps languages to words, by where it stands."""
    if isinstance(table, dict):
        if set(table) & set(LANGUAGES) and all(isinstance(words, str) for words in table.values()):
            yield path, table
        else:
            for key, value in table.items():
                yield from labels(value, f"{path}.{key}")
    elif isinstance(table, list):
        for place, value in enumerate(table):
            yield from labels(value, f"{path}.{place}")


@pytest.mark.parametrize("name", ["distributor", "demo", "olist.toml", "tmall.toml"])
def test_every_label_that_is_shipped_has_both_languages(name):
    """Nodes, teams, exceptions, statuses, systems, values; the Chinese is Chinese."""
    tables = {"distributor": lambda: shipped("distributor").table, "demo": lambda: demo_lifeline().table}
    read = tables.get(name, lambda: tomllib.loads((ROOT / "examples" / name).read_text("utf-8")))
    found = dict(labels(dict(read())))
    assert found
    lacking = [path for path, label in found.items() if not all(label.get(lang, "").strip() for lang in LANGUAGES)]
    english = [
        path for path, label in found.items() if not HAN.search(label.get("zh", "")) and label["zh"] not in NAMES
    ]
    assert (lacking, english) == ([], [])


def literals(node: ast.AST | None) -> Iterator[str]:
    """The texts that an expression may come to, as far as they stand in it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            for part in parts:
                yield from literals(part)
        case ast.IfExp(body=body, orelse=other) | ast.BinOp(left=body, right=other):
            yield from literals(body)
            yield from literals(other)
        case ast.Starred(value=value):
            yield from literals(value)


def written(source: str) -> Iterator[tuple[int, str]]:
    """The literal texts that a page's code puts before a reader, by line."""
    for node in ast.walk(ast.parse(source)):
        expressions: list[ast.AST] = []
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(value=ast.Name(id="html" | "dcc" | "dag")):
                    expressions += node.args[:1]
                case ast.Name(id=name) if name in SHOWING:
                    expressions += node.args[:1]
                case _:
                    continue
            expressions += [keyword.value for keyword in node.keywords if keyword.arg in SHOWN_NAMES]
        elif isinstance(node, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
            expressions += [value for key, value in zip(keys, node.values, strict=True) if key in SHOWN_NAMES]
        for expression in expressions:
            for text in literals(expression):
                if WORD.search(text) or HAN.search(text):
                    yield node.lineno, text


def test_no_word_is_written_into_a_page():
    """Children, titles, placeholders, spoken labels and the texts of figures come from the catalogue."""
    sources = [*ROOT.glob("layouts/**/*.py"), *ROOT.glob("callbacks/pages/*.py")]
    found = [(path.name, line, text) for path in sources for line, text in written(path.read_text("utf-8"))]
    assert found == []
    assert list(written("html.P(['Hello'], title=f'{n} orders'); {'text': 'or' if x else y}")) != []


def test_no_sentence_is_written_into_a_script():
    """What scripts show they take from the page, or from the browser's own words for times."""
    sentence = re.compile(r"""["'`](?:[A-Z][a-z]+(?: [a-z]+)+[^"'`]*|[^"'`]*[\u3400-\u9fff][^"'`]*)["'`]""")
    code = {
        path.name: re.sub(r"(?m)^\s*//.*$|/\*.*?\*/", "", path.read_text("utf-8"))
        for path in (ROOT / "assets").glob("*.js")
    }
    assert {name: sentence.findall(text) for name, text in code.items() if sentence.search(text)} == {}
