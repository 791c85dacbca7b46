"""The description of the API as a page, made from its OpenAPI schema: no script runs, nothing is fetched."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from layouts.texts import Texts

STYLE = """
:root { color-scheme: light dark; --ink: #16202b; --secondary: #4c5968; --line: #d5dbe2; --panel: #fff;
  --ground: #f5f6f8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf3; --secondary: #a3b0bf; --line: #26313e; --panel: #121922; --ground: #0b1016 } }
body { margin: 0 auto; padding: 2rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 450 0.95rem/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 14px; padding: 1rem 1.25rem;
  margin: 1rem 0 }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: 0 } h3 { font-size: 0.95rem; margin: 1rem 0 0.3rem }
code, pre { font: 0.85rem/1.45 ui-monospace, monospace } p { margin: 0.4rem 0 } a { color: inherit }
table { border-collapse: collapse; width: 100% } td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0;
  border-top: 1px solid var(--line); vertical-align: top } .note { color: var(--secondary) }
.wide { overflow-x: auto }
"""


def docs_page(schema: Mapping[str, Any], texts: Texts) -> str:
    """The whole page as HTML."""
    models = schema.get("components", {}).get("schemas", {})
    routes = "".join(_routes(schema, texts))
    types = "".join(_model(name, model, texts) for name, model in models.items())
    lang = {"zh": "zh-Hans"}.get(texts.lang, texts.lang)
    title = _say(texts, "title")
    link = f'<a href="/api/openapi.json">{_say(texts, "schema")}</a>'
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{_say(texts, 'about')}</p><p>{link}</p>{routes}"
        f"<h2>{_say(texts, 'models')}</h2>{types}</main></body></html>"
    )


def _routes(schema: Mapping[str, Any], texts: Texts) -> Iterator[str]:
    for path, methods in schema.get("paths", {}).items():
        for method, route in methods.items():
            yield _route(method, path, route, texts)


def _route(method: str, path: str, route: Mapping[str, Any], texts: Texts) -> str:
    locked = f"<p class=note>{_say(texts, 'token')}</p>" if route.get("security") else ""
    body = _content(route.get("requestBody", {}))
    taken = f"<h3>{_say(texts, 'body')}</h3><p>{body}</p>" if body else ""
    about = f"<p><strong>{escape(route.get('summary', ''))}</strong></p><p>{escape(route.get('description', ''))}</p>"
    asked = _parameters(route.get("parameters", []), texts)
    answers = _answers(route.get("responses", {}), texts)
    name = f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
    return f"<section>{name}{about}{locked}{asked}{taken}{answers}</section>"


def _parameters(parameters: list[Mapping[str, Any]], texts: Texts) -> str:
    if not parameters:
        return ""
    rows = [
        (one["name"], _type(one.get("schema", {})), one.get("description") or _said(texts, one["in"]))
        for one in parameters
    ]
    return _table(_say(texts, "parameters"), rows)


def _answers(responses: Mapping[str, Any], texts: Texts) -> str:
    rows = [(status, _content(one), one.get("description", "")) for status, one in sorted(responses.items())]
    return _table(_say(texts, "answers"), rows, raw=True)


def _content(told: Mapping[str, Any]) -> str:
    kinds = told.get("content", {})
    return ", ".join(f"<code>{escape(kind)}</code> {_link(one.get('schema', {}))}" for kind, one in kinds.items())


def _link(schema: Mapping[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f'<a href="#model-{escape(name)}">{escape(name)}</a>' if name else ""


def _model(name: str, model: Mapping[str, Any], texts: Texts) -> str:
    needed = model.get("required", [])
    rows = [
        (f"{key} *" if key in needed else key, _type(one), one.get("description", ""))
        for key, one in model.get("properties", {}).items()
    ]
    table = _table(_say(texts, "fields"), rows) if rows else f"<p><code>{escape(_type(model))}</code></p>"
    about = escape(str(model.get("description", "")))
    return f'<section id="model-{escape(name)}"><h3>{escape(name)}</h3><p>{about}</p>{table}</section>'


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return " ".join(str(schema[key]) for key in ("type", "format", "pattern") if key in schema) or "any"


def _table(caption: str, rows: list[tuple[str, str, str]], *, raw: bool = False) -> str:
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{kind if raw else f'<code>{escape(kind)}</code>'}</td>"
        f"<td>{escape(about)}</td></tr>"
        for name, kind, about in rows
    )
    return f"<h3>{caption}</h3><div class=wide tabindex=0><table>{cells}</table></div>"


def _say(texts: Texts, name: str) -> str:
    return escape(_said(texts, name))


def _said(texts: Texts, name: str) -> str:
    return texts(f"messages.docs.{name}")
