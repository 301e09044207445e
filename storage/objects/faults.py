"""What can go wrong with an object store, in its own words; never a botocore or OS exception by its native name."""

from __future__ import annotations


class ObjectMissing(KeyError):
    """No object lies under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"no object under {self.key!r}"


class InvalidKey(ValueError):
    """The key is not one that this service would ever make; a bug or an attack, never worth a retry."""


class ObjectStoreDown(Exception):
    """The store could not do it now (network, disk, credentials, a server fault); the same call may work later."""


class ObjectCorrupt(ObjectStoreDown):
    """What the store holds is not what was handed to it; nothing of it is left, so a new upload may work."""
