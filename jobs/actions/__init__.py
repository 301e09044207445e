"""The shelf of offered actions. Each module here is one action: its options, its price and how it is run.

Never imports imaging libraries at module level: the web process reads the schemas and prices from here; pictures are
only touched inside `run` and `finish`, which workers call.
"""

from jobs.actions.catalogue import CATALOGUE, find_action

__all__ = ["CATALOGUE", "find_action"]
