"""The studio dialect: one PHP-style form endpoint, one poll, errors with a plain-text `error`."""

from batch_api.studio.door import DOOR

__all__ = ["DOOR"]
