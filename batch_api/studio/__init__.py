"""The studio dialect: one PHP-style form endpoint, one poll, errors with a plain-text `error`.

Never touches pixels, prices or ledgers: it reads forms and words replies.
"""

from batch_api.studio.door import DOOR

__all__ = ["DOOR"]
