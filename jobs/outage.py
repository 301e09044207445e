"""Whether a storage fault is one object's or the whole store's: while the store is out, an image whose tries are used
up waits instead of failing, until its batch's deadline. Never repairs anything and keeps nothing in memory.
"""

import logging

from jobs import settling
from jobs.tools import Tools
from storage.errors import ImageFault
from storage.ids import new_id
from storage.model import Image
from storage.names import staging_key
from storage.objects import ObjectMissing, ObjectStoreDown
from storage.records.images import Settled

logger = logging.getLogger("darkroom.outage")
SAMPLE = b"is anybody there"


def fail_or_wait(tools: Tools, image: Image, token: str, fault: ImageFault) -> Settled | None:
    """settling.fail_or_retry, except that an outage of the store uses up nobody's tries. None: put back, or fenced."""
    spent = not settling.may_retry(fault, image.attempts)
    if fault.code != "storage_unavailable" or not spent or not store_is_out(tools):
        return settling.fail_or_retry(tools, image, token, fault)
    pause = settling.backoff_s(image.attempts)
    settling.put_back(tools, image.id, token, fault.code, fault.public, not_before_s=pause)
    logger.warning("the store is out; put back", extra={"event": "store.out", "pause_ms": int(pause * 1000)})
    return None


def store_is_out(tools: Tools) -> bool:
    """Whether the store cannot take, give back and delete one small object now."""
    objects, key = tools.objects, staging_key(new_id("probe", tools.clock()))
    try:
        objects.probe()  # has less patience than the others
        objects.put(key, SAMPLE, content_type="text/plain")
        with objects.read(key) as stream:
            same = stream.read() == SAMPLE
        objects.delete(key)
    except (ObjectStoreDown, ObjectMissing) as fault:
        logger.warning("the store is out: %s", fault, extra={"event": "store.probed"})
        return True
    return not same
