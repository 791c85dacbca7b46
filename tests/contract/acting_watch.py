"""The work on actions under the eyes of a witness: what was done is what was shown, and nothing else was touched."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Row

from dashboard.acting import Outcome
from dashboard.actions import kind_of
from datasource.store import Store
from datasource.write_back import Action, Preview, PreviewedChange, read_action
from tests.contract.acting_shop import plain
from tests.contract.acting_witness import (
    Glance,
    audited_since,
    figures_add_up,
    glance,
    left_alone,
    messages_of,
    stock_moved,
)

Key = tuple[str, str]
"""An action's id and a subject."""


@dataclass(frozen=True)
class Begun:
    """An action that was begun. ``made``: its preview; none of an undo, which has ``undoes``."""

    action_id: str
    made: Preview | None = None
    undoes: str | None = None

    def shown(self) -> dict[str, PreviewedChange]:
        """What the preview showed of each subject that it does not refuse."""
        prefix = kind_of(self.made.kind).subject if self.made else ""
        return {f"{prefix}:{one.subject}": one for one in (self.made.changes if self.made else ())}


@dataclass
class Watch:
    """Who watches, and remembers how each subject stood before an action that nobody disturbed was done to it."""

    store: Store
    stood: dict[Key, object] = field(default_factory=dict)

    def action(self, action_id: str) -> Action:
        """The action as it stands."""
        with self.store.begin() as connection:
            found = read_action(connection, action_id)
        assert found is not None
        return found

    @contextmanager
    def work(self, *these: Begun, told: str | None = None, undisturbed: bool = False) -> Iterator[None]:
        """What the block does is the work on these actions, or a part of it, and nothing else.

        ``told``: the order of which an outside system tells meanwhile. ``undisturbed``: nobody was in between since it
        was asked for, and no time went by: all is done as shown, to the piece.
        """
        before, waits = glance(self.store), self._with(Outcome.WAITING, these)
        yield
        after, rows = glance(self.store), audited_since(self.store, before)
        came = self._with(Outcome.DONE, these) & waits
        assert sorted((row.action_id, row.subject) for row in rows) == sorted(came)
        stock = {name for row in rows for name in stock_moved(row)}
        of_skus = {row.subject.replace("sku:", "stock:") for row in rows if row.subject.startswith("sku:")}
        left_alone(before, after, {f"order:{told}", *stock, *of_skus, *(subject for _, subject in came)})
        if len({one.action_id for one in these}) == 1 and told is None:
            figures_add_up(rows, before, after)
        if undisturbed:
            assert came == waits
        for begun in {one.action_id: one for one in these}.values():
            for row in (row for row in rows if row.action_id == begun.action_id):
                self._as_asked(begun, row, undisturbed=undisturbed)
            self._refused_as_shown(begun)
        self._compare_standing(these, came, before, after, told)

    def _with(self, outcome: Outcome, these: tuple[Begun, ...]) -> set[Key]:
        actions = [self.action(action_id) for action_id in {one.action_id for one in these}]
        return {(one.action_id, item.subject) for one in actions for item in one.items if item.outcome is outcome}

    def _as_asked(self, begun: Begun, row: Row, *, undisturbed: bool) -> None:
        told = messages_of(self.store, begun.action_id, row.subject)
        if begun.undoes:
            taken_back = messages_of(self.store, begun.undoes, row.subject)
            assert [(target, body) for target, _, body in told] == [(target, body) for target, _, body in taken_back]
            return
        shown = begun.shown()[row.subject]
        assert plain(row.before, alone=undisturbed) == plain(shown.before, alone=undisturbed)
        assert plain(row.after, alone=undisturbed) == plain(shown.after, alone=undisturbed)
        assert told == [(one.target, one.kind, one.body) for one in shown.outside]

    def _refused_as_shown(self, begun: Begun) -> None:
        if begun.made is None:
            return
        items = {item.subject.partition(":")[2]: item for item in self.action(begun.action_id).items}
        for one in begun.made.refused:
            assert items[one.subject].outcome is Outcome.REFUSED
            assert items[one.subject].reason == {"text": one.text, "values": one.values}

    def _compare_standing(
        self, these: tuple[Begun, ...], came: set[Key], before: Glance, after: Glance, told: str | None
    ) -> None:
        undoes = {one.action_id: one.undoes for one in these}
        hands = Counter(subject for _, subject in came)
        for action_id, subject in came:
            if hands[subject] > 1 or subject == f"order:{told}":
                continue
            undone = undoes[action_id]
            if undone and (undone, subject) in self.stood:
                assert after.standing[subject] == self.stood[undone, subject]
            self.stood[action_id, subject] = before.standing[subject]
