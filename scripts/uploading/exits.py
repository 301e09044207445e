"""The exit codes that a cron job may trust, and the exceptions that end a run with one of them. Decides nothing."""

DONE = 0
SOME_FAILED = 1
MISUSED = 2
NO_CREDITS = 3
KEY_REFUSED = 4
LOCKED = 6
BROKEN = 70  # EX_SOFTWARE: a fault of this program, or a reply that it does not understand
TEMPORARY = 75  # EX_TEMPFAIL of sysexits.h: the same command later goes on where this one stopped


class Stop(Exception):
    """Ends the run with `code`; the text is a sentence for whoever started it."""

    code = MISUSED


class Misused(Stop):
    """The command, its files or its options are wrong; trying again will not help."""


class OutOfCredits(Stop):
    code = NO_CREDITS


class KeyRefused(Stop):
    code = KEY_REFUSED


class Locked(Stop):
    code = LOCKED


class Temporary(Stop):
    code = TEMPORARY


class Ended(Stop):
    """Somebody asked the run to end (SIGTERM, Ctrl-C); nothing is lost."""

    code = TEMPORARY
