"""The audit page: its rows, its readable differences, its filters as links, its states; in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from dashboard.audited import AuditAsked, Audited, ChainState
from dashboard.rights import Rights
from layouts.audit_page import AuditView, audit_page
from layouts.freshness import Freshness
from layouts.live import live_props
from tests.builders import NOON, minutes
from tests.looks import components, context, text_of, with_class
from tests.unit.test_audited import STATES, entry

MAY = Rights(audit=True)
HELD = entry(
    "order:DB-1",
    seq=1234,
    action_id="0192f3aa-7cde",
    reason="customer called",
    before={"node": "pick", "marks": {}},
    after={"node": "pick", "marks": {"hold": {"by": "li.wei", "at": "2026-03-02T04:00:00+00:00"}}},
)
STOCK = entry(
    "sku:A-1",
    minutes(-60 * 24),
    seq=1233,
    kind="suspend_intake",
    before={"intake": "open"},
    after={"intake": "suspended"},
)


def page(*entries: Audited, lang: str = "en", older: bool = False, chain: Any = None, **changes: Any):
    """The page of these entries."""
    asked = changes.pop("asked", AuditAsked())
    view = AuditView(
        entries=lambda: (entries, older),
        chain=chain or (lambda: ChainState(NOON, 1234)),
        asked=asked,
        kinds=["hold", "suspend_intake"],
        freshness=Freshness(NOON),
        span=changes.pop("span", None),
    )
    return audit_page(view, context(lang, path="/audit", rights=MAY, **changes))


def words(built: object) -> str:
    """All words, with plain spaces."""
    return text_of(built).replace("\N{NO-BREAK SPACE}", " ")


def rows(built: object) -> list[str]:
    """The words of each row, headings of days among them."""
    body = next(part for part in components(built) if getattr(part, "id", "") == "live:audit-rows")
    return [words(row) for row in body.children]


def test_a_row_says_who_when_from_where_on_what_why_and_what_changed():
    """And not what stayed: the node."""
    day, row = rows(page(HELD))
    assert day == "2 Mar 2026"
    said = ("12:00:00", "li.wei", "127.0.0.1", "DB-1", "customer called", "#1,234", "Hold · By", "Hold · At", "20")
    assert [word for word in said if word not in row] == []
    assert "Pick" not in row and "Version" not in row


def test_each_day_has_a_heading():
    """One of today, one of the day before."""
    assert rows(page(HELD, STOCK))[::2] == ["2 Mar 2026", "1 Mar 2026"]


def test_an_order_is_a_link_and_a_sku_is_none():
    """To its page; without the filters of this one."""
    links = [part.href for part in components(page(HELD, STOCK)) if str(getattr(part, "href", "")).startswith("/order")]
    assert links == ["/order/DB-1"]
    assert "suspended" in rows(page(STOCK))[1] and "SKU" in rows(page(STOCK))[1]


def test_it_reads_in_chinese():
    """Names of fields, of subjects, of values, and the finding."""
    shown = words(page(HELD, STOCK, lang="zh"))
    assert [
        word for word in ("挂起", "商品", "接单", "暂停", "12:00 已核验至 #1,234", "订单") if word not in shown
    ] == []


def test_the_chain_is_said_in_the_heading():
    """How far it was followed and when; a break is told loudly."""
    assert words(with_class(page(HELD), "finding")[0]) == "Verified to #1,234 at 12:00"
    broken = page(HELD, chain=lambda: ChainState(NOON, 811, 812, "content"))
    assert words(with_class(broken, "finding-red")[0]) == "The chain breaks at #812"
    assert "cannot be relied on" in words(with_class(broken, "banner-stale")[0])


@pytest.mark.parametrize(("lang", "said"), [("en", "Being verified"), ("zh", "正在核验")])
def test_a_chain_that_was_not_followed_yet_says_so(lang: str, said: str):
    """As after a start; the entries stand there meanwhile."""
    built = page(HELD, chain=lambda: None, lang=lang)
    assert words(with_class(built, "finding")[0]) == said and len(rows(built)) == 2


def test_where_the_chain_cannot_be_read_the_entries_stand():
    """The failure is reported, and only the sentence is missing."""
    told: list[str] = []

    def failing() -> ChainState:
        raise RuntimeError

    built = page(HELD, chain=failing, report=lambda name, _: told.append(name) or "broken")
    assert told == ["audit_chain"] and len(rows(built)) == 2


def test_where_the_entries_cannot_be_read_the_page_says_so():
    """In the place of the table, with what happens next."""

    def failing() -> Any:
        raise RuntimeError

    view = AuditView(failing, lambda: ChainState(NOON, 0), AuditAsked(), (), Freshness(NOON))
    built = audit_page(view, context(path="/audit", rights=MAY, report=lambda *_: "store"))
    assert with_class(built, "state-failed")


def test_nothing_yet_and_nothing_that_matches_are_two_things():
    """The one says what would fill it, the other offers to clear the filter."""
    assert "Nothing was written yet" in words(with_class(page(), "state-empty")[0])
    asked = AuditAsked(actor="nobody")
    none = with_class(page(asked=asked, own={"actor": "nobody"}), "state-no-match")[0]
    assert [part.href for part in components(none) if getattr(part, "href", None)] == ["/audit"]


def test_filters_are_links_that_keep_one_another():
    """A kind within the order that was asked for; another page of it is not kept."""
    built = page(HELD, asked=AuditAsked(subject="order:DB-1"), own={"subject": "DB-1", "before": "99"})
    links = [str(getattr(part, "href", "")) for part in components(built)]
    assert "/audit?subject=DB-1&kind=hold" in links and "/audit?subject=DB-1&span=1d" in links
    assert "/audit?subject=DB-1&actor=li.wei" in links


def test_the_file_is_of_the_same_entries():
    """All of them, not of this page alone; in the language of the page."""
    built = page(HELD, asked=AuditAsked(kind="hold"), own={"kind": "hold", "before": "99"})
    links = [str(getattr(part, "href", "")) for part in components(built)]
    assert "/api/v1/audit.csv?lang=en&kind=hold" in links


@pytest.mark.parametrize(
    ("asked", "older", "expected"),
    [
        (AuditAsked(), False, []),
        (AuditAsked(), True, ["/audit?before=1234"]),
        (AuditAsked(before_seq=2000), True, ["/audit", "/audit?before=1234"]),
    ],
)
def test_older_and_newest(asked: AuditAsked, older: bool, expected: list[str]):
    """Links to the pages beside this one, where there are some."""
    foot = with_class(page(HELD, older=older, asked=asked), "audit-pages")[0]
    assert [part.href for part in components(foot) if getattr(part, "href", None)] == expected


def test_the_form_sends_what_the_address_holds():
    """Its own boxes anew, the other filters as they are, and no page."""
    built = page(
        HELD,
        asked=AuditAsked(actor="li"),
        own={"actor": "li", "kind": "hold", "before": "9"},
        pinned=frozenset({"lang"}),
    )
    form = with_class(built, "audit-form")[0]
    fields = {part.name: part.value for part in components(form) if getattr(part, "name", None)}
    assert fields == {"subject": "", "actor": "li", "lang": "en", "kind": "hold"}


def test_a_new_entry_changes_rows_only():
    """The frame stays, so that nothing flickers."""
    assert live_props(page(HELD)).keys() == live_props(page(HELD, STOCK)).keys()


def test_long_changes_are_cut_with_their_number():
    """A batch that changed twenty values does not fill the screen."""
    wide = entry(after={f"f{n}": n + 1 for n in range(20)})
    assert "and 12 more" in rows(page(wide))[1]


@given(STATES, STATES)
def test_any_change_can_be_shown(before: dict, after: dict):
    """Whatever JSON holds."""
    assert rows(page(entry(before=before, after=after)))


def test_a_span_is_named_in_its_picker():
    """Seven days, or the two ends."""
    assert "7 days" in words(page(HELD, span=timedelta(days=7), asked=AuditAsked(since=minutes(-9))))
    assert "since 2 Mar 2026 11:51" in words(page(HELD, asked=AuditAsked(since=minutes(-9))))
