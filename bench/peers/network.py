"""The network in PyTorch, defined in tools/parity/reference.py, with the weights that the bench wrote."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "parity"))
from reference import NAFNet  # noqa: E402


def load_network(state: str) -> NAFNet:
    """`state` is the JSON file of bench/writeState.ts; the values lie beside it."""
    head = json.loads(Path(state).read_text("utf-8"))
    values = np.fromfile(Path(state).with_suffix(".bin"), dtype="<f4")
    state_dict: dict[str, torch.Tensor] = {}
    offset = 0
    for tensor in head["tensors"]:
        count = int(np.prod(tensor["shape"]))
        part = values[offset : offset + count].reshape(tensor["shape"])
        state_dict[tensor["name"]] = torch.from_numpy(part)
        offset += count
    net = NAFNet(**head["config"], tlc_base=None)
    net.load_state_dict(state_dict)
    return net.eval().requires_grad_(False)
