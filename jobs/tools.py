"""What everything outside the process looks like to the engine: passed in, never looked up.

Built once per process by `open_tools`; tests build their own. Never imports Flask.
"""

import hashlib
from dataclasses import dataclass

from config import Settings
from storage.clock import Clock, now
from storage.objects import LocalOptions, ObjectStore, S3Options, open_store
from storage.records.database import Database, open_database
from storage.records.server_time import clock_of
from storage.sealing import Sealer


@dataclass(frozen=True)
class Tools:
    settings: Settings
    database: Database
    objects: ObjectStore
    clock: Clock = now


def link_keys(settings: Settings) -> dict[str, str]:
    """Key id → secret for signed links, the one that signs first; the previous one only verifies."""
    secrets = (settings.secret_key, settings.secret_key_previous)
    return {link_key_id(secret): secret for secret in secrets if secret}


def link_key_id(secret: str) -> str:
    """The name of a secret in the links that it signs. Made of the secret, so that a link still names the right one
    after a rotation; eight digits of a digest tell nothing about 32 random characters."""
    return hashlib.sha256(b"darkroom/links/1:" + secret.encode()).hexdigest()[:8]


def store_options(settings: Settings) -> LocalOptions | S3Options:
    """The object store that the settings describe."""
    if settings.object_store == "s3":
        return S3Options(
            bucket=settings.s3_bucket,
            access_key=settings.s3_access_key_id,
            secret_key=settings.s3_secret_access_key,
            scratch=settings.data_dir / "scratch",
            endpoint=settings.s3_endpoint or None,
            region=settings.s3_region,
            path_style=settings.s3_addressing == "path",
        )
    return LocalOptions(
        root=settings.data_dir / "objects",
        base_url=settings.base_url,
        link_keys=link_keys(settings),
        current_link_key=link_key_id(settings.secret_key),
    )


def open_tools(settings: Settings, *, clock: Clock | None = None) -> Tools:
    """Open the database and the object store of these settings; nothing is created but folders. Without a `clock` of
    the caller's, the database's decides."""
    database = open_database(settings.database, Sealer(settings.secret_key, settings.secret_key_previous))
    clock = clock or clock_of(database)
    return Tools(settings, database, open_store(store_options(settings), now=clock), clock)
