"""What must hold whatever people do, undo and repeat, while orders move on and processes die."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from dashboard.acting import ActionStatus
from dashboard.clock import FixedClock
from dashboard.permissions import Caller
from datasource.action_work import work
from datasource.store import Store
from datasource.write_back import Preview, unfinished
from tests.builders import days
from tests.contract.acting_people import Begun, Killed, Shop, empty
from tests.contract.acting_shop import LI, REACHED, WANG, check_whole, money, open_shop, pieces
from tests.contract.order_histories import fold_all, rollups_and_recount

ON_ORDERS = (
    *("retry_dispatch", "switch_label_provider", "pass_review", "hold", "release_hold", "assign", "note"),
    *("open_ticket", "close_ticket", "confirm_delivery", "reject_delivery", "freeze_settlement"),
    *("unfreeze_settlement", "release_stock", "cancel_order"),
)
ON_SKUS, ON_OUTLETS = ("suspend_intake", "resume_intake"), ("freeze_outlet", "unfreeze_outlet")
ORDERS = (*REACHED, "NOBODY")

REFUNDS = ("release_stock", ["REFUND2", "REFUND", "PICK"])
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

    def __init__(self, store: Store) -> None:
        super().__init__()
        empty(store)
        self.shop = Shop(store, store.lifeline(), FixedClock(days(1)))
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
    def apply(self, looked: tuple[Preview, Caller]) -> object:
        """They apply it, however much has happened since."""
        return self._or_none(self.shop.begin(*looked, self.shop.now()))

    @rule(target=begun, number=EARLIER, who=WHO)
    def take_back(self, number: int, who: Caller) -> object:
        """Somebody takes back what somebody did."""
        return self._or_none(self.shop.undo(number, who))

    @rule(action=consumes(begun))
    def work(self, action: Begun) -> None:
        """A process works on it, the first or one that finds it left."""
        assert self.shop.work(action).status is not ActionStatus.RUNNING

    @rule(action=begun, at=STATEMENT, fails=st.booleans())
    def die(self, action: Begun, at: int, fails: bool) -> None:
        """A process dies while it works on it, or something breaks in it."""
        self.shop.work(action, dies=(at, RuntimeError("broken") if fails else Killed()))

    @rule(action=begun, who=WHO)
    def stop(self, action: Begun, who: Caller) -> None:
        """Somebody stops it, begun, half done or over."""
        self.shop.stop(action, who)

    @rule(asked=ASKED, who=WHO)
    def act(self, asked: tuple[int, list[int]], who: Caller) -> None:
        """Somebody looks and applies, and nobody is in between: the preview comes true to the piece."""
        begun = self.shop.begin(self.shop.look(*self._asked(asked), who), who, self.shop.clock.instant)
        assert begun is not None
        self.shop.work(begun, undisturbed=True)

    @rule(asked=ASKED, other=st.integers(0, 8), undone=st.booleans())
    def cross(self, asked: tuple[int, list[int]], other: int, undone: bool) -> None:
        """While one looks at an action, or before one takes it back, another does something to the same orders."""
        kind, names = self._asked(asked)
        looked, crossing = self.shop.look(kind, names, LI), (self.kinds[other % len(self.kinds)], names)
        begun = self.shop.begin(looked, LI, self.shop.now()) if undone else None
        if begun:
            self.shop.work(begun)
        if crossed := self.shop.begin(self.shop.look(*crossing, WANG), WANG, self.shop.now()):
            self.shop.work(crossed)
        if begun := self.shop.undo(-2, LI) if undone else self.shop.begin(looked, LI, self.shop.now()):
            self.shop.work(begun)

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

    @staticmethod
    def _or_none(begun: Begun | None) -> object:
        return multiple() if begun is None else begun


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
