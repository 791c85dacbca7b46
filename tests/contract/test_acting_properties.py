"""What must hold whatever people do, undo and repeat, while orders move on and processes die."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from dashboard.acting import Outcome
from dashboard.clock import FixedClock
from dashboard.permissions import Caller
from datasource.action_work import work
from datasource.previews import PREVIEW_LASTS
from datasource.store import Store
from datasource.write_back import Preview, unfinished
from tests.builders import days
from tests.contract.acting_people import Shop, empty
from tests.contract.acting_shop import LI, REACHED, WANG, check_whole, money, open_shop, pieces
from tests.contract.acting_watch import Begun, Watch
from tests.contract.acting_witness import glance
from tests.contract.order_histories import fold_all, rollups_and_recount

ON_ORDERS = (
    *("retry_dispatch", "switch_label_provider", "pass_review", "hold", "release_hold", "assign", "note"),
    *("open_ticket", "close_ticket", "confirm_delivery", "reject_delivery", "freeze_settlement"),
    *("unfreeze_settlement", "release_stock", "cancel_order"),
)
ON_SKUS, ON_OUTLETS = ("suspend_intake", "resume_intake"), ("freeze_outlet", "unfreeze_outlet")
ORDERS = (*REACHED, "NOBODY")

REFUNDS = ("release_stock", ["REFUND2", "REFUND", "PICK"])
EACH_HOLDS = 2
"""Pieces of milk."""
OF_OTHERS = (*((kind, ["MILK"]) for kind in ON_SKUS), *((kind, ["ZTO-440305"]) for kind in ON_OUTLETS))
ASKED = st.tuples(st.integers(0, 11), st.lists(st.integers(0, 2), min_size=1, max_size=3))
WHO = st.sampled_from([LI, WANG])
EARLIER = st.integers(0, 20)
STATEMENT = st.integers(1, 60)


class Acting(RuleBasedStateMachine):
    """Each rule is one thing that somebody does or that befalls them; between any two of them all must be whole.

    Previews are looked at, applied and worked on in any order, so that actions of two people cross each other.
    """

    previews = Bundle("previews")
    begun = Bundle("begun")
    """Also ``None``, where nothing came of it: what is drawn must not depend on who of two at once was faster."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        empty(store)
        self.shop = Shop(store, store.lifeline(), FixedClock(days(1)), Watch(store))
        open_shop(store, self.shop.lifeline)
        self.had, self.paid = pieces(store), money(store)
        self.kinds, self.orders = ["note"], ["PICK"]

    @initialize(
        kinds=st.lists(st.sampled_from(ON_ORDERS), min_size=2, max_size=3),
        orders=st.lists(st.sampled_from(ORDERS), min_size=1, max_size=3, unique=True),
    )
    def meet(self, kinds: list[str], orders: list[str]) -> None:
        """Few kinds and few orders, or nobody would ever get into anybody's way."""
        self.kinds, self.orders = kinds, orders

    def _asked(self, asked: tuple[int, list[int]]) -> tuple[str, list[str]]:
        kind, places = asked
        if kind > 8:
            return (REFUNDS, *OF_OTHERS)[(kind + places[0]) % 5]
        names = dict.fromkeys(self.orders[place % len(self.orders)] for place in places)
        return self.kinds[kind % len(self.kinds)], list(names)

    @rule(target=previews, asked=ASKED, who=WHO)
    def look(self, asked: tuple[int, list[int]], who: Caller) -> tuple[Preview, Caller]:
        """Somebody looks at what would come of an action."""
        return self.shop.look(*self._asked(asked), who), who

    @rule(target=begun, looked=consumes(previews))
    def apply(self, looked: tuple[Preview, Caller]) -> Begun | None:
        """They apply it, however much has happened since."""
        return self.shop.begin(*looked, self.shop.now())

    @rule(target=begun, number=EARLIER, who=WHO)
    def take_back(self, number: int, who: Caller) -> Begun | None:
        """Somebody takes back what somebody did."""
        return self.shop.undo(number, who)

    @rule(action=consumes(begun))
    def work(self, action: Begun | None) -> None:
        """A process works on it, the first or one that finds it left."""
        if action:
            self.shop.work(action)

    @rule(action=begun, at=STATEMENT)
    def die(self, action: Begun | None, at: int) -> None:
        """A process dies while it works on it."""
        if action:
            self.shop.die(action, at)

    @rule(action=begun, at=STATEMENT)
    def fail(self, action: Begun | None, at: int) -> None:
        """Something breaks while a process works on it."""
        if action:
            self.shop.fail(action, at)

    @rule(action=begun, who=WHO)
    def stop(self, action: Begun | None, who: Caller) -> None:
        """Somebody stops it, begun, half done or over."""
        if action:
            self.shop.stop(action, who)

    @rule(asked=ASKED, who=WHO, back=st.booleans())
    def act(self, asked: tuple[int, list[int]], who: Caller, back: bool) -> None:
        """Somebody looks and applies, and nobody is in between: all comes true to the piece; so does undoing it."""
        begun = self.shop.begin(self.shop.look(*self._asked(asked), who), who, self.shop.clock.instant)
        assert begun is not None
        self.shop.work(begun, undisturbed=True)
        if back and (undone := self.shop.undo(-1, who)):
            self.shop.work(undone, undisturbed=True)

    @rule(asked=ASKED, other=st.integers(0, 8), undone=st.booleans())
    def cross(self, asked: tuple[int, list[int]], other: int, undone: bool) -> None:
        """While one looks at an action, or before one takes it back, another does something to the same orders."""
        kind, names = self._asked(asked)
        looked, crossing = self.shop.look(kind, names, LI), (self._crossing(kind, other), names)
        begun = self.shop.begin(looked, LI, self.shop.now()) if undone else None
        if begun:
            self.shop.work(begun)
        if crossed := self.shop.begin(self.shop.look(*crossing, WANG), WANG, self.shop.now()):
            self.shop.work(crossed)
        if begun := self.shop.undo(-2, LI) if undone else self.shop.begin(looked, LI, self.shop.now()):
            self.shop.work(begun)

    @rule(asked=ASKED, other=st.integers(0, 8), told=st.sampled_from(sorted(REACHED)))
    def meet_at_once(self, asked: tuple[int, list[int]], other: int, told: str) -> None:
        """Two act on the same orders at the same instant, and a source tells of one."""
        kind, names = self._asked(asked)
        asking = ((kind, LI), (self._crossing(kind, other), WANG))
        looked = [(self.shop.look(one, names, who), who) for one, who in asking]
        first, second = (self.shop.begin(*one, self.shop.now()) for one in looked)
        assert first and second
        self.shop.work_at_once(first, second, told)

    def _crossing(self, kind: str, other: int) -> str:
        return kind if other % 3 == 0 else self.kinds[other % len(self.kinds)]

    @rule(sold=st.integers(0, 14))
    def sell_what_was_released(self, sold: int) -> None:
        """Stock of refunded orders is sold again, and then wanted back: what is gone is gone, the rest is locked."""
        begun = self.shop.begin(self.shop.look(*REFUNDS, LI), LI, self.shop.now())
        assert begun is not None
        self.shop.work(begun)
        self.shop.sell("MILK", sold)
        if (undone := self.shop.undo(-1, LI)) is None:
            return
        for item in (item for item in self.shop.work(undone).items if item.outcome is not Outcome.DONE):
            assert item.reason == {"text": "sold", "values": {"sku": "MILK"}}
            assert glance(self.shop.store).for_sale["MILK"] < EACH_HOLDS

    @rule(sku=st.sampled_from(["MILK", "TEA"]), most=st.integers(1, 5))
    def sell(self, sku: str, most: int) -> None:
        """Somebody else buys what is for sale."""
        self.shop.sell(sku, most)

    @rule()
    def pause(self) -> None:
        """Time goes by, longer than a preview holds."""
        self.shop.clock.instant += PREVIEW_LASTS

    @rule(number=EARLIER)
    def ask_again(self, number: int) -> None:
        """An answer was lost, and the same is asked again."""
        self.shop.repeat(number)

    @rule(order=st.sampled_from(sorted(REACHED)), node=st.sampled_from(["pick", "sign", "cancel"]))
    def hear(self, order: str, node: str) -> None:
        """An outside system tells of an order."""
        self.shop.tell(order, node)

    @invariant()
    def whole(self) -> None:
        """Stock and money are conserved, orders follow from their events, the audit's chain holds."""
        check_whole(self.shop.store, self.shop.lifeline)
        assert pieces(self.shop.store) == self.had
        assert money(self.shop.store) == self.paid

    def teardown(self) -> None:
        """Whatever was left is taken up; each key acted once; the fold has seen every change."""
        shop = self.shop
        with shop.store.begin() as connection:
            left = unfinished(connection, days(99))
        for action_id in left:
            work(shop.store, action_id, shop.clock)
        self.whole()
        with shop.store.begin() as connection:
            assert unfinished(connection, days(99)) == []
            keys = "SELECT count(*), count(DISTINCT (actor, idempotency_key)) FROM action"
            assert tuple(connection.execute(text(keys)).one()) == (len(shop.asked), len(shop.asked))
        fold_all(shop.store, shop.lifeline, shop.clock.instant)
        folded, counted = rollups_and_recount(shop.store, shop.lifeline)
        assert folded == counted


def test_whatever_is_done(store: Store) -> None:
    """By two people, outside systems and processes that die, in every order that Hypothesis thinks of."""
    few = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(lambda: Acting(store), settings=few)
