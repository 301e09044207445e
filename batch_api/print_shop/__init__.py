"""The print dialect: batches of designs to print files under /v1 (contract: print). Translates requests and replies;
the work, the money and the order of a submission's steps are elsewhere."""

from batch_api.print_shop.routes import DOOR

__all__ = ["DOOR"]
