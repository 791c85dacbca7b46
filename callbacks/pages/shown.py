"""What the browser shows, kept in the page, so that callbacks and the live client know whose answer they want."""

from collections.abc import Mapping

from callbacks.pages.address import Address

SHOWN = "shown"
"""The id of the store that holds it: ``url``, ``lang``, ``theme``, ``shape`` and ``title`` of the page."""


def address_shown(shown: Mapping[str, str] | None) -> Address:
    """The address of the page that the browser shows. Raises ``AddressError`` if that is none of ours."""
    told = shown or {}
    return Address.parse(str(told.get("url", "/")), str(told.get("lang", "")), str(told.get("theme", "")))
