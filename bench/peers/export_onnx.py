"""Exports the network as ONNX for pictures of one size, which lets its users plan for that size.

    python export_onnx.py STATE.json WIDTH HEIGHT OUTPUT.onnx
"""

from __future__ import annotations

import os
import sys

import torch
from network import load_network


def main(state: str, width: str, height: str, path: str) -> None:
    net = load_network(state)
    picture = torch.zeros(1, net.intro.in_channels, int(height), int(width))
    partial = f"{path}.{os.getpid()}"
    with torch.inference_mode():
        torch.onnx.export(
            net,
            (picture,),
            partial,
            opset_version=17,
            dynamo=False,
            input_names=["picture"],
            output_names=["restored"],
        )
    os.replace(partial, path)  # an export that was cut short is not taken for a whole one


if __name__ == "__main__":
    main(*sys.argv[1:])
