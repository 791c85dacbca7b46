"""Which display or token somebody means: by its id, or by the name that only one of those in force bears."""

from sqlalchemy import Column, ColumnElement, Connection, select

from datasource.people import PersonRefused

Condition = ColumnElement[bool]


def the_one_meant(connection: Connection, id_: Column[str], in_force: Condition, meant: str, kind: str) -> str:
    """The id of the one in force of that id, else of that name. ``kind``: ``kiosk`` or ``token``, for the words.

    Raises:
        PersonRefused: there is none, or several bear the name.
    """
    table = id_.table
    named = select(id_).where(in_force, table.c.name == meant).order_by(id_)
    exact = connection.execute(select(id_).where(in_force, id_ == meant)).scalar_one_or_none()
    found = [exact] if exact else list(connection.execute(named).scalars())
    if not found:
        raise PersonRefused(f"no_{kind}", id=meant)
    if len(found) > 1:
        raise PersonRefused(f"several_{kind}s", name=meant, ids=", ".join(found))
    return str(found[0])


def check_only_one(connection: Connection, id_: Column[str], in_force: Condition, new: str, kind: str) -> None:
    """Whether the new one bears a name of its own among those in force: the audit knows them by it.

    To be asked after the audit was written, which one transaction at a time does: two at once see each other.

    Raises:
        PersonRefused: another bears it already.
    """
    table = id_.table
    name = connection.execute(select(table.c.name).where(id_ == new)).scalar_one()
    others = select(id_).where(in_force, table.c.name == name, id_ != new).order_by(id_).limit(1)
    if other := connection.execute(others).scalar():
        raise PersonRefused(f"{kind}_named", name=name, id=other)
