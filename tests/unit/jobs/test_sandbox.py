"""Decoding in a limited child: what comes back is whole, what goes wrong is coded, and the worker lives on."""

import ctypes
import dataclasses
import errno
import io
import os
import resource
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from engine_rig import picture
from PIL import Image as Pillow

from jobs.imaging.codec import PRINT_FORMATS, DecodeLimits, decode
from jobs.limits import MIB, ProcessLimits, limit_this_process, mapped_bytes
from jobs.sandbox import (
    ChildLimits,
    Parcel,
    as_image_fault,
    decode_safely,
    fault_of_signal,
    probe_safely,
    run_limited,
)
from storage.errors import ImageFault

LIMITS = DecodeLimits(formats=PRINT_FORMATS)
CHILD = ChildLimits(seconds=5, process=ProcessLimits(memory_bytes=700 * MIB, cpu_seconds=5, file_bytes=256 * MIB))


def code_of(work, *args, scratch, limits=CHILD) -> str:
    with pytest.raises(ImageFault) as fault:
        run_limited(work, *args, scratch=scratch, limits=limits)
    return fault.value.code


def test_a_picture_comes_back_as_it_was_decoded(tmp_path):
    path, out = tmp_path / "a.png", io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (31, 17, 4), np.uint8)
    Pillow.fromarray(pixels).save(out, "PNG", dpi=(300, 300))
    path.write_bytes(out.getvalue())
    safe, plain = decode_safely(path, LIMITS, tmp_path), decode(path, LIMITS)
    assert np.array_equal(safe.rgb, plain.rgb) and np.array_equal(safe.alpha, plain.alpha)
    assert safe.facts == plain.facts
    safe.rgb[0, 0] = 1  # actions may write into what they are given


def test_a_header_is_read_in_a_child_too(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(picture(3, (40, 20)))
    header = probe_safely(path, LIMITS, tmp_path)
    assert (header.format, header.width, header.height) == ("PNG", 40, 20)


@pytest.mark.parametrize(("data", "code"), [(b"", "source_empty"), (b"text", "not_an_image")])
def test_faults_of_the_decoder_keep_their_code(tmp_path, data, code):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(ImageFault) as fault:
        decode_safely(path, LIMITS, tmp_path)
    assert fault.value.code == code and not fault.value.retryable


def test_a_segfault_in_the_decoder_is_a_crash_of_the_child_only(tmp_path):
    assert code_of(ctypes.string_at, 0, scratch=tmp_path) == "decoder_crashed"
    assert run_limited(lambda: Parcel({"alive": True}), scratch=tmp_path).facts == {"alive": True}


def test_an_abort_is_a_crash_too(tmp_path):
    assert code_of(os.abort, scratch=tmp_path) == "decoder_crashed"


def test_memory_beyond_the_limit_is_a_resource_fault(tmp_path):
    assert code_of(lambda: Parcel({}, [np.zeros(900 * MIB, np.uint8)]), scratch=tmp_path) == "resource_limit_exceeded"


def test_a_kill_by_the_kernel_is_a_resource_fault(tmp_path):
    assert code_of(lambda: os.kill(os.getpid(), signal.SIGKILL), scratch=tmp_path) == "resource_limit_exceeded"


def test_a_long_call_into_c_ends_at_the_wall_clock(tmp_path):
    began = time.monotonic()
    limits = dataclasses.replace(CHILD, seconds=0.5)
    assert code_of(ctypes.CDLL(None).sleep, 60, scratch=tmp_path, limits=limits) == "timeout"
    assert time.monotonic() - began < 5


def test_cpu_time_is_limited_in_c_code_too(tmp_path):
    def burn() -> Parcel:
        while True:
            np.ones(1000).sum()

    limits = ChildLimits(seconds=20, process=ProcessLimits(cpu_seconds=1))
    assert code_of(burn, scratch=tmp_path, limits=limits) == "resource_limit_exceeded"


def test_a_huge_file_cannot_be_written(tmp_path):
    def write() -> Parcel:
        with open("big", "wb") as file:
            file.truncate(2 * MIB)
        return Parcel({})

    limits = ChildLimits(seconds=5, process=ProcessLimits(file_bytes=MIB))
    assert code_of(write, scratch=tmp_path, limits=limits) == "processing_failed"


def test_the_child_works_privately_in_its_scratch_folder(tmp_path):
    def look() -> Parcel:
        with open("made", "w"):
            pass
        status = Path("/proc/self/status").read_text()
        return Parcel(
            {
                "folder": os.getcwd(),
                "mode": os.stat("made").st_mode & 0o777,
                "core": resource.getrlimit(resource.RLIMIT_CORE),
                "privileges": status.split("NoNewPrivs:")[1].split()[0],
            }
        )

    told = run_limited(look, scratch=tmp_path).facts
    assert (told["folder"], told["mode"]) == (str(tmp_path), 0o600)
    assert (told["core"], told["privileges"]) == ([0, 0], "1")


def test_no_child_and_no_descriptor_is_left_behind(tmp_path):
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")  # servers of other tests are among them
    before = len(os.listdir("/proc/self/fd")), children.read_text()
    for _ in range(5):
        run_limited(lambda: Parcel({}), scratch=tmp_path)
        code_of(os.abort, scratch=tmp_path)
    assert children.read_text() == before[1]
    assert len(os.listdir("/proc/self/fd")) <= before[0]


def test_a_child_that_lies_about_its_fault_is_not_believed(tmp_path):
    lie = Parcel({"fault": "no_such_code", "public": "x" * 5000})
    with pytest.raises(ImageFault) as fault:
        run_limited(lambda: lie, scratch=tmp_path)
    assert fault.value.code == "processing_failed" and len(fault.value.public) <= 300


def test_limits_are_never_loosened(tmp_path):
    def twice() -> Parcel:
        limit_this_process(ProcessLimits(memory_bytes=4096 * MIB, open_files=10_000))
        return Parcel({"files": resource.getrlimit(resource.RLIMIT_NOFILE)[0]})

    limits = ChildLimits(seconds=5, process=ProcessLimits(open_files=64))
    assert run_limited(twice, scratch=tmp_path, limits=limits).facts["files"] == 64


def test_errors_of_any_kind_become_coded_faults():
    assert as_image_fault(MemoryError()).code == "resource_limit_exceeded"
    assert as_image_fault(KeyError("x")).code == "processing_failed"
    assert as_image_fault(OSError(errno.ENOSPC, "full")).code == "storage_unavailable"
    assert as_image_fault(FileNotFoundError("x")).code == "processing_failed"
    assert as_image_fault(ImageFault("no_subject")).code == "no_subject"
    assert [fault_of_signal(n) for n in (signal.SIGSEGV, signal.SIGKILL, signal.SIGXCPU)] == [
        "decoder_crashed",
        "resource_limit_exceeded",
        "resource_limit_exceeded",
    ]
    assert mapped_bytes() > MIB
