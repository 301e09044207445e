"""All of the print dialect's addresses, gathered: importing a view module hangs its views on the blueprint.

Never holds a view of its own.
"""

from batch_api.print_shop import account, batches, jobs, keys, mockups, retries, uploads, webhooks
from batch_api.print_shop.entrance import DOOR

VIEWS = (batches, retries, jobs, account, keys, webhooks, uploads, mockups)

__all__ = ["DOOR", "VIEWS"]
