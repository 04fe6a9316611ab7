"""Writes the PyTorch reference tensors that the parity tests compare with.

    python -m venv .venv && .venv/bin/pip install -r tools/parity/requirements.txt
    .venv/bin/python tools/parity/reference.py

It writes test/fixtures/parity/outputs.bin (float32, little-endian, NCHW, one case after another) and
manifest.json beside it; a table of what was measured goes to standard output. A second run on the same
machine writes the same bytes; another processor may round differently, within the noise recorded here.

Weights and inputs are not stored: a counter-based hash makes them here and in test/parity/random.ts.

The networks below are a plain definition of NAFNet (arXiv 2204.04676), its local version (TLC, arXiv
2112.04491) and MDTA (Restormer, arXiv 2111.09881, section 3.1), with the state_dict keys of the published
checkpoints.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

Window = tuple[int, int] | None
Bounds = tuple[float, float]


# ---- The network ---------------------------------------------------------------------------------


class LayerNorm2d(nn.Module):
    """Normalises each pixel over its channels; biased variance."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(1, keepdim=True)
        y = centred / (centred.pow(2).mean(1, keepdim=True) + 1e-6).sqrt()
        return self.weight.view(1, -1, 1, 1) * y + self.bias.view(1, -1, 1, 1)


class SimpleGate(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=1)
        return first * second


class LocalMean(nn.Module):
    """The mean over the picture, or (TLC) over a window around each pixel, replicated into the border."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        if self.window is None or (self.window[0] >= h and self.window[1] >= w):
            return x.mean((2, 3), keepdim=True)
        means = F.avg_pool2d(x, (min(h, self.window[0]), min(w, self.window[1])), stride=1)
        rest_h, rest_w = h - means.shape[2], w - means.shape[3]
        padding = (rest_w // 2, (rest_w + 1) // 2, rest_h // 2, (rest_h + 1) // 2)
        return F.pad(means, padding, mode="replicate")


class SimplifiedChannelAttention(nn.Sequential):
    """The factors only: [n, c, 1, 1], or [n, c, h, w] where a TLC window is smaller than the picture."""

    def __init__(self, channels: int, window: Window) -> None:
        super().__init__(LocalMean(window), nn.Conv2d(channels, channels, 1))


class MDTA(nn.Module):
    """Attention between channels; returns the attention's output, not yet multiplied by its input."""

    def __init__(self, channels: int, heads: int, bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=bias)
        self.qkv_dwconv = nn.Conv2d(3 * channels, 3 * channels, 3, padding=1, groups=3 * channels, bias=bias)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        qkv = self.qkv_dwconv(self.qkv(x)).chunk(3, dim=1)
        q, k, v = (part.reshape(n, self.heads, c // self.heads, h * w) for part in qkv)
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)  # clamps the norm at 1e-12
        attention = (q @ k.transpose(-2, -1) * self.temperature).softmax(dim=-1)
        return self.project_out((attention @ v).reshape(n, c, h, w))


class NAFBlock(nn.Module):
    def __init__(self, channels: int, attention: str, heads: int, bias: bool, window: Window) -> None:
        super().__init__()
        c = channels
        self.norm1 = LayerNorm2d(c)
        self.conv1 = nn.Conv2d(c, 2 * c, 1)
        self.conv2 = nn.Conv2d(2 * c, 2 * c, 3, padding=1, groups=2 * c)
        self.conv3 = nn.Conv2d(c, c, 1)
        if attention == "mdta":
            self.mdta = MDTA(c, heads, bias)
        else:
            self.sca = SimplifiedChannelAttention(c, window)
        self.attention = attention
        self.norm2 = LayerNorm2d(c)
        self.conv4 = nn.Conv2d(c, 2 * c, 1)
        self.conv5 = nn.Conv2d(c, c, 1)
        self.gate = SimpleGate()
        self.beta = nn.Parameter(torch.zeros(1, c, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, c, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        t = self.gate(self.conv2(self.conv1(self.norm1(x))))
        t = t * (self.mdta(t) if self.attention == "mdta" else self.sca(t))
        y = x + self.conv3(t) * self.beta
        t = self.conv5(self.gate(self.conv4(self.norm2(y))))
        return y + t * self.gamma


class NAFNet(nn.Module):
    def __init__(
        self,
        img_channel: int,
        width: int,
        middle_blk_num: int,
        enc_blk_nums: list[int],
        dec_blk_nums: list[int],
        attention: str,
        mdta_heads: int,
        mdta_bias: bool,
        tlc_base: int | None,
    ) -> None:
        super().__init__()

        def blocks(count: int, level: int) -> nn.Sequential:
            window = None if tlc_base is None else (tlc_base // 2**level, tlc_base // 2**level)
            channels = width * 2**level
            return nn.Sequential(
                *(NAFBlock(channels, attention, mdta_heads, mdta_bias, window) for _ in range(count))
            )

        depth = len(enc_blk_nums)
        self.multiple = 2**depth
        self.intro = nn.Conv2d(img_channel, width, 3, padding=1)
        self.encoders = nn.ModuleList(blocks(count, i) for i, count in enumerate(enc_blk_nums))
        self.downs = nn.ModuleList(
            nn.Conv2d(width * 2**i, width * 2 ** (i + 1), 2, stride=2) for i in range(depth)
        )
        self.middle_blks = blocks(middle_blk_num, depth)
        self.ups = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width * 2**level, width * 2 ** (level + 1), 1, bias=False), nn.PixelShuffle(2)
            )
            for level in range(depth, 0, -1)
        )
        self.decoders = nn.ModuleList(blocks(count, depth - 1 - i) for i, count in enumerate(dec_blk_nums))
        self.ending = nn.Conv2d(width, img_channel, 3, padding=1)

    def forward(self, picture: Tensor) -> Tensor:
        h, w = picture.shape[2:]
        padded = F.pad(picture, (0, -w % self.multiple, 0, -h % self.multiple))
        x = self.intro(padded)
        skips: list[Tensor] = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            x = encoder(x)
            skips.append(x)
            x = down(x)
        x = self.middle_blks(x)
        for up, decoder in zip(self.ups, self.decoders, strict=True):
            x = decoder(up(x) + skips.pop())
        return (self.ending(x) + padded)[:, :, :h, :w]


# ---- Values --------------------------------------------------------------------------------------


def uniform(name: str, count: int) -> np.ndarray:
    """`count` values in [0, 1), 24 bits each, from the name: the twin of `uniform` in random.ts."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF  # FNV-1a
    x = np.uint32(seed) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x85EBCA6B)  # murmur3's finalizer
    x = (x ^ x >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    x = x ^ x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**24


def between(name: str, shape: list[int], low: float, high: float) -> Tensor:
    values = low + (high - low) * uniform(name, math.prod(shape))
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def bounds_of(owner: nn.Module, name: str, weight: Tensor, residual: float) -> Bounds:
    """What a weight is drawn from, so that the network's values stay of order 1."""
    if name in ("beta", "gamma"):
        return -residual, residual
    if name == "temperature":
        return 0.5, 2.0
    if isinstance(owner, LayerNorm2d):
        return (0.5, 1.5) if name == "weight" else (-0.3, 0.3)
    if name == "bias":
        return -0.2, 0.2
    limit = math.sqrt(3 / math.prod(weight.shape[1:]))  # OIHW with I = in / groups, so this is fan_in
    return -limit, limit


def fill(net: nn.Module, seed: str, residual: float, special: dict[str, Bounds]) -> list[dict[str, object]]:
    """Sets all weights, in place; returns what the manifest says of them."""
    specs: list[dict[str, object]] = []
    with torch.no_grad():
        for key, weight in net.state_dict().items():
            owner, _, name = key.rpartition(".")
            low, high = special.get(key) or bounds_of(net.get_submodule(owner), name, weight, residual)
            shape = list(weight.shape)
            weight.copy_(between(f"{seed}/{key}", shape, low, high))
            specs.append({"name": key, "shape": shape, "low": low, "high": high})
    return specs


# ---- Cases ---------------------------------------------------------------------------------------


@dataclass
class Case:
    name: str
    kind: str
    config: dict[str, object]
    shape: list[int]
    low: float = -1.0
    high: float = 1.0
    mask_channel: int | None = None
    state_dict: str = ""  # the weights' seed and name; networks share one over several sizes
    residual: float = 0.8  # bound of beta and gamma
    special: dict[str, Bounds] = field(default_factory=dict)
    noise_limit: float = 1e-5

    def module(self) -> nn.Module:
        c = dict(self.config)
        match self.kind:
            case "LayerNorm2d":
                return LayerNorm2d(**c)
            case "SimpleGate":
                return SimpleGate()
            case "PixelShuffle":
                return nn.PixelShuffle(c["factor"])
            case "SimplifiedChannelAttention":
                return SimplifiedChannelAttention(c["channels"], c["tlc_window"])
            case "MDTA":
                return MDTA(**c)
            case "NAFBlock":
                return NAFBlock(c["channels"], c["attention"], c["heads"], c["bias"], c["tlc_window"])
            case "NAFNet":
                return NAFNet(**c)
            case _:
                raise ValueError(f"unknown kind {self.kind}")

    def input(self) -> Tensor:
        x = between(f"{self.name}/input", self.shape, self.low, self.high)
        if self.mask_channel is not None:
            mask = x[:, self.mask_channel]
            mask.copy_((mask >= (self.low + self.high) / 2).float())
        return x


def layer_cases() -> list[Case]:
    cases: list[Case] = []

    def add(prefix: str, kind: str, config: dict[str, object], shape: list[int], **more: object) -> None:
        n, c, h, w = shape
        name = f"{prefix}-{h}x{w}-c{c}" + (f"-n{n}" if n > 1 else "")
        cases.append(Case(name, kind, config, shape, state_dict=name, **more))

    for shape in ([1, 1, 1, 1], [1, 32, 1, 1], [1, 3, 1, 7], [2, 5, 13, 11], [1, 8, 12, 10], [1, 64, 7, 9]):
        add("layer-norm", "LayerNorm2d", {"channels": shape[1]}, shape)
    # A one-pass variance, E[x²] − E[x]², loses its digits here.
    offset = {"low": 50.0, "high": 51.0, "noise_limit": 1e-4}
    add("layer-norm-offset-50", "LayerNorm2d", {"channels": 16}, [1, 16, 13, 11], **offset)
    add("layer-norm-offset-50", "LayerNorm2d", {"channels": 7}, [1, 7, 6, 5], **offset)
    # Variance far below eps.
    add("layer-norm-flat", "LayerNorm2d", {"channels": 8}, [1, 8, 5, 3], low=-1e-5, high=1e-5)

    for shape in ([1, 2, 1, 1], [1, 6, 1, 7], [2, 10, 13, 11], [1, 16, 12, 10]):
        add("simple-gate", "SimpleGate", {}, shape)
    for shape in ([1, 4, 1, 1], [1, 20, 1, 7], [2, 12, 13, 11], [1, 32, 6, 10]):
        add("pixel-shuffle", "PixelShuffle", {"factor": 2}, shape)

    def add_sca(prefix: str, window: Window, shape: list[int]) -> None:
        config = {"channels": shape[1], "tlc_window": window}
        # A mean well away from zero, so that a wrong mean shows.
        add(prefix, "SimplifiedChannelAttention", config, shape, low=-0.5)

    for shape in ([1, 1, 1, 1], [1, 3, 1, 7], [2, 8, 13, 11], [1, 16, 12, 10], [1, 5, 61, 67]):
        add_sca("sca", None, shape)
    for window in ((1, 1), (5, 4), (12, 10), (13, 4), (5, 11), (5, 20), (20, 4), (13, 11), (20, 20), (12, 11)):
        add_sca(f"sca-tlc-{window[0]}x{window[1]}", window, [1, 3, 13, 11])
    add_sca("sca-tlc-4x4", (4, 4), [2, 8, 12, 10])
    add_sca("sca-tlc-4x4", (4, 4), [1, 5, 1, 7])
    add_sca("sca-tlc-4x4", (4, 4), [1, 3, 1, 1])
    add_sca("sca-tlc-24x24", (24, 24), [1, 4, 61, 67])

    def add_mdta(heads: int, bias: bool, shape: list[int], prefix: str = "", **more: object) -> None:
        name = prefix or f"mdta-h{heads}" + ("-bias" if bias else "")
        add(name, "MDTA", {"channels": shape[1], "heads": heads, "bias": bias}, shape, **more)

    add_mdta(1, False, [1, 1, 5, 7])
    add_mdta(4, True, [1, 16, 1, 1])
    add_mdta(2, False, [1, 6, 1, 7])
    add_mdta(1, True, [1, 5, 13, 11])
    add_mdta(3, False, [2, 9, 13, 11])
    add_mdta(8, False, [1, 8, 12, 10])
    add_mdta(8, True, [2, 16, 12, 10])
    add_mdta(8, False, [1, 32, 6, 6])
    add_mdta(2, True, [1, 8, 61, 67])
    add_mdta(8, False, [1, 16, 37, 29])
    add_mdta(2, False, [1, 4, 5, 3], "mdta-zero-input", low=0.0, high=0.0)
    # Norms on both sides of the clamp at 1e-12; project_out brings the values back to order 1.
    add_mdta(
        2, False, [1, 8, 3, 5], "mdta-norm-clamp",
        low=-4e-13, high=4e-13, special={"project_out.weight": (-2e12, 2e12)},
    )  # fmt: skip

    def add_block(
        shape: list[int], attention: str = "sca", heads: int = 8, bias: bool = False, window: Window = None
    ) -> None:
        config = {
            "channels": shape[1],
            "attention": attention,
            "heads": heads,
            "bias": bias,
            "tlc_window": window,
        }
        detail = f"-h{heads}" + ("-bias" if bias else "") if attention == "mdta" else ""
        local = "" if window is None else f"-tlc-{window[0]}x{window[1]}"
        add(f"block-{attention}{detail}{local}", "NAFBlock", config, shape)

    for shape in ([1, 3, 1, 1], [1, 5, 1, 7], [1, 8, 13, 11], [2, 16, 12, 10], [1, 32, 7, 5]):
        add_block(shape)
    for window in ((6, 6), (5, 20), (20, 20)):
        add_block([1, 8, 13, 11], window=window)
    add_block([1, 16, 1, 1], "mdta", heads=4)
    add_block([1, 6, 1, 7], "mdta", heads=3, bias=True)
    add_block([1, 8, 13, 11], "mdta")
    add_block([1, 16, 13, 11], "mdta")
    add_block([2, 16, 11, 7], "mdta", bias=True)
    add_block([1, 24, 37, 29], "mdta", heads=4)
    return cases


GOPRO = {"middle_blk_num": 1, "enc_blk_nums": [1, 1, 1, 28], "dec_blk_nums": [1, 1, 1, 1]}
SIDD = {"middle_blk_num": 12, "enc_blk_nums": [2, 2, 4, 8], "dec_blk_nums": [2, 2, 2, 2]}
SMALL = {"middle_blk_num": 2, "enc_blk_nums": [1, 2, 1], "dec_blk_nums": [1, 1, 2]}
TINY = {"middle_blk_num": 1, "enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1]}


def network_cases() -> list[Case]:
    cases: list[Case] = []

    def add(
        name: str,
        layout: dict[str, object],
        width: int,
        sizes: list[tuple[int, int]],
        residual: float,
        img_channel: int = 3,
        attention: str = "sca",
        mdta_heads: int = 8,
        mdta_bias: bool = False,
        tlc_bases: tuple[int | None, ...] = (None,),
        batch: int = 1,
    ) -> None:
        # The skips add up to about 10 before `ending`; trained networks change a pixel by less than 1.
        limit = math.sqrt(3 / (9 * width)) / 4
        special = {"ending.weight": (-limit, limit)}
        for tlc_base in tlc_bases:
            for h, w in sizes:
                local = "" if tlc_base is None else f"-tlc{tlc_base}"
                config = {
                    "img_channel": img_channel,
                    "width": width,
                    **layout,
                    "attention": attention,
                    "mdta_heads": mdta_heads,
                    "mdta_bias": mdta_bias,
                    "tlc_base": tlc_base,
                }
                cases.append(
                    Case(
                        f"{name}{local}-{h}x{w}" + (f"-n{batch}" if batch > 1 else ""),
                        "NAFNet",
                        config,
                        [batch, img_channel, h, w],
                        low=0.0,
                        mask_channel=3 if img_channel == 4 else None,
                        state_dict=name,
                        residual=residual,
                        special=special,
                    )
                )

    odd = [(1, 1), (15, 17), (16, 16), (17, 31), (37, 29)]
    add("gopro-sca-w8", GOPRO, 8, [*odd, (64, 48)], 0.25)
    add("gopro-sca-w8", GOPRO, 8, [(1, 1), (16, 16), (37, 29), (64, 48)], 0.25, tlc_bases=(24,))
    add("sidd-sca-w4", SIDD, 4, odd, 0.25)
    add("sidd-sca-w4", SIDD, 4, [(17, 31), (64, 48)], 0.25, tlc_bases=(16,))
    add("gopro-mdta-w8", GOPRO, 8, [*odd, (64, 48)], 0.25, attention="mdta")
    add("sidd-mdta-w8", SIDD, 8, [*odd, (64, 48)], 0.25, attention="mdta", mdta_bias=True)
    add("small-sca-w8-mask", SMALL, 8, [(7, 9), (37, 29)], 0.5, img_channel=4, tlc_bases=(None, 8))
    add("small-mdta-w8-mask", SMALL, 8, [(7, 9), (37, 29)], 0.5, img_channel=4, attention="mdta")
    add("tiny-sca-w5-grey", TINY, 5, [(1, 1), (3, 5), (13, 11)], 0.5, img_channel=1)
    add("tiny-sca-w8", TINY, 8, [(12, 9)], 0.5, batch=2, tlc_bases=(None, 8))
    add("tiny-mdta-w16", TINY, 16, [(1, 1), (37, 29), (64, 48)], 0.5, attention="mdta", mdta_bias=True)
    add("tiny-mdta-w6-h2", TINY, 6, [(13, 11)], 0.5, attention="mdta", mdta_heads=2, batch=2)
    return cases


# ---- Writing -------------------------------------------------------------------------------------


def lines(items: list[str]) -> str:
    return ",\n".join(items)


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "parity"
    folder.mkdir(parents=True, exist_ok=True)

    state_dicts: dict[str, list[dict[str, object]]] = {}
    entries: list[dict[str, object]] = []
    outputs: list[bytes] = []
    offset = 0
    print(f"{'case':34} {'output':16} {'max abs':>9} {'noise':>9}")
    for case in layer_cases() + network_cases():
        net = case.module().eval()
        weights = fill(net, case.state_dict, case.residual, case.special)
        if weights:
            state_dicts[case.state_dict] = weights
        with torch.inference_mode():
            x = case.input()
            exact = copy.deepcopy(net).double()(x.double())
            result = net(x).contiguous()
        noise = (result.double() - exact).abs().max().item()
        largest = result.abs().max().item()
        if not math.isfinite(largest) or noise > case.noise_limit:
            raise ArithmeticError(f"{case.name}: noise {noise}, largest value {largest}: choose other bounds")
        data = result.numpy().astype("<f4").tobytes()
        shape = list(result.shape)
        entries.append(
            {
                "name": case.name,
                "kind": case.kind,
                "config": case.config,
                "input": {
                    "shape": case.shape,
                    "low": case.low,
                    "high": case.high,
                    "mask_channel": case.mask_channel,
                },
                "state_dict": case.state_dict if weights else None,
                "output": {"shape": shape, "offset": offset, "max_abs": largest},
                "noise": noise,
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
        outputs.append(data)
        offset += len(data)
        print(f"{case.name:34} {'x'.join(map(str, shape)):16} {largest:9.3g} {noise:9.2g}")

    all_outputs = b"".join(outputs)
    samples = [
        {"name": name, "low": low, "high": high, "values": between(name, [8], low, high).tolist()}
        for name, low, high in [
            ("gopro-sca-w8-37x29/input", 0.0, 1.0),
            ("gopro-sca-w8/encoders.3.27.conv1.weight", -0.2165063509461097, 0.2165063509461097),
        ]
    ]
    head = {
        "generator": "tools/parity/reference.py",
        "torch": torch.__version__.partition("+")[0],
        "numpy": np.__version__,
        "outputs": {
            "file": "outputs.bin",
            "bytes": offset,
            "sha256": hashlib.sha256(all_outputs).hexdigest(),
        },
        "samples": samples,
    }
    # One case and one weight a line, so that a diff shows which of them changed.
    text = json.dumps(head)[1:-1]
    dicts = lines(
        [f"{json.dumps(name)}: [\n{lines([json.dumps(w) for w in ws])}\n]" for name, ws in state_dicts.items()]
    )
    cases = lines([json.dumps(entry) for entry in entries])
    (folder / "manifest.json").write_text(
        f'{{{text},\n"cases": [\n{cases}\n],\n"state_dicts": {{\n{dicts}\n}}}}\n', encoding="utf-8"
    )
    (folder / "outputs.bin").write_bytes(all_outputs)
    print(f"{len(entries)} cases, {offset} bytes")


if __name__ == "__main__":
    main()
