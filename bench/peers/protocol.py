"""What a peer and the bench say to each other: one JSON object a line in, `=> ` and a JSON object out.

The twin of bench/serve.ts. Whatever a library prints goes to stderr, where the bench looks for a reason
when a peer dies.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Protocol

import numpy as np

# Libraries print to stdout, also from C: replies keep the real one for themselves.
_replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


class Subject(Protocol):
    def prepare(self, picture: np.ndarray, onnx: str | None) -> str:
        """Makes everything ready for float32 [1, c, h, w] pictures of this size; returns what runs it."""

    def run(self) -> np.ndarray:
        """Restores the picture: what is timed."""


def reply(**values: object) -> None:
    _replies.write("=> " + json.dumps(values) + "\n")
    _replies.flush()


def read_picture(path: str, width: int, height: int) -> np.ndarray:
    picture = np.fromfile(path, dtype="<f4").reshape(1, height, width, -1)
    return np.ascontiguousarray(picture.transpose(0, 3, 1, 2))


def serve(subject: Subject) -> None:
    """Answers until stdin ends, which it does with the bench."""
    reply(ok=True)
    output: np.ndarray | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            match request["command"]:
                case "prepare":
                    output = None
                    picture = read_picture(request["picture"], request["width"], request["height"])
                    reply(ok=True, detail=subject.prepare(picture, request["onnx"]))
                case "run":
                    start = time.perf_counter()
                    output = subject.run()
                    reply(ok=True, elapsedMs=(time.perf_counter() - start) * 1e3)
                case "save":
                    if output is None:
                        raise RuntimeError("nothing has been run")
                    np.ascontiguousarray(output, dtype="<f4").tofile(request["path"])
                    reply(ok=True, layout="nchw")
                case command:
                    raise ValueError(f"unknown command {command}")
        except Exception as error:  # said to the bench, which leaves this peer out
            reply(ok=False, reason=f"{type(error).__name__}: {error}".splitlines()[0])
