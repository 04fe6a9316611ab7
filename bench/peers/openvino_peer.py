"""OpenVINO on the processor, as a peer of the bench.

    python openvino_peer.py '{"threads": 2, "precision": "float32"}'
"""

from __future__ import annotations

import json
import sys

import numpy as np
import openvino as ov
import protocol

PRECISIONS = {"float32": "f32", "bf16": "bf16"}


class OpenvinoPeer:
    def __init__(self, threads: int, precision: str) -> None:
        self.core = ov.Core()
        self.config = {
            "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        self.request: ov.InferRequest | None = None
        self.picture = np.empty(0, dtype=np.float32)

    def prepare(self, picture: np.ndarray, onnx: str | None) -> str:
        if onnx is None:
            raise RuntimeError("no ONNX file")
        self.request = None  # frees the last size's memory first
        compiled = self.core.compile_model(onnx, "CPU", self.config)
        self.request = compiled.create_infer_request()
        self.picture = picture
        asked, got = self.config["INFERENCE_PRECISION_HINT"], compiled.get_property("INFERENCE_PRECISION_HINT")
        if got.to_string() != asked:
            raise RuntimeError(f"computes in {got.to_string()} although {asked} was asked for")
        return f"openvino {ov.__version__.split('-')[0]}, {asked}"

    def run(self) -> np.ndarray:
        if self.request is None:
            raise RuntimeError("not prepared")
        return self.request.infer([self.picture], share_inputs=True, share_outputs=True)[0]


if __name__ == "__main__":
    spec = json.loads(sys.argv[1])
    protocol.serve(OpenvinoPeer(spec["threads"], spec["precision"]))
