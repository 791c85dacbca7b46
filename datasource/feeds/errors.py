"""What stops an import as a whole; what is wrong with single rows goes to the rejects instead."""


class FeedError(Exception):
    """The import cannot be done as asked; nothing was written for it. The message is one clear line."""


class MappingError(FeedError):
    """The mapping is wrong, or does not fit the file or the lifeline; the message names the field."""


class InputError(FeedError):
    """A file is missing, cannot be opened, or is not of a kind that can be read."""


class LifelineConflict(FeedError):  # noqa: N818 - it says what is, and reads so where it is caught
    """The store holds orders of another lifeline than the mapping's."""
