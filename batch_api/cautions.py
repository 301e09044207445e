"""Settings that open what is otherwise shut, told as sentences: in the log when the web process starts, and at
/readyz?verbose. Never shows a value: the address of something private is nobody's business."""

import logging

from config import Settings

log = logging.getLogger(__name__)


def cautions(settings: Settings) -> list[str]:
    """One sentence for each setting that belongs into development only; none in a well kept installation."""
    told = {
        "EGRESS_ALLOW is set: fetches and webhooks may reach private addresses.": settings.egress_allow,
        "RATE_LIMITS is off: nobody is refused for asking too often.": not settings.rate_limits,
        "FAILPOINTS is set: processes end themselves for tests.": settings.failpoints,
    }
    return [sentence for sentence, given in told.items() if given]


def tell_cautions(settings: Settings) -> None:
    """A warning in the log for each."""
    for sentence in cautions(settings):
        log.warning("caution", extra={"event": "settings.caution", "caution": sentence})
