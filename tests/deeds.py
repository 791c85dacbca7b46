"""Actions, previews and marks with defaults, for tests of what is shown of them."""

from types import SimpleNamespace
from typing import Any

from dashboard.acting import ActionStatus, Message, Outcome
from dashboard.marks import Mark
from dashboard.rights import Rights
from tests.builders import NOON, minutes

EVERYTHING = Rights(
    frozenset({
        *("retry_dispatch", "switch_label_provider", "pass_review", "hold", "release_hold", "assign", "note"),
        *("open_ticket", "close_ticket", "freeze_settlement", "unfreeze_settlement", "cancel_order"),
    }),
    audit=True,
)  # fmt: skip
"""What an operator of every team may do with orders."""


def changed(subject: str = "A-1", before: Any = None, after: Any = None, *outside: Message) -> Any:
    """A subject that would be put on hold, unless told otherwise."""
    return SimpleNamespace(
        subject=subject, before=before or {"hold": None}, after=after or {"hold": {"by": "li.wei"}}, outside=outside
    )


def refusing(subject: str = "A-2", text: str = "over", **values: str) -> Any:
    """A subject that is left out."""
    return SimpleNamespace(subject=subject, text=text, values=values)


def foreseen(*changes: Any, kind: str = "hold", refused: tuple[Any, ...] = ()) -> Any:
    """A preview."""
    return SimpleNamespace(kind=kind, changes=changes, refused=refused)


def part(subject: str = "order:A-1", outcome: Outcome = Outcome.DONE, **more: Any) -> Any:
    """What came of it for one subject."""
    known = {"reason": None, "before": {"hold": None}, "after": {"hold": {"by": "li.wei"}}}
    return SimpleNamespace(subject=subject, outcome=outcome, **{**known, **more})


def deed(*items: Any, **changes: Any) -> Any:
    """A hold of one order by li.wei, a minute after noon, done and undoable."""
    items = items or (part(),)
    done = sum(item.outcome is Outcome.DONE for item in items)
    known: dict[str, Any] = {
        "action_id": "act-1",
        "kind": "hold",
        "params": {},
        "actor": "li.wei",
        "reason": "customer asked",
        "status": ActionStatus.DONE,
        "total": len(items),
        "done": done,
        "failed": len(items) - done,
        "made_at": minutes(1),
        "undoes": None,
        "undoable": True,
        "undone_by": None,
        "being_undone_by": None,
        "stopping": False,
        "items": items,
    }
    return SimpleNamespace(**{**known, **changes})


def mark(kind: str = "hold", by: str = "li.wei", **value: Any) -> Mark:
    """A mark since noon."""
    return Mark(kind, "", value, NOON, by)
