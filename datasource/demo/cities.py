"""The cities that the demo shop delivers to, and the lifeline that names them."""

import tomllib
from copy import deepcopy
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from dashboard.lifeline import Lifeline, read_lifeline
from datasource.lifelines import shipped

_FILE = Path(__file__).with_name("cities.toml")
_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class City:
    """``adcode``: six digits of GB/T 2260; ``population`` in millions; ``place``: longitude and latitude in degrees."""

    adcode: str
    en: str
    zh: str
    population: float
    place: tuple[float, float]


def read_cities() -> tuple[City, ...]:
    """Every city that the shop delivers to."""
    with _FILE.open("rb") as file:
        rows = tomllib.load(file)["cities"]
    return tuple(City(str(code), en, zh, float(people), (east, north)) for code, en, zh, people, east, north in rows)


def demo_lifeline() -> Lifeline:
    """The distributor's lifeline, with the names of the demo shop's cities as values of the dimension ``region``."""
    table = deepcopy(dict(shipped("distributor").table))
    region = next(row for row in table["dimensions"] if row["key"] == "region")
    region["values"] = {city.adcode: {"en": city.en, "zh": city.zh} for city in read_cities()}
    return read_lifeline(table)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great-circle distance of two places (haversine formula)."""
    (east_a, north_a), (east_b, north_b) = ((radians(place[0]), radians(place[1])) for place in (a, b))
    chord = sin((north_b - north_a) / 2) ** 2 + cos(north_a) * cos(north_b) * sin((east_b - east_a) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(chord))
