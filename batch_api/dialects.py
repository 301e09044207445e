"""Which dialects are served. A further one is a folder with a DOOR and one line here."""

from batch_api import print_shop
from batch_api.door import Door

DIALECTS: tuple[Door, ...] = (print_shop.DOOR,)
