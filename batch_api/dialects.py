"""Which dialects are served, the first that owns a path wins. A further one is a folder with a DOOR and a line here.

Never looks at a request: each door does that for its own paths.
"""

from batch_api.door import Door
from batch_api.print_shop import DOOR as PRINT
from batch_api.shelf import DOOR as SHELF
from batch_api.studio import DOOR as STUDIO

DIALECTS: tuple[Door, ...] = (STUDIO, SHELF, PRINT)
