"""Conditions that lists share: by state, by a customer's label, by time. Never runs a query."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, false

UNSPEAKABLE = frozenset('"\\')  # cannot be part of a JSON path on both databases; nor can control characters


def state_is(column: Column[Any], wanted: str | Iterable[str]) -> ColumnElement[bool]:
    """One state or any of several."""
    states = [wanted] if isinstance(wanted, str) else list(wanted)
    return column.in_([str(state) for state in states])


def label_is(column: Column[Any], path: tuple[str, ...], wanted: str) -> ColumnElement[bool]:
    """The text at `path` inside a JSON column. A path that no label can have matches nothing."""
    spoken = "".join(path)
    if UNSPEAKABLE & set(spoken) or any(character < " " for character in spoken) or "\x00" in wanted:
        return false()
    value: Any = column
    for part in path:
        value = value[part]
    condition: ColumnElement[bool] = value.as_string() == wanted
    return condition
