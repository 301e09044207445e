"""Which dialects are served; the first that owns a path wins. A further one is a folder with a DOOR and a line here."""

from batch_api import print_shop, shelf, studio
from batch_api.door import Door

DIALECTS: tuple[Door, ...] = (print_shop.DOOR, studio.DOOR, shelf.DOOR)
