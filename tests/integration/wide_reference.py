"""The numbers of a wide file, computed by pandas straight from its columns, without any code of the product."""

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd
import pytest


def agrees(found: object, wanted: dict[str, float | int | None]) -> bool:
    """Whether an object's attributes are these numbers: counts and ``None`` exactly, the others to 1e-9."""
    pairs = [(getattr(found, name), value) for name, value in wanted.items()]
    return all(a == b if b is None or isinstance(b, int) else a == pytest.approx(b, rel=1e-9) for a, b in pairs)


@dataclass(frozen=True)
class Reference:
    """The visits of all orders, one row each: place of the order, node, entered, left, due, exit, measured."""

    visits: pd.DataFrame

    def at(self, node: str, instant: pd.Timestamp, window: timedelta) -> dict[str, float | int | None]:
        """The numbers of a node at an instant: counts, mean dwell in seconds, settled timeout rate."""
        v = self.visits[self.visits.node == node]
        opening = (instant - window).floor("min")
        minute = instant.floor("min")
        here = v.measured & (v.entered <= instant) & ~(v.left <= instant)
        gone = (v.left >= opening) & (v.left <= instant) & (v.exit == "next")
        dwell = (v.left - v.entered)[gone & v.measured].dt.total_seconds()
        due = v[v.measured & (v.due >= opening) & (v.due < minute) & (v.entered <= instant)]
        missed = ~(due.left <= due.due)
        return {
            "in_progress": int(here.sum()),
            "overdue": int((here & (v.due <= instant)).sum()),
            "entered": int(((v.entered >= opening) & (v.entered <= instant)).sum()),
            "left": int(gone.sum()),
            "mean_seconds": float(dwell.mean()) if len(dwell) else None,
            "due": len(due),
            "timeout_rate_settled": float(missed.mean()) if len(due) else None,
        }


def reference(
    stamps: pd.DataFrame, allowances: dict[str, timedelta], cancelled: pd.Series, done: pd.Series
) -> Reference:
    """The visits that the stamps tell of.

    ``stamps``: a column of instants per node, in order. ``cancelled``: the order ended at an unknown time.
    ``done``: the last node is done though it may have no stamp. A node without a stamp was skipped if a later one has
    one; the first node after the last stamp is where an order waits, if it does.
    """
    parts = []
    arrived = stamps.iloc[:, 0].copy()  # the order is created as it leaves the first node
    last = list(stamps.columns)[-1]
    for place, node in enumerate(stamps.columns):
        left = stamps[node]
        later = stamps.iloc[:, place + 1 :].notna().any(axis=1) | (done if node != last else False)
        undated = left.isna() & done if node == last else pd.Series(False, index=left.index)
        waiting = left.isna() & ~later & ~undated
        waiting &= stamps.iloc[:, place - 1].notna() if place else True
        visits = pd.DataFrame({"order": stamps.index, "node": node, "entered": arrived, "left": left})[
            left.notna() | waiting | undated
        ]
        visits["due"] = visits.entered + allowances[node]
        visits["exit"] = "next"
        visits.loc[waiting & ~cancelled, "exit"] = None
        visits.loc[waiting & cancelled, "exit"] = "cancelled"
        backwards = visits.left < visits.entered
        visits["mark"] = None
        visits.loc[backwards, "mark"] = "out_of_order"
        visits.loc[undated.reindex(visits.index), "mark"] = "missing_time"
        visits.loc[(waiting & cancelled).reindex(visits.index), "mark"] = "cancelled_undated"
        visits["measured"] = visits.mark.isna()
        parts.append(visits)
        arrived = left.where(left.notna(), arrived)
    return Reference(pd.concat(parts, ignore_index=True))
