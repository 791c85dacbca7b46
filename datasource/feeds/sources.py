"""Which files an import reads: the tables of orders, and the side files that belong to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasource.feeds.errors import InputError
from datasource.feeds.mapping import Mapping
from datasource.feeds.rejects import SUFFIX

_KINDS = ("*.csv", "*.txt", "*.tsv", "*.parquet", "*.pq")


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one import. ``sides``: by join, ``None`` where an optional one is not there."""

    main: tuple[Path, ...]
    sides: dict[str, Path | None]


def find_sources(paths: Sequence[Path], mapping: Mapping, mapping_path: Path) -> Sources:
    """Sort the given files and folders into tables of orders and side files.

    A file that is called as a join's is that side file. Side files that were not given are looked for beside the
    first table, then beside the mapping.

    Raises:
        InputError: there is no such file, or no table of orders among them.
    """
    side_names = {Path(join.file).name for join in mapping.joins.values()}
    files = [file for path in paths for file in _files(path, mapping, side_names)]
    main = list(dict.fromkeys(file for file in files if file.name not in side_names))
    if not main:
        raise InputError(f"There is nothing to import in {', '.join(str(path) for path in paths) or 'no files'}")
    given = {file.name: file for file in files if file.name in side_names}
    sides = {}
    for name, join in mapping.joins.items():
        places = [folder / join.file for folder in (main[0].parent, mapping_path.parent)]
        beside = next((place for place in places if place.is_file()), None)
        sides[name] = given.get(Path(join.file).name, beside)
        if sides[name] is None and not join.optional:
            raise InputError(f"joins.{name}.file: there is no {join.file!r}, neither given nor beside {main[0].name}")
    return Sources(tuple(main), sides)


def _files(path: Path, mapping: Mapping, side_names: set[str]) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif not path.is_dir():
        raise InputError(f"{path}: there is no such file")
    elif mapping.file:
        yield from sorted(path.glob(mapping.file))
        yield from (path / name for name in sorted(side_names) if (path / name).is_file())
    else:
        yield from sorted(file for kind in _KINDS for file in path.glob(kind) if not file.name.endswith(SUFFIX))
