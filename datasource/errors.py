"""What can go wrong with the store, in words that a caller can act on."""


class StoreError(Exception):
    """Something is wrong with the store."""


class StoreUnavailable(StoreError):  # noqa: N818 - it says what is, and reads so where it is caught
    """The database cannot be reached, or broke off; what was begun did not happen. Worth trying again."""


class EmbeddedServerError(StoreError):
    """The embedded database server cannot be started; the message says why and where its log is."""


class NoLifeline(StoreError):  # noqa: N818
    """The store holds no lifeline yet: install one first."""
