"""Verbs about the installation itself: its settings, whether it may start, its schema. Shows of a secret only whether
it is set, and of `config check` nothing but names and verdicts."""

import os
import tempfile
from argparse import Namespace, _SubParsersAction
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alembic.util.exc import CommandError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from config import ROWS, Settings, describe
from jobs.floor import below_floor
from jobs.operator.words import ACTOR, Answer
from jobs.queue import connect
from jobs.queue_policy import read_policy
from jobs.tools import Tools, open_tools
from storage.errors import ServiceError
from storage.objects import ObjectStoreDown
from storage.records import audit
from storage.records.schema import SchemaState, revisions, schema_state

CHECK_COLUMNS = ("name", "state", "why")


class Unfit(Exception):
    """A sentence that says why a check does not pass."""


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """config show|check, schema show|upgrade. They need settings, and no database yet."""
    verbs = nouns.add_parser("config", help="the settings in force").add_subparsers(dest="verb", required=True)
    verbs.add_parser("show").set_defaults(run=show_config, needs="settings")
    verbs.add_parser("check", help="may this start? exits 1 when not").set_defaults(run=check_config, needs="settings")
    steps = nouns.add_parser("schema", help="the database's tables").add_subparsers(dest="verb", required=True)
    steps.add_parser("show").set_defaults(run=show_schema, needs="settings")
    steps.add_parser("upgrade", help="to the newest; back up first").set_defaults(run=upgrade_schema, needs="settings")


def show_config(settings: Settings, words: Namespace) -> Answer:
    return dict(describe(settings)), ()


def check_config(settings: Settings, words: Namespace) -> Answer:
    """Every check with its verdict, and which settings are not at their defaults; exits 1 when one fails."""
    tools = open_tools(settings)
    try:
        checks = [verdict(name, check, tools) for name, check in CHECKS.items()]
    finally:
        tools.database.dispose()
    ok = all(each["state"] == "ok" for each in checks)
    words.exit_code = 0 if ok else 1
    given = [row.name for row in ROWS if getattr(settings, row.name.lower()) != default_of(row.name)]
    if words.as_json:
        return {"ok": ok, "checks": checks, "set": given}, ()
    return [*checks, {"name": "set", "state": "", "why": " ".join(given)}], CHECK_COLUMNS


def default_of(name: str) -> object:
    settings = Settings.from_env({"SECRET_KEY": "-" * 32})
    return "" if name == "SECRET_KEY" else getattr(settings, name.lower())


def verdict(name: str, check: Callable[[Tools], None], tools: Tools) -> Mapping[str, str]:
    try:
        check(tools)
    except Unfit as fault:
        return {"name": name, "state": "failed", "why": str(fault)}
    except (ServiceError, SQLAlchemyError, RedisError, ObjectStoreDown, OSError, RuntimeError) as fault:
        return {"name": name, "state": "failed", "why": f"{type(fault).__name__}"}
    return {"name": name, "state": "ok", "why": ""}


def check_packages(tools: Tools) -> None:
    found = below_floor()
    if found:
        raise Unfit(" ".join(found))


def check_folders(tools: Tools) -> None:
    """The data folder, the store's scratch and the temporary folder take a write; the data folder is its owner's."""
    for folder in (tools.settings.data_dir, Path(tempfile.gettempdir())):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with tempfile.NamedTemporaryFile(dir=folder) as probe:
                probe.write(b"x" * 4096)
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as fault:
            raise Unfit(f"{folder} takes no writes: {fault.strerror}.") from fault


def check_secrets(tools: Tools) -> None:
    """Long enough is asked by the settings; this asks for more than one letter."""
    settings = tools.settings
    for name, value in (("SECRET_KEY", settings.secret_key), ("JWT_SECRET", settings.jwt_secret)):
        if value and len(set(value)) < 10:
            raise Unfit(f"{name} is too simple; take a random one.")
    if settings.jwt_secret and len(settings.jwt_secret) < 32:
        raise Unfit("JWT_SECRET must have at least 32 characters.")
    if settings.failpoints:
        raise Unfit("FAILPOINTS is set: processes would end themselves for tests.")


def check_schema(tools: Tools) -> None:
    state = schema_state(tools.database)
    if state is not SchemaState.CURRENT:
        raise Unfit(f"The schema is {state}; `scripts/admin schema upgrade` or the program of the newer version helps.")


def check_database(tools: Tools) -> None:
    """A write is committed; opening a SQLite file reads its durability settings back and fails without them."""
    tools.database.ping()


def check_queue(tools: Tools) -> None:
    if not tools.settings.redis_url:
        raise Unfit("REDIS_URL is not set.")
    policy = read_policy(connect(tools.settings.redis_url))
    if policy.evicts:
        raise Unfit(f"The queue server's maxmemory-policy is {policy.eviction}; set it to noeviction.")


def check_objects(tools: Tools) -> None:
    tools.objects.probe()


CHECKS: Mapping[str, Callable[[Tools], None]] = {
    "packages": check_packages,
    "folders": check_folders,
    "secrets": check_secrets,
    "schema": check_schema,
    "database": check_database,
    "queue": check_queue,
    "objects": check_objects,
}


def show_schema(settings: Settings, words: Namespace) -> Answer:
    tools = open_tools(settings)
    try:
        return {
            "version": tools.database.version(),
            "newest": revisions()[0],
            "state": schema_state(tools.database),
        }, ()
    finally:
        tools.database.dispose()


def upgrade_schema(settings: Settings, words: Namespace) -> Answer:
    """To the newest version; an empty database gets all tables and no account. Refuses a schema that is newer."""
    tools = open_tools(settings)
    try:
        before = tools.database.version()
        try:
            tools.database.migrate()
        except CommandError as fault:
            raise ServiceError("The schema was made by a newer program; install that one, or restore.") from fault
        after = tools.database.version()
        if after != before:
            with tools.database.write() as tx:
                audit.write(tx, ACTOR, "schema upgrade", after, {"before": before}, tools.clock())
        return {"before": before, "version": after}, ()
    finally:
        tools.database.dispose()
