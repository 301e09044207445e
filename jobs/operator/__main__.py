"""`scripts/admin`: parse, open the tools, run one verb, show its answer. Exit codes: 0 done, 1 refused or violated, 2
wrong words or configuration."""

import argparse
import os
import sys

from config import ConfigError, Settings, describe
from jobs.operator import accounts, batches
from jobs.operator.environment import running_environment
from jobs.operator.output import show
from jobs.tools import open_tools
from storage.errors import ServiceError


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/admin", description="Operate a Darkroom installation.")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    parser.add_argument("--data-dir", help="the data folder of scripts/serve (default ./var)")
    nouns = parser.add_subparsers(dest="noun", required=True)
    accounts.add_verbs(nouns)
    batches.add_verbs(nouns)
    verbs = nouns.add_parser("config", help="the settings in force").add_subparsers(dest="verb", required=True)
    verbs.add_parser("show").set_defaults(run=None)
    return parser


def main(argv: list[str] | None = None) -> int:
    words = build_parser().parse_args(argv)
    words.exit_code = 0
    try:
        settings = Settings.from_env(running_environment(dict(os.environ), words.data_dir))
        if words.run is None:
            show(dict(describe(settings)), as_json=words.as_json)
            return 0
        tools = open_tools(settings)
        answer, columns = words.run(tools, words)
    except ConfigError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    except ServiceError as fault:
        sys.stderr.write(f"{fault.public}\n")
        return 1
    show(answer, as_json=words.as_json, columns=columns)
    return int(words.exit_code)


if __name__ == "__main__":
    sys.exit(main())
