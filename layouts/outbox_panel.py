"""Messages to outside systems: how each of them does, and the messages that were given up, to be sent again."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.outgoing import STATUS, DeadLetter, Outgoing, Target
from layouts import ids
from layouts.attributes import aria
from layouts.context import Context
from layouts.formats import UNKNOWN
from layouts.icons import disc
from layouts.outbox_words import fault_text, target_name
from layouts.parts import Children, hidden, panel, status_class, value

SAID = "outbox-said"
SEND = "outbox-send"

COLUMNS = (("state", "start"), ("waiting", "end"), ("oldest", "end"), ("delivered", "end"), ("dead", "end"))
LETTER_COLUMNS = ("message", "target", "made", "fault", "send")


def button_id(message_id: str) -> dict[str, str]:
    """The id of the button that sends a message again."""
    return {"type": SEND, "index": message_id}


def outbox_panel(context: Context, outgoing: Outgoing) -> Component:
    """The panel; only for those who may see the outbox."""
    texts = context.texts
    said = html.P(id=SAID, className="outbox-said", role="status")
    rows = [_row(context, outgoing, one) for one in outgoing.targets] or [_none(context)]
    heads = [html.Th(texts("outgoing.column.target"), scope="col")]
    heads += [
        html.Th(texts(f"outgoing.column.{name}"), scope="col", className=f"cell-{side}") for name, side in COLUMNS
    ]
    targets = _table(context, "outgoing.title", heads, html.Tbody(rows, id=ids.live("outbox-targets")))
    letters = html.Div(_letters(context, outgoing), id=ids.live("outbox-letters"))
    return panel([targets, letters, said], title=texts("outgoing.title"), classes="table-panel outbox")


def said(context: Context, letter: DeadLetter | None) -> str:
    """What a click did; ``None``: somebody else was faster."""
    if letter is None:
        return context.texts("outgoing.said.gone")
    return context.texts("outgoing.said.sent", message=message_name(context, letter.kind), key=_key(letter.subject))


def message_name(context: Context, kind: str) -> str:
    """What a message says, in words; its key where nobody named it."""
    texts, name = context.texts, kind.replace(".", "_")
    named = (f"acting_ui.message.{name}", f"outgoing.kind.{name}")
    return next((texts(key) for key in named if texts.has(key)), kind)


def _table(context: Context, title: str, heads: Sequence[Component], body: Component) -> html.Div:
    words = context.texts(title)
    caption = html.Caption(words, className="visually-hidden")
    table = html.Table([caption, html.Thead(html.Tr(list(heads))), body], className="table sources-table outbox-table")
    return html.Div(table, className="table-scroll", role="region", tabIndex=0, **aria(label=words))


def _none(context: Context) -> html.Tr:
    return html.Tr(html.Td(context.texts("outgoing.empty"), colSpan=len(COLUMNS) + 1, className="is-quiet"))


def _row(context: Context, outgoing: Outgoing, target: Target) -> html.Tr:
    formats = context.formats
    cells: dict[str, Children] = {
        "state": _state(context, target),
        "waiting": formats.count(target.waiting),
        "oldest": _oldest(context, outgoing, target),
        "delivered": formats.count(target.delivered_last_hour),
        "dead": formats.count(target.dead),
    }
    name = html.Th(html.Span(target_name(context.texts, target.key), className="row-name"), scope="row")
    data = [html.Td(cells[column], className=f"cell-{side}") for column, side in COLUMNS]
    return html.Tr([name, *data], className=status_class(STATUS[target.state]))


def _state(context: Context, target: Target) -> html.Span:
    status = STATUS[target.state]
    word = html.Span(context.texts(f"outgoing.state.{target.state}"), className="status-word")
    return html.Span([disc(status), word], className=f"status {status_class(status)}")


def _oldest(context: Context, outgoing: Outgoing, target: Target) -> Children:
    if target.oldest_waiting_at is None:
        return value(context.texts, UNKNOWN)
    age = (outgoing.as_of - target.oldest_waiting_at).total_seconds()
    since = context.formats.since(target.oldest_waiting_at, outgoing.as_of)
    return [html.Span(context.formats.elapsed(age)), html.Span(since, className="interval")]


def _letters(context: Context, outgoing: Outgoing) -> list[Component]:
    if not outgoing.letters:
        return []
    texts = context.texts
    heads = [
        html.Th(
            hidden(texts("outgoing.letter.send")) if name == "send" else texts(f"outgoing.letter.{name}"), scope="col"
        )
        for name in LETTER_COLUMNS
    ]
    rows = html.Tbody([_letter(context, outgoing, one) for one in outgoing.letters])
    title = html.H3(texts("outgoing.letters"), className="panel-title outbox-letters-title")
    return [title, _table(context, "outgoing.letters", heads, rows)]


def _letter(context: Context, outgoing: Outgoing, letter: DeadLetter) -> html.Tr:
    texts, formats = context.texts, context.formats
    name, key = message_name(context, letter.kind), _key(letter.subject)
    about: Component = html.Span(key)
    if letter.subject.startswith("order:"):
        about = html.Span(dcc.Link(key, href=context.order_link(key)), className="row-name")
    since = formats.since(letter.last_at or letter.made_at, outgoing.as_of)
    tries = html.Span(texts("outgoing.tries", count=letter.attempts, time=since), className="interval")
    words = [html.Span(texts("outgoing.again")), hidden(f" {name} {key}")]
    button = html.Button(words, id=button_id(letter.message_id), type="button", className="button")
    cells: dict[str, Children] = {
        "message": [about, html.Span(name, className="interval")],
        "target": target_name(context.texts, letter.target),
        "made": formats.since(letter.made_at, outgoing.as_of),
        "fault": [html.Span(fault_text(texts, letter.fault, letter.status)), tries],
        "send": button,
    }
    return html.Tr([html.Td(cells[name], className=f"outbox-{name}") for name in LETTER_COLUMNS])


def _key(subject: str) -> str:
    return subject.partition(":")[2] or subject
