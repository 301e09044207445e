"""The shelf dialect: analyses one by one or in batches, usage, webhooks; everything wrapped in `data`."""

from batch_api.shelf.door import DOOR

__all__ = ["DOOR"]
