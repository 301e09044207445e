"""Untrusted bytes are decoded in a short-lived forked child under kernel limits, whatever process asks.

Never believes the child: what comes back is JSON and raw arrays, never pickles, because a decoder taken over by a
picture must not take over the worker. In a process that is limited already (a forked image) it decodes directly.
"""

import errno
import faulthandler
import json
import mmap
import os
import select
import signal
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from jobs.limits import MIB, ProcessLimits, limit_this_process
from storage.errors import IMAGE_FAULTS, ImageFault

if TYPE_CHECKING:
    import numpy as np

    from jobs.imaging.codec import DecodeLimits, Picture
    from jobs.imaging.header import Header

Result = TypeVar("Result")
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS)
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_HEAD = struct.Struct("<Q")
_state = {"limited": False}


@dataclass(frozen=True)
class Parcel:
    """What a limited child may hand back: facts that JSON can carry, and arrays of unsigned bytes."""

    facts: Mapping[str, Any]
    arrays: "Sequence[np.ndarray[Any, np.dtype[np.uint8]]]" = ()


@dataclass(frozen=True)
class ChildLimits:
    """Wall-clock seconds, and the kernel's limits of the child."""

    seconds: float = 60.0
    process: ProcessLimits = ProcessLimits(memory_bytes=2048 * MIB, cpu_seconds=60, file_bytes=2048 * MIB)


def mark_limited() -> None:
    """Say that this process is a limited one itself; from now on nothing is forked for a decode."""
    _state["limited"] = True


def is_limited() -> bool:
    return _state["limited"]


def decode_safely(path: Path, limits: "DecodeLimits", scratch: Path, child: ChildLimits | None = None) -> "Picture":
    """`codec.decode` of a hostile file; `scratch` is the child's working folder. Raises ImageFault only."""
    from jobs.imaging.codec import Picture, PictureFacts

    if is_limited():
        return _directly(_decode, path, limits)
    parcel = run_limited(_decode_parcel, path, limits, scratch=scratch, limits=child)
    facts = dict(parcel.facts)
    facts["warnings"] = tuple(facts["warnings"])
    facts["dpi"] = tuple(facts["dpi"]) if facts["dpi"] else None
    arrays = parcel.arrays
    return Picture(arrays[0], arrays[1] if len(arrays) > 1 else None, PictureFacts(**facts))


def probe_safely(path: Path, limits: "DecodeLimits", scratch: Path, child: ChildLimits | None = None) -> "Header":
    """`codec.probe` of a hostile file. Raises ImageFault only."""
    from jobs.imaging.header import Header

    if is_limited():
        return _directly(_probe, path, limits)
    return Header(**run_limited(_probe_parcel, path, limits, scratch=scratch, limits=child).facts)


def run_limited(work: Callable[..., Parcel], *args: object, scratch: Path, limits: ChildLimits | None = None) -> Parcel:
    """`work(*args)` in a child under `limits`; the parcel's arrays are writable and live in shared memory.

    ImageFault: what the work raised, `timeout` past the wall clock, `decoder_crashed` or `resource_limit_exceeded`
    by the signal that ended the child.
    """
    limits = limits or ChildLimits()
    memory = os.memfd_create("parcel", os.MFD_CLOEXEC)
    try:
        child = os.fork()
        if child == 0:
            _run_child(work, args, memory, scratch, limits)
        status = _wait(child, limits.seconds)
        _raise_for_status(status)
        return _unpack(memory)
    finally:
        os.close(memory)


def fault_of_signal(number: int) -> str:
    """Code of the image fault when a signal ended the process that worked on the image."""
    return "decoder_crashed" if number in CRASHES else "resource_limit_exceeded"


def as_image_fault(error: BaseException) -> ImageFault:
    """Any error out of a piece of work as the fault that the customer is told; the original is its cause."""
    if isinstance(error, ImageFault):
        return error
    if isinstance(error, MemoryError):
        return ImageFault("resource_limit_exceeded", cause=error)
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return ImageFault("storage_unavailable", cause=error)
    code, public = getattr(error, "code", None), getattr(error, "public", None)
    if isinstance(code, str) and code in IMAGE_FAULTS:
        return ImageFault(code, public if isinstance(public, str) else None, cause=error)
    return ImageFault("processing_failed", cause=error)


def _directly(work: Callable[..., Result], *args: object) -> Result:
    try:
        return work(*args)
    except Exception as error:
        raise as_image_fault(error) from error


def _decode(path: Path, limits: "DecodeLimits") -> "Picture":
    from jobs.imaging.codec import decode

    return decode(path, limits)


def _probe(path: Path, limits: "DecodeLimits") -> "Header":
    from jobs.imaging.codec import probe

    return probe(path, limits)


def _decode_parcel(path: Path, limits: "DecodeLimits") -> Parcel:
    picture = _decode(path, limits)
    arrays = [picture.rgb] if picture.alpha is None else [picture.rgb, picture.alpha]
    return Parcel(asdict(picture.facts), arrays)


def _probe_parcel(path: Path, limits: "DecodeLimits") -> Parcel:
    return Parcel(asdict(_probe(path, limits)))


def _run_child(
    work: Callable[..., Parcel], args: tuple[object, ...], memory: int, scratch: Path, limits: ChildLimits
) -> NoReturn:
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        faulthandler.disable()  # the stack of a crash in C says nothing that its signal does not
        os.chdir(scratch)
        limit_this_process(limits.process)
        mark_limited()
        try:
            parcel = work(*args)
        except Exception as error:  # noqa: BLE001  whatever it was, the parent is told its code
            fault = as_image_fault(error)
            parcel = Parcel({"fault": fault.code, "public": fault.public, "cause": repr(error)[:500]})
        _pack(memory, parcel)
        code = 0
    finally:
        os._exit(code)


def _pack(memory: int, parcel: Parcel) -> None:
    shapes = [list(array.shape) for array in parcel.arrays]
    head = json.dumps({"facts": parcel.facts, "shapes": shapes}).encode()
    start = _HEAD.size + len(head)
    os.ftruncate(memory, start + sum(array.nbytes for array in parcel.arrays))
    with mmap.mmap(memory, 0) as view:
        view[:start] = _HEAD.pack(len(head)) + head
        for array in parcel.arrays:
            view[start : start + array.nbytes] = array.data.cast("B")
            start += array.nbytes


def _unpack(memory: int) -> Parcel:
    import numpy as np

    view = mmap.mmap(memory, 0)
    (length,) = _HEAD.unpack(view[: _HEAD.size])
    start = _HEAD.size + length
    told = json.loads(view[_HEAD.size : start])
    facts = told["facts"]
    if "fault" in facts:
        code = str(facts["fault"])
        known = code if code in IMAGE_FAULTS else "processing_failed"
        raise ImageFault(known, str(facts["public"])[:300], cause=facts.get("cause"))
    arrays = []
    for shape in told["shapes"]:
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(view, np.uint8, count, start).reshape(shape))
        start += count
    return Parcel(facts, arrays)


def _wait(child: int, seconds: float) -> int:
    """The child's wait status; however this is left, the child is gone."""
    handle = os.pidfd_open(child)
    in_time = False
    try:
        in_time = bool(select.select([handle], [], [], seconds)[0])
    finally:
        if not in_time:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        os.close(handle)
    if not in_time:
        raise ImageFault("timeout", cause="the decoder exceeded its wall clock")
    return status


def _raise_for_status(status: int) -> None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        raise ImageFault(fault_of_signal(number), cause=f"decoder ended by signal {number}")
    if os.WEXITSTATUS(status):
        raise ImageFault("resource_limit_exceeded", cause=f"decoder left with {os.WEXITSTATUS(status)}")
