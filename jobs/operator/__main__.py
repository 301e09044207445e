"""`scripts/admin`: parse, open the tools, run one verb, show its answer. Exit codes: 0 done, 1 refused or violated, 2
wrong words or configuration."""

import argparse
import os
import sys
from typing import cast

from sqlalchemy.exc import SQLAlchemyError

from config import ConfigError, Settings
from jobs.operator import accounts, backups, batches, credits, deliveries, installation, upkeep
from jobs.operator.environment import running_environment
from jobs.operator.output import show
from jobs.operator.words import Answer
from jobs.queue import DoorbellSilent
from jobs.tools import Tools, open_tools
from storage.errors import ServiceError


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/admin", description="Operate a Darkroom installation.")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    parser.add_argument("--data-dir", help="the data folder of scripts/serve (default ./var)")
    parser.set_defaults(needs="installation", exit_code=0)
    nouns = parser.add_subparsers(dest="noun", required=True)
    accounts.add_verbs(nouns)
    credits.add_verbs(nouns)
    batches.add_verbs(nouns)
    deliveries.add_verbs(nouns)
    installation.add_verbs(nouns)
    backups.add_verbs(nouns)
    upkeep.add_verbs(nouns)
    return parser


class NoInstallation(Exception):
    """There is no database of ours where the settings point."""


def open_installation(settings: Settings) -> Tools:
    """The tools of an installation that exists; an operator's typing error must not make a second, empty one."""
    where = f"There is no installation in {settings.data_dir}; name its folder with --data-dir."
    if not settings.database_url and not (settings.data_dir / "darkroom.sqlite3").exists():
        raise NoInstallation(where)
    tools = open_tools(settings)
    try:
        if not tools.database.version():
            raise NoInstallation("The database is empty; scripts/serve prepares it.")
    except (SQLAlchemyError, ServiceError) as fault:
        raise NoInstallation(f"The database cannot be used: {str(fault).partition(chr(10))[0][:300]}") from fault
    return tools


def run(words: argparse.Namespace) -> Answer:
    """The verb with what it needs: an installation's tools, its settings alone, or nothing."""
    if words.needs == "nothing":
        return cast(Answer, words.run(None, words))
    settings = Settings.from_env(running_environment(dict(os.environ), words.data_dir))
    if words.needs == "settings":
        return cast(Answer, words.run(settings, words))
    tools = open_installation(settings)
    try:
        return cast(Answer, words.run(tools, words))
    finally:
        tools.database.dispose()


def main(argv: list[str] | None = None) -> int:
    words = build_parser().parse_args(argv)
    try:
        answer, columns = run(words)
    except ConfigError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    except ServiceError as fault:
        sys.stderr.write(f"{fault.public}\n")
        return 1
    except NoInstallation as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    except DoorbellSilent:
        sys.stderr.write("The queue server does not answer. Nothing is lost: the sweep queues what is open.\n")
        return 1
    show(answer, as_json=words.as_json, columns=columns)
    return int(words.exit_code)


if __name__ == "__main__":
    os.umask(0o077)  # as the service: back-ups, and a folder that is made here, are for their owner alone
    sys.exit(main())
