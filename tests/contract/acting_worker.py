"""A process that works on one action, to be killed: ``python -m tests.contract.acting_worker URL ACTION``."""

import sys

from dashboard.clock import WallClock
from datasource.action_work import work
from datasource.store import Store

if __name__ == "__main__":
    store = Store.open(sys.argv[1])
    work(store, sys.argv[2], WallClock())
    store.close()
