"""Leases: the right to work on something until a moment, fenced by a token nobody can guess. No queries here."""

import secrets
from datetime import datetime, timedelta

from storage.model import Lease


def new_lease(now: datetime, lease_s: float) -> Lease:
    """A lease from now on; its token is 32 hexadecimal characters, fit for an object key."""
    return Lease(token=secrets.token_hex(16), until=now + timedelta(seconds=lease_s))
