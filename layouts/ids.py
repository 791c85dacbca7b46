"""The ids of the parts that a callback or the live hub addresses. Everything else has no id.

A live part is one that the hub may change in place: its id begins with ``live:`` and holds neither ``.`` nor ``{``,
which Dash does not allow in an id.
"""

from typing import TypeGuard

LIVE = "live:"

LOCATION = "location"
PAGE = "page"
MAIN = "main"
ORDERS = "orders-of-node"
SEARCH = "search"
SEARCH_RESULTS = "search-results"
SLICE_PICKER = "slice-picker"
WINDOW_PICKER = "window-picker"
KEYS = "keys"
KEYS_TITLE = "keys-title"
REPLAY_COMMAND = "replay-command"
REPLAY_ANSWER = "replay-answer"
REPLAY_TO = "replay-to"
ACTING = "acting"
ACTING_COMMAND = "acting-command"
ACTING_STATE = "acting-state"
ACTING_HEAD = "acting-head"
ACTING_FORM = "acting-form"
ACTING_SAID = "acting-said"
ACTING_ASKS = "acting-asks"
ACTING_FOOT = "acting-foot"
ACTING_WAIT = "acting-wait"
ACTING_ASIDE = "acting-aside"
ACTING_TITLE = "acting-title"
ACTING_REASON = "acting-reason"
FIND_SKU = "find-sku"
FIND_OUTLET = "find-outlet"
WHO = "who"
SIGN_OUT_TOKEN = "sign-out-token"  # noqa: S105 - an id
CONNECTION_LOST = "connection-lost"
CONNECTION_LOST_TIME = "connection-lost-time"

_FORBIDDEN = str.maketrans({".": "_", "{": "_"})


def live(part: str, *keys: str) -> str:
    """The id of a live part: ``live("chain-index", "pickup")`` is ``live:chain-index:pickup``."""
    return LIVE + ":".join((part, *keys)).translate(_FORBIDDEN)


def is_live(component_id: object) -> TypeGuard[str]:
    """Whether the hub may change the component that carries this id."""
    return isinstance(component_id, str) and component_id.startswith(LIVE)
