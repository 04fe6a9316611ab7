"""Writes test/fixtures/metrics.json: PSNR, SSIM and MSE as scikit-image computes them.

    pip install numpy scikit-image
    python3 tools/parity/metrics.py

The pictures are made by the formula in `pair`, which test/metrics/metrics.test.ts repeats.
"""

import json
from pathlib import Path

import numpy as np
import skimage
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

CASES = [
    # name, width, height, strength of the noise
    ("smallest", 11, 11, 15),
    ("odd", 23, 17, 31),
    ("faint", 64, 48, 3),
    ("heavy", 37, 53, 201),
    ("wide", 131, 12, 63),
]


def pair(width: int, height: int, noise: int) -> tuple[np.ndarray, np.ndarray]:
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    clean = (x * 5 + y * 3 + c * 40 + (x * y) // 7) % 256
    offset = (x * 7919 + y * 10477 + c * 1301 + x * y * 31) % (noise * 2 + 1) - noise
    return clean.astype(np.uint8), np.clip(clean + offset, 0, 255).astype(np.uint8)


def reference(name: str, width: int, height: int, noise: int) -> dict:
    a, b = pair(width, height, noise)
    return {
        "name": name,
        "width": width,
        "height": height,
        "noise": noise,
        "mse": mean_squared_error(a, b),
        "psnr": peak_signal_noise_ratio(a, b, data_range=255),
        "ssim": structural_similarity(
            a,
            b,
            data_range=255,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        ),
    }


if __name__ == "__main__":
    out = Path(__file__).parents[2] / "test" / "fixtures" / "metrics.json"
    content = {
        "generator": "tools/parity/metrics.py",
        "versions": {"numpy": np.__version__, "scikit-image": skimage.__version__},
        "cases": [reference(*case) for case in CASES],
    }
    out.write_text(json.dumps(content, indent=2) + "\n")
    print(out)
