"""Why an action is not begun. ``text``: a key under ``acting.error``; ``values`` fill it; ``status``: of HTTP."""

from collections.abc import Mapping


class ActingError(Exception):
    """Something about the asking is wrong; nothing was changed."""

    status = 422

    def __init__(self, text: str, status: int | None = None, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values
        self.status = status or self.status

    @property
    def facts(self) -> Mapping[str, str]:
        """What a program is told besides the words."""
        return {}


class NobodyWaits(Exception):  # noqa: N818 - it says what happened
    """Whoever asked has gone; nothing was changed."""


class ActionDenied(ActingError):  # noqa: N818 - it says what happened
    """The caller may not do this."""

    status = 403


class UnknownKind(ActingError):  # noqa: N818 - it says what happened
    """There is no such action."""

    status = 404


class BadParams(ActingError):  # noqa: N818 - it says what happened
    """A parameter is missing or cannot be used; ``values`` has its ``field``."""


class TooMany(ActingError):  # noqa: N818 - it says what happened
    """More subjects than one action takes."""


class PreviewGone(ActingError):  # noqa: N818 - it says what happened
    """The preview has expired, was used, or is another's."""

    status = 404


class KeyReused(ActingError):  # noqa: N818 - it says what happened
    """The idempotency key stands for another request."""

    status = 409


class NoAction(ActingError):  # noqa: N818 - it says what happened
    """There is no such action, or it is not one that can be taken back."""

    status = 404


class Undone(ActingError):  # noqa: N818 - it says what happened
    """Nothing is left to take back, or somebody is at it: ``by`` is the action that took it back, or does."""

    status = 409

    def __init__(self, text: str, by: str) -> None:
        super().__init__(text, by=by)
        self.by = by

    @property
    def facts(self) -> Mapping[str, str]:
        """The undo."""
        return {"undone_by": self.by}
