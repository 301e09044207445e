"""Form names with brackets become nested values by the rules that PHP 8.2 follows, because its clients write them.
Works on (name, value) pairs in order of arrival; never sees a body, and never cuts silently what is over a limit."""

import re
from collections.abc import Iterable
from typing import Any

from storage.errors import Invalid

MAX_NESTING = 64
MAX_VARIABLES = 1000
INTEGER_KEY = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII)  # no longer than the largest one
LARGEST_INTEGER = 2**63 - 1

Nested = dict[str | int, Any]


def keys_of(name: str) -> list[str | None] | None:
    """The path that a name means: the first part mangled, keys in brackets kept; None inside appends.

    None instead of a list: the name is ignored (empty, or it starts with a bracket).
    """
    name = name.split("\0")[0].lstrip(" ")
    if not name or name[0] == "[":
        return None
    bracket = name.find("[")
    if bracket < 0:
        return [_mangled(name)]
    if name.find("]", bracket + 1) < 0:
        return [_mangled(name[:bracket]) + "_" + re.sub(r"[. \[]", "_", name[bracket + 1 :])]
    path: list[str | None] = [_mangled(name[:bracket])]
    at = bracket
    while at < len(name) and name[at] == "[":
        end = name.find("]", at + 1)
        if end < 0:
            break
        key = name[at + 1 : end]
        path.append(key if key.strip() else None)
        at = end + 1
    return path


def build(pairs: Iterable[tuple[str, Any]]) -> Nested:
    """All pairs as one nested dict; iteration order is order of arrival. Invalid above 1000 names or 64 levels."""
    root: Nested = {}
    for count, (name, value) in enumerate(pairs):
        if count >= MAX_VARIABLES:
            raise Invalid(f"At most {MAX_VARIABLES} form fields are read.", reason="too_many", code="invalid_request")
        path = keys_of(name)
        if path is None:
            continue
        if len(path) > MAX_NESTING:
            raise Invalid(
                f"Form names may be nested {MAX_NESTING} levels deep.", field=str(path[0])[:64], reason="too_deep"
            )
        _place(root, path, value)
    return root


def _mangled(name: str) -> str:
    return re.sub(r"[. ]", "_", name)


def _place(root: Nested, path: list[str | None], value: Any) -> None:
    node = root
    for key in path[:-1]:
        actual = _key(node, key)
        below = node.get(actual)
        if not isinstance(below, dict):
            below = node[actual] = {}
        node = below
    node[_key(node, path[-1])] = value


def _key(node: Nested, key: str | None) -> str | int:
    if key is None:
        # Until PHP 8.3 the key after a negative one is 0, not one more.
        return max((known for known in node if isinstance(known, int) and known >= 0), default=-1) + 1
    if INTEGER_KEY.fullmatch(key) and -LARGEST_INTEGER <= int(key) <= LARGEST_INTEGER:
        return int(key)
    return key
