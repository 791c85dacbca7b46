"""What the pages are told of an action, whoever made it: the shapes that previews, actions and their items have."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from dashboard.acting import ActionStatus, Message, Outcome, Values


class Changed(Protocol):
    """What would become of one subject."""

    @property
    def subject(self) -> str:
        """``order:ID`` or the id alone."""

    @property
    def before(self) -> Values:
        """Now."""

    @property
    def after(self) -> Values:
        """Then."""

    @property
    def outside(self) -> Sequence[Message]:
        """What outside systems would be told."""


class Refusing(Protocol):
    """A subject that the action does not apply to, and why: a text of the catalogue with its values."""

    @property
    def subject(self) -> str:
        """``order:ID`` or the id alone."""

    @property
    def text(self) -> str:
        """A key under ``acting.refused``."""

    @property
    def values(self) -> Mapping[str, str]:
        """What fills it."""


class Foreseen(Protocol):
    """A preview."""

    @property
    def kind(self) -> str:
        """The action."""

    @property
    def changes(self) -> Sequence[Changed]:
        """What would change."""

    @property
    def refused(self) -> Sequence[Refusing]:
        """Who is left out."""


class Part(Protocol):
    """What came of an action for one subject."""

    @property
    def subject(self) -> str:
        """``order:ID`` or the id alone."""

    @property
    def outcome(self) -> Outcome:
        """What came of it."""

    @property
    def reason(self) -> Values | None:
        """Why not: ``text`` and ``values``."""

    @property
    def before(self) -> Values | None:
        """As it was."""

    @property
    def after(self) -> Values | None:
        """As it became."""


class Done(Protocol):
    """An action that was begun."""

    @property
    def action_id(self) -> str:
        """Its id."""

    @property
    def kind(self) -> str:
        """What it does."""

    @property
    def params(self) -> Mapping[str, Any]:
        """How."""

    @property
    def actor(self) -> str:
        """Who."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def status(self) -> ActionStatus:
        """How far it is."""

    @property
    def total(self) -> int:
        """How many subjects."""

    @property
    def done(self) -> int:
        """How many are done."""

    @property
    def failed(self) -> int:
        """How many were refused or failed."""

    @property
    def made_at(self) -> datetime:
        """When."""

    @property
    def undoes(self) -> str | None:
        """The action that it takes back."""

    @property
    def undoable(self) -> bool:
        """Whether something of it can be taken back now."""

    @property
    def undone_by(self) -> str | None:
        """The action that took back the last of it."""

    @property
    def being_undone_by(self) -> str | None:
        """The action that is taking it back."""

    @property
    def stopping(self) -> bool:
        """Whether it was stopped, and the subject in hand is not done yet."""

    @property
    def items(self) -> Sequence[Part]:
        """What came of it for each subject."""
