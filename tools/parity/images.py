"""Writes test/fixtures/images/: small pictures and manifest.json with what they must decode to.

    pip install numpy pillow
    python3 tools/parity/images.py

PNG: the expected samples are those of the formula below, from before encoding; where Pillow decodes
the kind exactly, its result is asserted to agree. `png` assembles what Pillow cannot write (depths,
interlacing, filters, colour keys, chunk splits). JPEG: the expected pixels are Pillow's, that is
libjpeg-turbo's.
"""

import base64
import io
import json
import struct
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps, features

OUT = Path(__file__).parents[2] / "test" / "fixtures" / "images"
W, H = 23, 17
SIGNATURE = b"\x89PNG\r\n\x1a\n"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
entries = []


def samples(channels: int, depth: int, width: int = W, height: int = H) -> np.ndarray:
    """A pattern that fills the depth's range and differs in every channel."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return ((x * 2741 + y * 977 * (c + 1) + x * y * 13 + c * 21001) % 65536) >> (16 - depth)


def smooth(width: int = W, height: int = H) -> np.ndarray:
    """Gradients with one colour edge: what JPEG is for, and where chroma sampling shows."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // (width - 1), y * 255 // (height - 1), 255 - (x + y) * 6], axis=-1)
    rgb[:, width * 2 // 3 :, 0] //= 3
    return np.clip(rgb, 0, 255).astype(np.uint8)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def paeth(a: int, b: int, c: int) -> int:
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def scanlines(pixels: np.ndarray, depth: int, first_filter: int) -> bytes:
    """Packed rows, each filtered by the next of the five filters."""
    height, width, channels = pixels.shape
    step = max(1, channels * depth // 8)
    out = bytearray()
    previous = bytes((width * channels * depth + 7) // 8)
    for y in range(height):
        row = pixels[y].reshape(-1)
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        kind = (y + first_filter) % 5
        out.append(kind)
        for i, value in enumerate(line):
            a = line[i - step] if i >= step else 0
            b = previous[i]
            c = previous[i - step] if i >= step else 0
            predicted = (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]
            out.append((value - predicted) & 255)
        previous = line
    return bytes(out)


def png(pixels, depth, colour, *, interlace=False, palette=None, trns=None, exif=None, split=0, tail=b""):
    height, width = pixels.shape[:2]
    passes = ADAM7 if interlace else [(0, 0, 1, 1)]
    raw = b"".join(
        scanlines(part, depth, i)
        for i, (x, y, dx, dy) in enumerate(passes)
        if (part := pixels[y::dy, x::dx]).size
    )
    packed = zlib.compress(raw, 9)
    parts = [packed[i : i + split] for i in range(0, len(packed), split)] if split else [packed]
    out = SIGNATURE
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlace)))
    out += chunk(b"gAMA", struct.pack(">I", 45455))
    if palette is not None:
        out += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if trns is not None:
        out += chunk(b"tRNS", trns)
    if exif is not None:
        out += chunk(b"eXIf", exif)
    out += b"".join(chunk(b"IDAT", part) for part in parts)
    return out + chunk(b"IEND", b"") + tail


def add(name: str, content: bytes, pixels: np.ndarray) -> None:
    """Writes a picture and notes its pixels, [height, width, channels] as uint8 or uint16."""
    (OUT / name).write_bytes(content)
    height, width, channels = pixels.shape
    depth = 16 if pixels.dtype == np.uint16 else 8
    data = pixels.astype("<u2" if depth == 16 else "u1").tobytes()
    entries.append(
        {
            "file": name,
            "width": width,
            "height": height,
            "channels": channels,
            "bitDepth": depth,
            # PNG is exact, so a hash does; JPEG is compared with a tolerance.
            **({"sha256": sha256(data).hexdigest()} if name.endswith(".png") else {}),
            **({"pixels": base64.b64encode(data).decode()} if name.endswith(".jpg") else {}),
        }
    )


def pillow(content: bytes, mode: str) -> np.ndarray:
    image = np.asarray(Image.open(io.BytesIO(content)).convert(mode))
    return image[..., None] if image.ndim == 2 else image


def tiff(orientation: int, endian: str) -> bytes:
    """An EXIF block with a long tag before the orientation, as cameras write it."""
    make = b"nafnet test camera\0"
    head = (b"II" if endian == "<" else b"MM") + struct.pack(endian + "HI", 42, 8)
    entry_make = struct.pack(endian + "HHII", 0x010F, 2, len(make), 8 + 2 + 24 + 4)
    entry_orientation = struct.pack(endian + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return head + struct.pack(endian + "H", 2) + entry_make + entry_orientation + bytes(4) + make


def write_pngs() -> None:
    for colour, kind in {0: "grey", 2: "rgb", 4: "greyalpha", 6: "rgba"}.items():
        for depth in (1, 2, 4, 8, 16) if colour == 0 else (8, 16):
            values = samples(SAMPLES[colour], depth)
            scale = 1 if depth >= 8 else 255 // (2**depth - 1)
            expected = (values * scale).astype(np.uint16 if depth == 16 else np.uint8)
            for interlace in (False, True):
                content = png(values, depth, colour, interlace=interlace)
                if depth <= 8:
                    mode = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}[colour]
                    assert np.array_equal(pillow(content, mode), expected), (kind, depth, interlace)
                add(f"{kind}{depth}{'-adam7' if interlace else ''}.png", content, expected)

    for depth in (1, 2, 4, 8):
        palette = samples(3, 8, 2 ** min(depth, 6), 1)[0]
        indices = samples(1, depth) % len(palette)
        rgb = palette[indices[..., 0]].astype(np.uint8)
        content = png(indices, depth, 3, palette=palette, interlace=depth == 4)
        assert np.array_equal(pillow(content, "RGB"), rgb)
        add(f"palette{depth}{'-adam7' if depth == 4 else ''}.png", content, rgb)
        alpha = np.full(len(palette), 255, np.uint8)
        alpha[: len(palette) // 2] = np.arange(len(palette) // 2) * 3  # shorter than the palette
        content = png(indices, depth, 3, palette=palette, trns=alpha[: len(palette) // 2].tobytes())
        rgba = np.concatenate([rgb, alpha[indices]], axis=-1)
        assert np.array_equal(pillow(content, "RGBA"), rgba)
        add(f"palette{depth}-trns.png", content, rgba)

    for colour, depth in ((0, 2), (0, 8), (0, 16), (2, 8), (2, 16)):
        values = samples(SAMPLES[colour], depth)
        key = values[3, 5]
        full = 65535 if depth == 16 else 255
        alpha = np.where((values == key).all(axis=-1, keepdims=True), 0, full)
        scale = 1 if depth >= 8 else 255 // (2**depth - 1)
        expected = np.concatenate([values * scale, alpha], axis=-1)
        trns = key.astype(">u2").tobytes()
        kind = "grey" if colour == 0 else "rgb"
        expected = expected.astype(np.uint16 if depth == 16 else np.uint8)
        add(f"{kind}{depth}-key.png", png(values, depth, colour, trns=trns), expected)

    rgb = samples(3, 8)
    add("split-idat.png", png(rgb, 8, 2, split=7), rgb.astype(np.uint8))
    add("trailing-bytes.png", png(rgb, 8, 2, tail=b"\n appended"), rgb.astype(np.uint8))
    for size in ((1, 1), (1, 9), (9, 1), (3, 5)):
        tiny = samples(3, 8, *size)
        add(f"tiny{size[0]}x{size[1]}-adam7.png", png(tiny, 8, 2, interlace=True), tiny.astype(np.uint8))
    # Turned by 90° clockwise to be upright.
    add("exif6.png", png(rgb, 8, 2, exif=tiff(6, ">")), np.rot90(rgb, -1).astype(np.uint8))

    # An encoder that is not ours.
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        if mode == "I;16":
            expected = samples(1, 16).astype(np.uint16)
            image = Image.fromarray(expected[..., 0])
        else:
            image = Image.fromarray(samples(4, 8).astype(np.uint8))
            image = (image.convert("RGB") if mode == "P" else image).convert(mode)
            shown = {"1": "L", "P": "RGB"}.get(mode, mode)
            expected = np.asarray(image.convert(shown))
            expected = expected[..., None] if expected.ndim == 2 else expected
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        add(f"pillow-{mode.replace(';', '').lower()}.png", buffer.getvalue(), expected)


def jpeg(image: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=options.pop("quality", 90), **options)
    return buffer.getvalue()


def write_jpegs() -> None:
    rgb = Image.fromarray(smooth())
    larger = Image.fromarray(smooth(41, 38))
    files = {
        "baseline-444.jpg": jpeg(rgb, subsampling="4:4:4"),
        "baseline-422.jpg": jpeg(rgb, subsampling="4:2:2"),
        "baseline-420.jpg": jpeg(larger, subsampling="4:2:0"),
        "baseline-420-even.jpg": jpeg(Image.fromarray(smooth(32, 16)), subsampling="4:2:0"),
        "narrow-420.jpg": jpeg(Image.fromarray(smooth(3, 9)), subsampling="4:2:0"),
        "tiny1x1.jpg": jpeg(rgb.crop((5, 5, 6, 6))),
        "progressive-444.jpg": jpeg(rgb, subsampling="4:4:4", progressive=True),
        "progressive-420.jpg": jpeg(larger, subsampling="4:2:0", progressive=True),
        # The last interval is not full: 9 MCUs or 30 blocks by intervals of 4.
        "restart-420.jpg": jpeg(larger, subsampling="4:2:0", restart_marker_blocks=4),
        "restart-grey.jpg": jpeg(larger.convert("L"), restart_marker_blocks=4),
        "grey.jpg": jpeg(rgb.convert("L")),
        "grey-progressive.jpg": jpeg(rgb.convert("L"), progressive=True),
        "quality100.jpg": jpeg(rgb, subsampling="4:4:4", quality=100),
        "rgb-adobe0.jpg": jpeg(rgb, keep_rgb=True, quality=95),
        "cmyk.jpg": jpeg(rgb.convert("CMYK"), quality=95),
        "cmyk-420-progressive.jpg": jpeg(larger.convert("CMYK"), quality=95, subsampling="4:2:0", progressive=True),
        "restart-422.jpg": jpeg(larger, subsampling="4:2:2", restart_marker_blocks=2),
        "restart-444.jpg": jpeg(larger, subsampling="4:4:4", restart_marker_rows=1),
        "restart-progressive.jpg": jpeg(larger, progressive=True, restart_marker_blocks=4),
        "restart-progressive-444.jpg": jpeg(larger, subsampling="4:4:4", progressive=True, restart_marker_rows=1),
        "restart-progressive-grey.jpg": jpeg(larger.convert("L"), progressive=True, restart_marker_blocks=3),
    }
    # Pillow writes no YCCK: the same coefficients, declared as YCCK, which libjpeg then converts.
    cmyk = bytearray(files["cmyk.jpg"])
    at = cmyk.index(b"\xff\xee\x00\x0eAdobe") + 15
    assert cmyk[at] == 0
    cmyk[at] = 2
    files["ycck.jpg"] = bytes(cmyk)
    files["cmyk-no-adobe.jpg"] = files["cmyk.jpg"].replace(b"\xff\xee\x00\x0eAdobe", b"\xff\xee\x00\x0eAdobX")
    for name, content in files.items():
        add(name, content, pillow(content, "L" if "grey" in name else "RGB"))
    # TIFF is read by sharp, which writes none with a palette.
    buffer = io.BytesIO()
    Image.fromarray(smooth()).quantize(16).save(buffer, "TIFF", compression="tiff_lzw")
    (OUT / "palette.tiff").write_bytes(buffer.getvalue())
    # Refused.
    buffer = io.BytesIO()
    Image.fromarray(np.ones((3, 4), np.float32)).save(buffer, "TIFF")
    (OUT / "float.tiff").write_bytes(buffer.getvalue())

    for orientation in range(1, 9):
        block = tiff(orientation, "<" if orientation % 2 else ">")
        content = jpeg(Image.fromarray(smooth(13, 7)), subsampling="4:4:4", exif=b"Exif\0\0" + block)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        add(f"exif{orientation}.jpg", content, np.asarray(upright))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    write_pngs()
    write_jpegs()
    manifest = {
        "generator": "tools/parity/images.py",
        "versions": {
            "numpy": np.__version__,
            "pillow": PIL.__version__,
            "libjpeg-turbo": features.version_feature("libjpeg_turbo"),
        },
        "format": "samples interleaved, 16 bits little-endian; as SHA-256 (PNG) or base64 (JPEG)",
        "entries": entries,
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    print(f"{len(entries)} pictures, {sum(f.stat().st_size for f in OUT.iterdir())} bytes in {OUT}")
