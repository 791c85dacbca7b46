"""The way of one order through the shop, as a simpy process."""

from collections.abc import Generator
from typing import Any, Unpack

from simpy import Environment, Interrupt
from simpy import Event as Happening

from dashboard.events import Facts, Kind
from datasource.demo.incidents import Effect, Incidents, Occurrence, lot
from datasource.demo.orders import Order
from datasource.demo.parameters import Parameters
from datasource.demo.reports import Reports, Said, instant
from datasource.demo.stations import Rooms
from datasource.demo.stops import Stops
from datasource.demo.timetables import Pace, next_run, spread_phase

Process = Generator[Happening, Any, None]

_DAY = 86400.0
_NOTICED_AFTER = 40.0  # seconds until somebody sees that nothing comes out of the printer
_RESTARTED_WITHIN = 1500.0  # seconds over which the held orders are worked off once it is over
_NO_SCAN_AFTER = _DAY
_BOUNCED = "review_bounced"
_PAID_BACK_AFTER = 2.0  # seconds from the customer's revoke to the express refund

_NODES = ("pay", "review", "quality", "allocate", "pick", "pack", "dispatch", "pickup", "transit", "sign", "close")
STEPS = {"place": 0} | {node: step for step, node in enumerate(_NODES)}
"""The step of an order's life in which it stands at the node."""

_ENDS: dict[str, tuple[str, str | None, str | None]] = {
    "quality": ("wms", None, None),
    "allocate": ("erp", "allocated", None),
    "pick": ("wms", None, None),
    "pack": ("wms", "packed", None),
    "dispatch": ("wms", "dispatched", "waybill"),
    "pickup": ("carrier", "picked_up", "waybill"),
}
"""Who tells that an order left the node, with which status, and which of the order's documents."""


class Flow:
    """Leads orders along the twelve nodes; what it needs of the shop stands ready in it."""

    def __init__(
        self, env: Environment, shop: Parameters, reports: Reports, rooms: Rooms, incidents: Incidents, couriers: Pace
    ) -> None:
        self.env, self.shop, self.reports = env, shop, reports
        self.rooms, self.incidents, self.couriers = rooms, incidents, couriers
        self.stops = Stops(env)
        self._late = {carrier.key: carrier.reports_late for carrier in shop.carriers}
        self._trucks = _timetables(shop)
        self._batches = {
            warehouse.key: spread_phase(place, shop.allocation_every) for place, warehouse in enumerate(shop.warehouses)
        }

    def life(self, order: Order, step: int = 0) -> Process:
        """The whole of it: from the instant of its creation, or from a later step, until it is closed or cancelled.

        Whoever interrupts it leads the order on otherwise.
        """
        parts = (
            *(self._bought, self._reviewed, self._checked, self._allocated, self._picked, self._packed),
            *(self._dispatched, self._picked_up, self._travelled, self._signed, self._closed),
        )
        order.hurried = None
        try:
            for order.step in range(step, len(parts)):
                order.node = _NODES[order.step]
                yield from parts[order.step](order)
                if order.over:
                    return
        except Interrupt:
            return

    def hurried(self, order: Order, after: float) -> Process:
        """It leaves where it is after so many seconds, whatever stops it there, and then lives on."""
        try:
            yield self.env.timeout(after)
        except Interrupt:
            return
        self._done(order, order.node)
        yield from self.life(order, order.step + 1)

    def _bought(self, order: Order) -> Process:
        yield self.env.timeout(order.times.receipt)
        outer = "" if self.incidents.hitting(Effect.EMPTY_ID, "place", order) else order.outer_order_id
        facts = Facts(outer, instant(order.created), order.amount, self.shop.currency, order.dimensions)
        self._left(order, "place", "channel", status="awaiting_payment", facts=facts)
        if (patience := order.faults.get("never_paid")) is not None:
            yield self.env.timeout(min(patience, 29 * 60.0))
            return self._cancel(order, "pay")
        yield self.env.timeout(order.times.payment)
        if extra := order.faults.get("payment_callback_missed"):
            self._trouble(order, "pay", "payment_callback_missed", "channel")
            yield self.env.timeout(extra)
        self._left(order, "pay", "payment", status="paid")
        if "callback_silent" not in order.faults:
            self.reports.tell(order, "channel.paid", Kind.STATUS, None, "channel", status="paid")

    def _reviewed(self, order: Order) -> Process:
        times = order.times
        yield from self._review(order, times.review_wait, times.review_work, "")
        if order.over or (extra := order.faults.get(_BOUNCED)) is None:
            return
        yield self.env.timeout(extra)
        self.reports.tell(order, "review.entered.2", Kind.ENTERED, "review", "erp", exception=_BOUNCED)
        yield from self._review(order, times.again_wait, times.again_work, ".2")

    def _review(self, order: Order, wait: float, work: float, again: str) -> Process:
        yield self.env.timeout(wait)
        if not again:
            if extra := order.faults.get("cancelled_review"):
                yield self.env.timeout(extra)
                return self._cancel(order, "review")
            if extra := order.faults.get("invoice_incomplete"):
                self._trouble(order, "review", "invoice_incomplete", "erp")
                yield self.env.timeout(extra)
        room = self.rooms.room("review", order.dimensions["warehouse"])
        yield room.serve(work)
        said = Said(operator=room.worker(order.times.luck), document=order.invoice, status="reviewed")
        self.reports.tell(order, f"review.left{again}", Kind.LEFT, "review", "erp", **said)

    def _checked(self, order: Order) -> Process:
        yield from self._station(order, order.times.quality_wait, order.times.quality_work, "duplicate_batch")

    def _allocated(self, order: Order) -> Process:
        batch = next_run(self.env.now, self.shop.allocation_every, self._batches[order.dimensions["warehouse"]])
        yield self.env.timeout(batch - self.env.now + order.times.allocation + order.faults.get("stock_wait", 0.0))
        self._done(order, "allocate")

    def _picked(self, order: Order) -> Process:
        if extra := order.faults.get("cancelled_pick"):
            yield self.env.timeout(extra)
            return self._cancel(order, "pick")
        yield from self._station(order, order.times.pick_wait, order.times.pick_work, "stock_short")

    def _packed(self, order: Order) -> Process:
        yield from self._station(order, order.times.pack_wait, order.times.pack_work)

    def _dispatched(self, order: Order) -> Process:
        yield from self._station(order, order.times.dispatch_wait, order.times.dispatch_work)

    def _station(self, order: Order, wait: float, work: float, fault: str | None = None) -> Process:
        node, came = order.node, self.env.now
        yield self.env.timeout(wait)
        if fault and (extra := order.faults.get(fault)):
            self._trouble(order, node, fault, "wms")
            yield self.env.timeout(extra)
        if self.incidents.going_on:
            yield from self._held(order, node)
            yield from self._paid_back(order, node)
            if order.over:
                return
        yield self.rooms.room(node, order.dimensions["warehouse"]).serve(work)
        operator = self._worker(order, node)
        ago = yield from self._stamped_late(order, node, came)
        self._done(order, node, ago, operator)

    def _stamped_late(self, order: Order, node: str, came: float) -> Generator[Happening, Any, float]:
        """By how many seconds the stamp lies back: told late, or by a clock that is behind the order's coming."""
        skewed = self.incidents.hitting(Effect.SKEWED, node, order)
        if skewed is None:
            return 0.0
        wrong = skewed.plan.skew * (0.5 + order.times.luck)
        if lot(order.order_id) < 0.5:
            return self.env.now - came + wrong
        yield self.env.timeout(wrong)
        return wrong

    def _picked_up(self, order: Order) -> Process:
        dispatched = self.env.now
        yield from self._waits_for_truck(order)
        behind = order.faults.get("clock_behind")
        self._done(order, "pickup", self.env.now - dispatched + behind if behind else 0.0)

    def _travelled(self, order: Order) -> Process:
        if "waybill_unknown" in order.faults:
            yield self.env.timeout(order.faults["waybill_unknown"])
            self.reports.tell(order, "carrier.unknown", Kind.STATUS, None, "carrier", status="no_such_waybill")
        travel = order.times.transit
        if (extra := order.faults.get("no_scan")) is not None:
            yield self.env.timeout(min(travel, _NO_SCAN_AFTER))
            self._trouble(order, "transit", "no_scan", "carrier")
            travel = max(travel - _NO_SCAN_AFTER, 0.0) + extra
        yield self.env.timeout(travel)
        self._left(order, "transit", "carrier", status="out_for_delivery")

    def _waits_for_truck(self, order: Order) -> Process:
        left_behind = order.faults.get("left_behind", 0.0)
        every, phase = self._trucks[order.dimensions["warehouse"], order.dimensions["carrier"]]
        if self.stops.frozen:
            yield from self.stops.unlabelled(order)
        while True:
            if self.incidents.going_on:
                yield from self._held(order, "pickup")
            if left_behind:
                yield self.env.timeout(left_behind)
                left_behind = 0.0
            truck = next_run(self.env.now, every, phase)
            yield self.env.timeout(truck - self.env.now + order.times.loading)
            if not self.incidents.hitting(Effect.HALT, "pickup", order):
                return

    def _signed(self, order: Order) -> Process:
        if early := self.incidents.hitting(Effect.SIGNED_EARLY, "sign", order):
            yield self.env.timeout(order.times.receipt)
            self._trouble(order, "sign", early.plan.exception, "carrier", status="signed")
        effort = order.times.delivery
        if extra := order.faults.get("recipient_absent"):
            yield self.env.timeout(self.couriers.after(self.env.now, effort) - self.env.now)
            self._trouble(order, "sign", "recipient_absent", "carrier")
            effort = extra
        yield self.env.timeout(self.couriers.after(self.env.now, effort) - self.env.now)
        late = order.faults.get("reports_late", 0.0) * self._late[order.dimensions["carrier"]]
        if late:
            yield self.env.timeout(late)
        self._left(order, "sign", "carrier", status="signed", ago=late)

    def _closed(self, order: Order) -> Process:
        yield self.env.timeout(order.times.closing + order.faults.get("claim", 0.0))
        order.over = True
        self._left(order, "close", "erp", status="completed")

    def _held(self, order: Order, node: str) -> Process:
        """Wait while an incident stops the order at the node, and say so once for each, where it says anything."""
        while incident := self.incidents.hitting(Effect.HALT, node, order):
            yield self.env.timeout(_NOTICED_AFTER)
            self._trouble(order, node, incident.plan.exception, "wms", f".{instant(incident.began):%Y%m%d%H%M}")
            yield from self._until_over(order, incident)

    def _paid_back(self, order: Order, node: str) -> Process:
        """The customer revokes, the money goes back at once, and no review releases the stock: until it is over."""
        if not (incident := self.incidents.hitting(Effect.REFUND, node, order)):
            return
        self.reports.tell(order, "channel.revoked", Kind.STATUS, None, "channel", status="cancelled")
        yield self.env.timeout(_PAID_BACK_AFTER)
        self._trouble(order, node, incident.plan.exception, "payment", status="refunded")
        yield from self._until_over(order, incident)
        self.reports.tell(order, "payment.settled", Kind.STATUS, None, "payment", status="refund_settled")
        self._cancel(order, node)

    def _until_over(self, order: Order, incident: Occurrence) -> Process:
        yield incident.over
        yield self.env.timeout(_RESTARTED_WITHIN * order.times.luck)

    def _done(self, order: Order, node: str, ago: float = 0.0, operator: str | None = None) -> None:
        """What the warehouse or the carrier tells of an order that it is done with."""
        source, status, document = _ENDS[node]
        said = Said()
        if status:
            said["status"] = status
        if document:
            said["document"] = order.waybill
        if operator or source == "wms":
            said["operator"] = operator or self._worker(order, node)
        self._left(order, node, source, ago=ago, **said)

    def _worker(self, order: Order, node: str) -> str:
        return self.rooms.room(node, order.dimensions["warehouse"]).worker(order.times.luck)

    def _left(self, order: Order, node: str, source: str, *, ago: float = 0.0, **said: Unpack[Said]) -> None:
        self.reports.tell(order, f"{node}.left", Kind.LEFT, node, source, ago, **said)

    def _trouble(
        self, order: Order, node: str, trouble: str | None, source: str, nth: str = "", status: str | None = None
    ) -> None:
        if trouble is None:
            return
        said = Said(exception=trouble) if status is None else Said(exception=trouble, status=status)
        self.reports.tell(order, f"{node}.{trouble}{nth}", Kind.EXCEPTION, node, source, **said)

    def _cancel(self, order: Order, node: str) -> None:
        order.over = True
        said = Said(exception="customer_cancelled", status="cancelled")
        self.reports.tell(order, f"{node}.cancelled", Kind.CANCELLED, None, "channel", **said)


def _timetables(shop: Parameters) -> dict[tuple[str, str], tuple[float, float]]:
    pairs = [(warehouse, carrier) for carrier in shop.carriers for warehouse in shop.warehouses]
    return {
        (warehouse.key, carrier.key): (carrier.trucks, spread_phase(place, carrier.trucks))
        for place, (warehouse, carrier) in enumerate(pairs)
    }
