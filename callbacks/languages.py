"""Which language a request wants."""

from layouts.texts import LANGUAGES


def preferred(accept_language: str, otherwise: str = LANGUAGES[0]) -> str:
    """The language that an ``Accept-Language`` header likes best among those there are (RFC 9110, 12.5.4)."""
    ranked = sorted((_weighed(part) for part in accept_language.split(",")[:20]), key=lambda one: -one[1])
    for tag, weight in ranked:
        if weight > 0 and tag == "*":
            return otherwise
        if weight > 0 and tag in LANGUAGES:
            return tag
    return otherwise


def _weighed(part: str) -> tuple[str, float]:
    tag, _, parameter = part.strip().lower().partition(";")
    try:
        weight = float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        weight = 0.0
    return tag.strip().split("-")[0], weight
