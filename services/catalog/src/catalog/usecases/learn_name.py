"""Keep a copy of what another service calls a thing."""

from sqlalchemy.orm import Session

from catalog.models import KnownName


def learn_name(
    session: Session, *, id: str, kind: str, name: str, version: int, deleted: bool = False
) -> None:
    """
    Remember *name* unless a newer version is known already.
    """
    row = session.get(KnownName, id, with_for_update=True)
    if row is None:
        session.add(KnownName(id=id, kind=kind, name=name, version=version, deleted=deleted))
    elif version > row.version:
        row.name, row.version, row.deleted = name, version, deleted
