"""The orders that are alive in the shop, and how they answer to what is asked of them from outside."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from simpy import Environment, Event

from datasource.demo.flow import STEPS, Flow, Process
from datasource.demo.incidents import instant_of
from datasource.demo.orders import Order
from datasource.demo.parameters import Errand
from datasource.demo.requests import STOPS, Request, Standing, Wish

_CURES = {Wish.PICK_LIST: "pick_list", Wish.LABEL: "label"}
_RECALLS = {Wish.NO_PICK_LIST: "pick_list", Wish.NO_LABEL: "label"}


class Lives:
    """Starts the life of each order, and leads it elsewhere where somebody asks for that."""

    def __init__(self, env: Environment, flow: Flow, errands: dict[str, Errand]) -> None:
        self.env, self.flow, self.errands = env, flow, errands
        self.alive: dict[str, Order] = {}
        self._known: dict[str, Request] = {}
        self._unnoted: dict[str, Request] = {}
        self._free: dict[str, float] = {}  # when whoever does an errand can do the next

    def begin(self, order: Order) -> None:
        """From its creation on; one that holds a suspended SKU never comes about."""
        if not self.flow.stops.takes_in(order):
            return
        self.alive[order.order_id] = order
        self._lead(order, self.flow.life(order))

    def learn(self, requests: Iterable[Request]) -> None:
        """Take requests up: each at the instant at which it was before, new ones now."""
        for request in requests:
            if request.request_id in self._known:
                continue
            taken = request if request.at else replace(request, at=instant_of(self.env.now))
            self._known[request.request_id] = taken
            if taken is not request:
                self._unnoted[request.request_id] = taken
            self.env.process(self._take_up(taken))

    def compare(self, standings: Iterable[Standing]) -> list[Request]:
        """What is to be asked of those orders that stand otherwise in the store than in the shop."""
        return [request for standing in standings if (request := self._wanted(standing))]

    def unnoted(self) -> list[Request]:
        """Those that were taken up, and are not noted yet."""
        return list(self._unnoted.values())

    def note(self, requests: Iterable[Request]) -> None:
        """They are noted now."""
        for request in requests:
            self._unnoted.pop(request.request_id, None)

    def _wanted(self, standing: Standing) -> Request | None:
        order = self.alive.get(standing.order_id)
        if order is None:
            return None
        wish, node = Wish.PLACED, standing.node
        if standing.moved and node is None:
            wish = Wish.OVER
        elif standing.held:
            wish = Wish.HELD
        elif not order.held and (not standing.moved or node not in STEPS or STEPS[node] == order.step):
            return None
        if order.held and wish is Wish.HELD:
            return None
        if wish is Wish.PLACED and not standing.moved:
            node = None  # only let go of: it goes on from where the shop has it
        return Request(f"people-{standing.seq}", order.order_id, wish, node, instant_of(self.env.now))

    def _take_up(self, request: Request) -> Process:
        assert request.at is not None
        yield self.env.timeout(max(0.0, request.at.timestamp() - self.env.now))
        order = self.alive.get(request.subject)
        if request.wish in STOPS:
            self.flow.stops.hear(request.wish, request.subject)
        elif order is not None:
            self._answer(order, request)

    def _answer(self, order: Order, request: Request) -> None:
        wish = request.wish
        if cure := _CURES.get(wish):
            order.cures |= {cure}
            errand = self.errands[cure]
            if not order.held and order.node in errand.nodes:
                order.hurried = cure
                turn = max(self._free.get(cure, 0.0), self.env.now + errand.first)
                self._free[cure] = turn + errand.each
                self._lead(order, self.flow.hurried(order, turn - self.env.now))
        elif recalled := _RECALLS.get(wish):
            order.cures -= {recalled}
            if order.hurried == recalled:
                self._lead(order, self.flow.life(order, order.step))
        elif wish is Wish.PLACED:
            order.held = False
            self._lead(order, self.flow.life(order, STEPS[request.node] if request.node else order.step))
        elif wish is Wish.HELD:
            order.held = True
            self._leave_alone(order)
        else:
            order.over = True
            self._leave_alone(order)

    def _lead(self, order: Order, life: Process) -> None:
        self._leave_alone(order)
        order.life = self.env.process(life)
        order.life.callbacks.append(partial(self._ended, order))

    def _leave_alone(self, order: Order) -> None:
        if order.life is not None and order.life.is_alive:
            order.life.interrupt()

    def _ended(self, order: Order, _: Event) -> None:
        if order.over:
            self.alive.pop(order.order_id, None)
