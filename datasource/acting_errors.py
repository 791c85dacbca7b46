"""Why an action is not begun. ``text``: a key under ``acting.error``; ``values`` fill it; ``status``: of HTTP."""


class ActingError(Exception):
    """Something about the asking is wrong; nothing was changed."""

    status = 422

    def __init__(self, text: str, status: int | None = None, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values
        self.status = status or self.status


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
