"""Opens networks for the CPU, quietly and without onnxruntime's growing memory arena.

Never downloads anything and never looks for a GPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """A session of the ONNX file on `threads` cores. Raises what onnxruntime raises for a missing or damaged file.

    The arena is off: it keeps the largest shape ever run, and pictures come in many. Spinning is off: threads that wait
    busily take the cores from the other workers (with four busy processes per core: 2.2 s a tile with it, 1.7 without).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
