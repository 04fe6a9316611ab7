"""Writes the small PyTorch checkpoints that test/weights/pytorch reads, and what must come out.

    python -m venv venv && venv/bin/pip install -r tools/parity/requirements.txt
    venv/bin/python tools/parity/checkpoints.py [--shared ../shared]

Output, the same bytes in every run with the same versions: test/fixtures/checkpoints/*.pth and
manifest.json, which holds the versions, the seed, each file's SHA-256 and each tensor's float32
values (base64, little-endian), and SHA-256 sums of the tables that src/base/half.ts must equal.

--shared names a folder with data/pth and checkpoints in it, real files that are not committed: their
names, tensor counts, some shapes and the SHA-256 of all float32 values in order go into the manifest.
Without the folder, what the manifest said about them is kept.
"""

import argparse
import base64
import collections
import hashlib
import json
import pathlib
import zipfile

import numpy
import torch

SEED = 20240404
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "test" / "fixtures" / "checkpoints"
# Averaged weights first; each may hold another of them.
WRAPPERS = ["params_ema", "params-ema", "ema", "params", "state_dict", "model_state_dict", "model", "net_g"]
# Counters beside the weights, which have no prefix.
COUNTERS = ["n_averaged"]
PREFIXES = ["module.", "_orig_mod."]
LEGACY = {"_use_new_zipfile_serialization": False}
F16_EDGES = [
    0.0, -0.0, 1.0, -2.0, 65504.0, 65519.996, 65520.0, -65520.0, 65536.0, 1e9, 2.0**-14,
    2.0**-14 - 2.0**-25, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 2.0**-26, -(2.0**-24), 1e-45,
    2049.0, 2051.0, 1.0 + 2.0**-11, 1.0 + 3 * 2.0**-11, 0.1, 1 / 3, float("inf"), float("-inf"),
    float("nan"), 3.4e38,
]


# --- What a file is expected to be read as: the rules of readCheckpoint, in Python. ---

def tensors_in(value):
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, torch.Tensor)}


def expected(root):
    held, path, other = root, [], []
    while True:
        inner = next((k for k in WRAPPERS if isinstance(held, dict) and isinstance(held.get(k), dict) and held[k]), None)
        if inner is None:
            break
        other += [".".join([*path, str(k)]) for k in held if k != inner]
        held, path = held[inner], [*path, inner]
    tensors = tensors_in(held)
    other += [".".join([*path, k]) for k in held if k not in tensors]
    weights = [k for k in tensors if k not in COUNTERS]
    prefix = ""
    while True:
        more = next((prefix + p for p in PREFIXES if all(k.startswith(prefix + p) for k in weights)), None)
        if more is None:
            break
        prefix = more
    tensors = {k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}
    return ".".join(path) or None, prefix, other, tensors


def float32_bytes(tensor):
    values = tensor.detach().resolve_neg().to(torch.float32).contiguous().numpy()
    return values.astype("<f4").tobytes()


def describe(path, root):
    wrapper, prefix, other, tensors = expected(root)
    data = path.read_bytes()
    return {
        "container": "zip" if data[:2] == b"PK" else "legacy",
        "byteLength": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "wrapper": wrapper,
        "prefix": prefix,
        "otherKeys": other,
        "tensors": [
            [name, str(t.dtype).removeprefix("torch."), list(t.shape), base64.b64encode(float32_bytes(t)).decode()]
            for name, t in tensors.items()
        ],
    }


# --- What is saved. ---

def dtypes():
    special = [0.0, -0.0, 1.5, -2.25, 1e-3, 3e4, float("inf"), float("-inf")]
    big = [0, -1, 2**24 + 1, 2**53 + 1, -(2**62) - 3, 2**63 - 1, -(2**63), (1 << 60) + (1 << 36) + 1]
    return {
        "float64": torch.tensor([*special, 1 + 2**-24 + 2**-50, 1e-46, 1e39, 5e-324], dtype=torch.float64),
        "float32": torch.tensor([*special, 1e-45, 3.4e38]),
        "float16": torch.tensor([*special, 2**-24, 65504.0], dtype=torch.float16),
        "bfloat16": torch.tensor([*special, 1e-40, 3e38], dtype=torch.bfloat16),
        "int64": torch.tensor(big),
        "int32": torch.tensor([0, -1, 2**24 + 1, 2**31 - 1, -(2**31)], dtype=torch.int32),
        "int16": torch.tensor([0, -1, 32767, -32768], dtype=torch.int16),
        "int8": torch.tensor([0, -1, 127, -128], dtype=torch.int8),
        "uint8": torch.tensor([0, 1, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(0.5),
        "scalar_int64": torch.tensor(7),
        "empty": torch.zeros(0),
        "empty_inside": torch.zeros(2, 0, 3),
    }


def layouts(random):
    base = torch.randn(24, generator=random)
    image = torch.randn(2, 3, 2, 2, generator=random)
    half = torch.randn(3, 4, generator=random).half()
    return {
        "base": base,
        "view": base[5:17].view(3, 4),
        "every_third": base[1::3],
        "transposed": base.view(4, 6).t(),
        "permuted": base.view(2, 3, 4).permute(2, 0, 1),
        "scalar_inside": base[13],
        "expanded": torch.tensor([1.25, -3.0]).view(2, 1).expand(2, 5),
        "expanded_scalar": torch.tensor(0.125).expand(3, 2, 2),
        "channels_last": image.to(memory_format=torch.channels_last),
        "half_transposed": half.t(),
        "tied": base,
        "empty_view": base[24:],
    }


def network(random):
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 2, 1), torch.nn.BatchNorm2d(2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=random))
    return model


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + k, v) for k, v in state.items())


def training(random):
    model = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.randn(1, 2, generator=random))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    scheduler.step()
    return {
        "epoch": 12,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "scheduler_state_dict": scheduler.state_dict(),
        "best": {"psnr": 31.25, "at": (12, 2**40, -(2**70))},
        "input": torch.Size([1, 3, 64, 64]),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "note": "naïve ☂",
    }


def parameters(random):
    plain = torch.nn.Parameter(torch.randn(3, generator=random))
    marked = torch.nn.Parameter(torch.randn(2, generator=random), requires_grad=False)
    marked.no_weight_decay = True
    return {"plain": plain, "marked": marked, "_extra_state": {"version": 2}, "step": 7}


def python_values():
    """What torch.load(weights_only=True) takes beside weights, and defaultdict and frozenset."""
    return {
        "set": {"a"}, "frozenset": frozenset({1}), "empty": set(), "complex": 1 + 2j,
        "bytes": [b"x", b"", b"\xff"], "bytearray": bytearray(b"y"),
        "defaultdict": collections.defaultdict(list, {"a": [1]}), "counter": collections.Counter("aab"),
        "size": torch.Size([1, 2]), "device": torch.device("cpu"), "dtype": torch.float8_e4m3fn,
        "layout": torch.strided, "meta": torch.zeros(2, device="meta"),
        "sparse": torch.zeros(2, 2).to_sparse(),
    }


def with_attributes(random):
    tensor = torch.randn(3, generator=random)
    tensor.note = "an attribute makes torch.save write the type"
    return {"weight": tensor}


def tiny(random):
    return {"weight": torch.randn(2, 2, generator=random), "bias": torch.randn(2, generator=random)}


def cases():
    """name, object, options of torch.save"""
    random = torch.Generator().manual_seed(SEED)
    for name, make in [("dtypes", dtypes), ("layouts", lambda: layouts(random)),
                       ("training", lambda: training(random))]:
        value = make()
        yield f"{name}-zip", value, {}
        yield f"{name}-legacy", value, LEGACY
    yield "parameters-legacy", parameters(random), LEGACY
    state = network(random).state_dict()
    yield "module-legacy", prefixed(state, "module."), LEGACY
    yield "compiled-legacy", {"state_dict": prefixed(tiny(random), "module._orig_mod.")}, LEGACY
    yield "not-a-prefix-legacy", {**prefixed(tiny(random), "module."), "other": torch.ones(1)}, LEGACY
    # Legacy files are a quarter of the size of zip ones, and these cases are the same in both.
    for wrapper in ["params_ema", "params", "state_dict", "model_state_dict", "model"]:
        yield f"{wrapper}-legacy", {wrapper: tiny(random), "iter": 5}, LEGACY
    yield "params-zip", {"params": tiny(random)}, {}
    yield "params-both-legacy", {"params": tiny(random), "params_ema": tiny(random)}, LEGACY
    yield "model-beside-legacy", {"model": "NAFNet", **tiny(random)}, LEGACY
    for protocol in (1, 3, 4, 5):
        yield f"protocol{protocol}-legacy", tiny(random), {"pickle_protocol": protocol, **LEGACY}
    yield "protocol4-zip", tiny(random), {"pickle_protocol": 4}
    yield "no-crc-zip", tiny(random), {"crc": False}
    # What training scripts keep of the best epoch so far.
    yield "numpy-scalar-legacy", {"state_dict": tiny(random), "best_psnr": numpy.float64(31.25)}, LEGACY
    for protocol in (2, 4):
        beside = {"params": tiny(random), "beside": python_values()}
        yield f"beside-protocol{protocol}-legacy", beside, {"pickle_protocol": protocol, **LEGACY}
    yield "attributes-legacy", with_attributes(random), LEGACY
    # As training programs nest and name them.
    yield "net_g-legacy", {"net_g": tiny(random), "step": torch.tensor(3)}, LEGACY
    yield "nested-legacy", {"model": {"state_dict": tiny(random), "lr": 0.1}, "epoch": 3}, LEGACY
    yield "ema-and-model-legacy", {"model": tiny(random), "ema": tiny(random)}, LEGACY
    yield "params-hyphen-legacy", {"params": tiny(random), "params-ema": tiny(random)}, LEGACY
    yield "averaged-model-legacy", torch.optim.swa_utils.AveragedModel(network(random)).state_dict(), LEGACY


def refused_cases():
    """name, object, options of torch.save, the error's code, a part of its message"""
    unsupported = "CHECKPOINT_UNSUPPORTED"
    yield "refused-uint16-legacy", {"w": torch.zeros(2, dtype=torch.uint16)}, LEGACY, unsupported, "torch.uint16"
    yield "refused-float8-legacy", {"w": torch.zeros(2).to(torch.float8_e4m3fn)}, LEGACY, unsupported, "torch.float8_e4m3fn"
    yield "refused-complex-legacy", {"w": torch.zeros(2, dtype=torch.complex64)}, LEGACY, unsupported, "ComplexFloatStorage"
    yield "refused-neg-legacy", {"w": torch.zeros(2, dtype=torch.complex64).conj().imag}, LEGACY, unsupported, "neg"
    yield "refused-module-zip", torch.nn.ReLU(), {}, "CHECKPOINT_FORBIDDEN", "torch.nn.modules.activation.ReLU"
    yield "refused-numpy-legacy", {"w": torch.zeros(1), "n": numpy.ones(1)}, LEGACY, "CHECKPOINT_FORBIDDEN", "numpy"
    yield "refused-list-legacy", [torch.zeros(1)], LEGACY, unsupported, "holds a list"
    yield "refused-tensor-legacy", torch.zeros(1), LEGACY, unsupported, "holds a tensor"
    yield "refused-unknown-wrapper-legacy", {"pair": {"unheard": {"w": torch.zeros(1), "v": torch.zeros(1)}}, "step": torch.tensor(3)}, LEGACY, unsupported, 'checkpoint["pair"]["unheard"]'
    yield "refused-no-tensors-legacy", {"epoch": 3, "lr": 0.5}, LEGACY, unsupported, '"epoch": int, "lr": float'


class StorageNumbers:
    """Legacy files name a storage by its address; this gives the same names in every run."""

    def __init__(self):
        self.real = torch._C.StorageBase._cdata
        self.numbers = {}
        torch.UntypedStorage._cdata = property(self.number)

    def number(self, storage):
        return self.numbers.setdefault(self.real.__get__(storage), 94_000_000_000_000 + 64 * len(self.numbers))

    def restart(self):
        self.numbers.clear()


def save(path, value, options, numbers):
    numbers.restart()
    options = dict(options)
    torch.serialization.set_crc32_options(options.pop("crc", True))
    torch.save(value, path, **options)
    torch.serialization.set_crc32_options(True)


def recompressed(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            new.writestr(info, old.read(name), zipfile.ZIP_DEFLATED)


# --- Tables for src/base/half.ts. NaN is 0x7fc00000 and 0x7e00: JavaScript keeps no payload. ---

def sha256_of(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


def half_tables():
    bits = numpy.arange(65536, dtype=numpy.uint16)
    as_float = bits.view(numpy.float16).astype(numpy.float32)
    as_float[numpy.isnan(as_float)] = numpy.float32("nan")
    bfloat = (bits.astype(numpy.uint32) << 16).view(numpy.float32).copy()
    bfloat[numpy.isnan(bfloat)] = numpy.float32("nan")

    # Every point halfway between two finite halves, and the float32 just below and above it.
    low = numpy.arange(0x7BFF, dtype=numpy.uint16)
    middle = (low.view(numpy.float16).astype(numpy.float64) + (low + 1).astype(numpy.uint16).view(numpy.float16).astype(numpy.float64)) / 2
    middle_bits = middle.astype(numpy.float32).view(numpy.uint32)
    around = numpy.stack([middle_bits - 1, middle_bits, middle_bits + 1], axis=1).reshape(-1)
    # A sweep over all of float32: signs, exponents, NaNs and infinities.
    sweep = (numpy.arange(65536, dtype=numpy.uint64) * 65537).astype(numpy.uint32)

    def to_half(float_bits):
        values = float_bits.view(numpy.float32)
        with numpy.errstate(all="ignore"):
            halves = values.astype(numpy.float16).view(numpy.uint16).copy()
        halves[numpy.isnan(values)] = 0x7E00
        return halves

    random = numpy.random.default_rng(SEED)
    samples = numpy.concatenate([
        numpy.array(F16_EDGES, dtype=numpy.float32),
        (random.standard_normal(32) * 10.0 ** random.integers(-9, 6, 32)).astype(numpy.float32),
    ])
    return {
        "halfToFloat32Sha256": sha256_of(as_float.astype("<f4")),
        "bfloat16ToFloat32Sha256": sha256_of(bfloat.astype("<f4")),
        "float32ToHalfMidpointsSha256": sha256_of(to_half(around).astype("<u2")),
        "float32ToHalfSweepSha256": sha256_of(to_half(sweep).astype("<u2")),
        "float32ToHalf": {
            "float32Bits": [f"{b:08x}" for b in samples.view(numpy.uint32)],
            "halfBits": [f"{b:04x}" for b in to_half(samples.view(numpy.uint32))],
        },
    }


# --- Real files. ---

def shared_file(path):
    # The files in this folder are known; arbitrary ones must not be opened like this.
    root = torch.load(path, map_location="cpu", weights_only=False)
    wrapper, prefix, other, tensors = expected(root)
    values = hashlib.sha256()
    for tensor in tensors.values():
        values.update(float32_bytes(tensor))
    names = list(tensors)
    dtypes_found = collections.Counter(str(t.dtype).removeprefix("torch.") for t in tensors.values())
    data = path.read_bytes()
    return {
        "container": "zip" if data[:2] == b"PK" else "legacy",
        "sha256": hashlib.sha256(data).hexdigest(),
        "wrapper": wrapper,
        "prefix": prefix,
        "otherKeys": other,
        "tensorCount": len(names),
        "dtypes": dict(sorted(dtypes_found.items())),
        "shapes": {n: list(tensors[n].shape) for n in (names[0], names[-1])},
        "float32Sha256": values.hexdigest(),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--shared", type=pathlib.Path, default=ROOT.parent / "shared")
    shared = arguments.parse_args().shared
    manifest_path = OUT / "manifest.json"
    before = json.loads(manifest_path.read_text()) if manifest_path.exists() else {}
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.pth"):
        old.unlink()

    numbers = StorageNumbers()
    files, refused = {}, {}
    for name, value, options in cases():
        path = OUT / f"{name}.pth"
        save(path, value, options, numbers)
        files[path.name] = describe(path, value)
        twin = files.get(path.name.replace("-legacy", "-zip"))
        if twin is not None and twin is not files[path.name]:
            assert twin["tensors"] == files[path.name]["tensors"]
            files[path.name]["tensors"] = path.name.replace("-legacy", "-zip")  # the same as that file's
    for name, value, options, code, text in refused_cases():
        path = OUT / f"{name}.pth"
        save(path, value, options, numbers)
        refused[path.name] = {"code": code, "text": text}
    compressed = OUT / "refused-compressed-zip.pth"
    recompressed(OUT / "params-zip.pth", compressed)
    refused[compressed.name] = {"code": "CHECKPOINT_UNSUPPORTED", "text": "compressed"}

    real = before.get("shared", {})
    if shared.is_dir():
        found = [*sorted((shared / "data" / "pth").glob("*.p*")), *sorted((shared / "checkpoints").glob("*.pth"))]
        real = {p.relative_to(shared).as_posix(): shared_file(p) for p in found}

    manifest = {
        "generator": "tools/parity/checkpoints.py",
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "seed": SEED,
        "files": files,
        "refused": refused,
        "half": half_tables(),
        "shared": real,
    }
    # One line a file and table: readable differences, a third of the size of full indentation.
    lines = []
    for key, value in manifest.items():
        if isinstance(value, dict):
            inner = ",\n".join(json.dumps(k) + ": " + json.dumps(v, separators=(",", ":")) for k, v in value.items())
            lines.append(f"{json.dumps(key)}: {{\n{inner}\n}}")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    manifest_path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
