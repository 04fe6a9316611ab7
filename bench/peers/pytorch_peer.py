"""PyTorch on the processor, as a peer of the bench.

    python pytorch_peer.py '{"state": "STATE.json", "threads": 2}'
"""

from __future__ import annotations

import json
import math
import sys
import time

import numpy as np
import protocol
import torch
from network import load_network

# The side of the part of the picture on which the memory formats are compared.
PROBE_SIDE = 256
# The first of each warms up.
PROBES = 4


class PytorchPeer:
    def __init__(self, state: str, threads: int) -> None:
        torch.set_num_threads(threads)
        self.net = load_network(state)
        self.memory_format: torch.memory_format | None = None
        self.picture = torch.empty(0)

    def prepare(self, picture: np.ndarray, onnx: str | None) -> str:
        x = torch.from_numpy(picture)
        if self.memory_format is None:
            self.memory_format = self.faster_format(x[:, :, :PROBE_SIDE, :PROBE_SIDE].contiguous())
        self.picture = x.contiguous(memory_format=self.memory_format)
        return f"torch {torch.__version__}, {str(self.memory_format).removeprefix('torch.')}"

    @torch.inference_mode()
    def run(self) -> np.ndarray:
        return self.net(self.picture).numpy()

    @torch.inference_mode()
    def faster_format(self, probe: torch.Tensor) -> torch.memory_format:
        """Which layout this network likes better; leaves the weights in it."""
        elapsed = {torch.channels_last: math.inf, torch.contiguous_format: math.inf}
        for _ in range(PROBES):
            for candidate in elapsed:
                self.net.to(memory_format=candidate)
                x = probe.contiguous(memory_format=candidate)
                start = time.perf_counter()
                self.net(x)
                elapsed[candidate] = min(elapsed[candidate], time.perf_counter() - start)
        best = min(elapsed, key=elapsed.__getitem__)
        self.net.to(memory_format=best)
        return best


if __name__ == "__main__":
    spec = json.loads(sys.argv[1])
    protocol.serve(PytorchPeer(spec["state"], spec["threads"]))
