"""What everything outside the process looks like to the engine: passed in, never looked up.

Built once per process by `open_tools`; tests build their own. Never imports Flask.
"""

from dataclasses import dataclass

from config import Settings
from storage.clock import Clock, now
from storage.objects import ObjectStore, open_store
from storage.records.database import Database, open_database
from storage.sealing import Sealer


@dataclass(frozen=True)
class Tools:
    settings: Settings
    database: Database
    objects: ObjectStore
    clock: Clock = now


def open_tools(settings: Settings) -> Tools:
    """Open the database and the object store of these settings; nothing is created but folders."""
    return Tools(
        settings=settings,
        database=open_database(settings.database, Sealer(settings.secret_key)),
        objects=open_store(settings),
    )
