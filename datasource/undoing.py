"""What was taken back of an action, and what is left to take back."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from dashboard.acting import Outcome
from datasource.acting_tables import action, action_item


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How far an action is undone. ``subjects``: taken back so far; ``by``: the undo that took back the last of them.

    ``under_way``: the undo that is at work, ``None`` where none is.
    """

    subjects: int = 0
    by: str | None = None
    under_way: str | None = None


NOTHING = TakenBack()


def taken_back(connection: Connection, action_ids: Collection[str]) -> dict[str, TakenBack]:
    """Of those actions that somebody undid or tried to; one statement, however many are asked for."""
    of = action.c
    asked = select(of.action_id, of.undoes, of.finished_at, of.done).where(of.undoes.in_(action_ids))
    found = dict[str, TakenBack]()
    for row in connection.execute(asked.order_by(of.made_at, of.action_id)):
        before = found.get(row.undoes, NOTHING)
        under_way = row.action_id if row.finished_at is None else before.under_way
        # A subject is taken back once: its version is another afterwards.
        found[row.undoes] = TakenBack(
            before.subjects + (row.done or 0), row.action_id if row.done else before.by, under_way
        )
    return found


def left_to_undo(connection: Connection, action_id: str) -> list[str]:
    """The subjects that an action did and no undo took back, in the order of the preview."""
    did, back, undo = action_item.alias("did"), action_item.alias("back"), action.alias("undo")
    is_back = (
        exists()
        .where(undo.c.undoes == action_id, back.c.action_id == undo.c.action_id)
        .where(back.c.subject == did.c.subject, back.c.outcome == Outcome.DONE.value)
    )
    asked = select(did.c.subject).where(did.c.action_id == action_id, did.c.outcome == Outcome.DONE.value, ~is_back)
    return list(connection.execute(asked.order_by(did.c.place)).scalars())
