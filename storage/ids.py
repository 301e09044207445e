"""Identifiers: a type prefix, a sortable time part and 130 random bits. Never a counter, never user text.

The alphabet is lower-case Crockford base32, so an id is also a legal queue job id, file name and URL segment.
"""

import secrets
from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TIME_CHARACTERS = 9  # 45 bits of milliseconds: enough until the year 3084
RANDOM_CHARACTERS = 26  # 130 bits, above the 122 asked for ids that act as unguessable


def new_id(prefix: str, moment: datetime) -> str:
    """`new_id("bat", now)` → "bat_" + 35 characters; ids made later sort later (to the millisecond)."""
    stamp = int(moment.timestamp() * 1000)
    time_part = "".join(ALPHABET[(stamp >> (5 * place)) & 31] for place in reversed(range(TIME_CHARACTERS)))
    random_part = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return f"{prefix}_{time_part}{random_part}"
