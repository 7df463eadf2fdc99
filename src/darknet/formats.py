"""The forms that a network is exported in, a writer each: ONNX, OpenVINO IR, safetensors.

A writer takes a `Job` and a path, writes the file, has it read back where the job says so, and
gives the comparison and the operations' opset. `darknet.export` chooses one and moves the file to
its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from .errors import EngineError, InputError
from .network import Network
from .parity import TOLERANCE, TOLERANCE_HALF, Parity, measure
from .weights import Array, Weights

__all__ = ["SUFFIXES", "WRITERS", "Batch", "Job"]

SUFFIXES = {".onnx": "ONNX", ".xml": "OpenVINO IR", ".safetensors": "safetensors"}
Batch = int | Literal["free"]
MAX_ONNX_BYTES = 2**31 - 2**24
"""A file of protocol buffers ends at 2 GiB; the nodes need a little of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written: the network as it is, as it goes into the file, and how.

    `facts` are what a program needs to know that the graph does not say. `producer` is who writes,
    and in which version.
    """

    network: Network
    weights: Weights
    folded: tuple[Network, Weights]
    batch: Batch
    half: bool
    check: bool
    facts: Mapping[str, str]
    producer: tuple[str, str]

    @property
    def count(self) -> int:
        """Inputs that the comparison runs at once: two where any number may come."""
        return 2 if self.batch == "free" else self.batch

    def compare(self, run: Callable[[Array], Sequence[Array]], engine: str) -> Parity:
        """The file's answers and the oracle's."""
        tolerance = TOLERANCE_HALF if self.half else TOLERANCE
        return measure(
            self.network,
            self.weights,
            run,
            engine=engine,
            count=self.count,
            tolerance=tolerance,
        )


def _needed(library: str, extra: str, problem: ImportError) -> EngineError:
    return EngineError(
        f"{library} cannot be used here: {problem}; pip install 'darknet-python[{extra}]'"
    )


def _write_onnx(job: Job, file: Path) -> tuple[Parity | None, int]:
    """Build, check, save; the parity, and the opset."""
    label, size = job.network.cfg.label, job.folded[0].weights_bytes
    if size // (1 + job.half) > MAX_ONNX_BYTES:
        raise InputError(
            f"{label}: {size:,} bytes of weights, and an .onnx file ends at 2 GiB: use .xml or "
            ".safetensors"
        )
    try:
        import onnx

        from .interp.onnx import OPSET, halved, to_onnx
    except ImportError as problem:
        raise _needed("onnx", "onnx", problem) from None
    network, weights = job.folded
    model = to_onnx(network, weights, "batch" if job.batch == "free" else job.batch)
    if job.half:
        model = halved(model)
    model.producer_name, model.producer_version = job.producer
    model.graph.name = os.path.splitext(job.facts["cfg"])[0]
    onnx.helper.set_model_props(model, dict(job.facts))
    onnx.save_model(model, file)
    del model
    try:
        onnx.checker.check_model(file, full_check=True)
    except Exception as problem:  # its exceptions share no public base class
        raise EngineError(f"{label}: onnx refuses the model: {problem}") from problem
    return (_compare_onnx(job, file) if job.check else None), OPSET


def _compare_onnx(job: Job, file: Path) -> Parity:
    try:
        import onnxruntime
    except ImportError as problem:
        raise _needed("onnxruntime", "onnx", problem) from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors come as exceptions; warnings are of no use to a user
    name = f"ONNX Runtime {onnxruntime.__version__}"
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # its exceptions share no public base class
        raise EngineError(f"{name} cannot load {job.network.cfg.label}: {problem}") from problem

    def run(batch: Array) -> Sequence[Array]:
        outputs: Sequence[Array] = session.run(None, {"image": batch})
        return outputs

    return job.compare(run, name)


def _write_openvino(job: Job, file: Path) -> tuple[Parity | None, int]:
    """Build and save both files; the parity, and the opset."""
    import openvino as ov

    from .interp.openvino import to_model

    network, weights = job.folded
    model = to_model(network, weights, -1 if job.batch == "free" else job.batch)
    for number, node in enumerate(model.get_ordered_ops()):  # else numbered by what was made before
        node.set_friendly_name(f"{node.get_type_name()}_{number}")
    model.input(0).get_node().set_friendly_name("image")
    model.input(0).set_names({"image"})
    for number, output in enumerate(model.outputs):
        output.set_names({f"output_{number}" if number else "output"})
    model.set_friendly_name(os.path.splitext(job.facts["cfg"])[0])
    for key, value in {"producer": " ".join(job.producer), **job.facts}.items():
        model.set_rt_info(value, ["darknet", key])
    try:
        ov.save_model(model, file, compress_to_fp16=job.half)
        del model
        return (_compare_openvino(job, file) if job.check else None), 13
    except RuntimeError as problem:
        reason = (str(problem).strip() or "no reason given").splitlines()[-1]
        what = f"OpenVINO cannot write or read {job.network.cfg.label}"
        raise EngineError(f"{what}: {reason}") from problem


def _compare_openvino(job: Job, file: Path) -> Parity:
    import openvino as ov

    precise = {"INFERENCE_PRECISION_HINT": "f32"}  # else a CPU that has bf16 would use it
    compiled = ov.Core().compile_model(file, "CPU", precise)
    request = compiled.create_infer_request()

    def run(batch: Array) -> Sequence[Array]:
        request.infer([batch])
        return [np.array(tensor.data) for tensor in request.output_tensors]

    return job.compare(run, f"OpenVINO {ov.__version__.split('-')[0]}")


def _write_safetensors(job: Job, file: Path) -> tuple[None, int]:
    """The arrays as ``layer3.weights``, with the cfg and the header of the .weights file."""
    try:
        from safetensors.numpy import save_file
    except ImportError as problem:
        raise _needed("safetensors", "safetensors", problem) from None
    weights, header = job.weights, job.weights.header
    arrays = {
        f"layer{node.index}.{spec.name}": np.ascontiguousarray(weights[node.index][spec.name])
        for node in job.network.nodes
        for spec in node.weights
    }
    version = f"{header.major}.{header.minor}.{header.revision}"
    text = job.network.cfg.to_bytes().decode("utf-8", "backslashreplace")
    facts = {
        "producer": " ".join(job.producer),
        **job.facts,
        "cfg_text": text,
        "weights_version": version,
        "seen": str(header.seen),
    }
    save_file(arrays, file, facts)
    if job.check:
        _compare_bits(job.network.cfg.label, arrays, facts, file)
    return None, 0


def _compare_bits(label: str, arrays: dict[str, Array], facts: dict[str, str], file: Path) -> None:
    """EngineError unless the file gives back every bit."""
    from safetensors import safe_open

    with safe_open(file, "numpy") as opened:
        if opened.metadata() != facts or set(opened.keys()) != set(arrays):
            raise EngineError(f"{label}: safetensors gave back other names than were written")
        for name, array in arrays.items():
            found = opened.get_tensor(name)
            same = found.shape == array.shape and found.dtype == array.dtype
            if not same or found.tobytes() != array.tobytes():
                raise EngineError(f"{label}: safetensors gave back another {name}")


WRITERS: dict[str, Callable[[Job, Path], tuple[Parity | None, int]]] = {
    ".onnx": _write_onnx,
    ".xml": _write_openvino,
    ".safetensors": _write_safetensors,
}
