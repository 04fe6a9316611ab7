"""Writes test/fixtures/noise.json: numpy's seeded noise, which tools/quality/numpyRandom.ts repeats.

    pip install numpy
    python3 tools/parity/noise.py
"""

import json
from pathlib import Path

import numpy as np

SEED = 0
SIGMA = 25 / 255
# Past this many values the generator has been refilled some 4,000 times.
LATE = 1_000_000

np.random.seed(SEED)
values = np.random.normal(0, SIGMA, LATE + 5)

fixture = {
    "generator": "tools/parity/noise.py",
    "versions": {"numpy": np.__version__},
    "seed": SEED,
    "sigma": SIGMA,
    "first": values[:10].tolist(),
    "late": {"start": LATE, "values": values[LATE:].tolist()},
}
path = Path(__file__).parents[2] / "test" / "fixtures" / "noise.json"
path.write_text(json.dumps(fixture, indent=1) + "\n")
print(f"{path.name}: numpy {np.__version__}")
