"""What is ordered: pictures under an identity made of their content, and batches of them under a key made of all that
matters. Pure values; nothing here reads a file or the network."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

BATCH_BYTES = 900 << 20  # a whole request stays below the service's limit of 1 GB
KEY_VERSION = 1


@dataclass(frozen=True)
class Order:
    """One way of working on pictures. `options` are (name, value) pairs as they were given."""

    dialect: str
    action: str
    options: tuple[tuple[str, str], ...] = ()

    def canonical(self) -> list[Any]:
        """The same for every spelling of the same order: names sorted, values of one name in their order."""
        return [self.dialect, self.action, [list(pair) for pair in sorted(self.options, key=lambda pair: pair[0])]]

    @property
    def id(self) -> str:
        return digest([KEY_VERSION, *self.canonical()])[:16]


@dataclass(frozen=True)
class Item:
    """A picture. `id` is `sha256:<hex>` of a file's bytes, or `url:<address>`; `folder` is its place under --out."""

    id: str
    name: str
    folder: str
    path: str = ""
    size: int = 0
    url: str = ""

    @property
    def sha256(self) -> str:
        return self.id.removeprefix("sha256:")

    @property
    def source(self) -> str:
        return self.url or self.path


@dataclass(frozen=True)
class Plan:
    """A batch as it is going to be sent, addresses first: `key` is its Idempotency-Key."""

    key: str
    dialect: str
    order: str
    items: tuple[Item, ...]

    def record(self) -> dict[str, Any]:
        return asdict(self)


def plan_from(record: Mapping[str, Any]) -> Plan:
    """The plan that `record` was made of."""
    return Plan(record["key"], record["dialect"], record["order"], tuple(Item(**item) for item in record["items"]))


def digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def make_plan(order: Order, items: Iterable[Item], failures: Mapping[str, int]) -> Plan:
    """A plan of these pictures in a fixed order. `failures` counts how often each id has failed for good before: a
    picture that is tried again must not get the remembered reply of the time before."""
    listed = tuple(sorted(items, key=lambda item: not item.url))
    past = max((failures.get(item.id, 0) for item in listed), default=0)
    content: list[Any] = [KEY_VERSION, *order.canonical(), [item.id for item in listed]]
    return Plan(digest([*content, past] if past else content), order.dialect, order.id, listed)


def batches_of(items: Sequence[Item], most: int, most_bytes: int = BATCH_BYTES) -> list[list[Item]]:
    """The pictures in groups of at most `most` and, where there are several, at most `most_bytes`; order is kept."""
    groups: list[list[Item]] = []
    size = 0
    for item in items:
        if not groups or len(groups[-1]) >= most or size + item.size > most_bytes:
            groups.append([])
            size = 0
        groups[-1].append(item)
        size += item.size
    return groups
