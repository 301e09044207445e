"""The print dialect: batches of designs to print files under /v1 (print contract). Translates requests and replies.

Never does the work, moves the money or orders a submission's steps: those are elsewhere.
"""

from batch_api.print_shop.routes import DOOR

__all__ = ["DOOR"]
