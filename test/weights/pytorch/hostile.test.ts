import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MAX_OPCODES, MAX_TENSOR_ELEMENTS } from "../../../src/weights/pytorch/checkpointLimits.ts";
import { readCheckpoint } from "../../../src/weights/pytorch/readCheckpoint.ts";
import {
  call,
  dict,
  FOUR_FLOATS,
  finished,
  int,
  ints,
  legacyCheckpoint,
  pickle,
  storage,
  tensor,
  text,
  tuple,
  uint,
  zip,
  zipCheckpoint,
} from "./pickleBuilder.ts";

const CORRUPT = "CHECKPOINT_CORRUPT";
const FORBIDDEN = "CHECKPOINT_FORBIDDEN";
const UNSUPPORTED = "CHECKPOINT_UNSUPPORTED";

/** Time and memory in which any of these must be refused; most take a millisecond. */
const PATIENCE_MS = 2000;
const MEMORY_BYTES = 600e6;

async function expectRefused(file: Uint8Array, code: string, part?: string): Promise<void> {
  const rssBefore = process.memoryUsage().rss;
  const start = performance.now();
  const error: unknown = await readCheckpoint(file).then(
    () => "it was read",
    (reason: unknown) => reason,
  );
  const elapsedMs = performance.now() - start;
  expect(error).toMatchObject({ name: "NafnetError", code });
  if (part !== undefined) expect(String(error)).toContain(part);
  expect(elapsedMs).toBeLessThan(PATIENCE_MS);
  expect(process.memoryUsage().rss - rssBefore).toBeLessThan(MEMORY_BYTES);
}

const good = finished(dict({ w: tensor() }));
const one = (fields: Parameters<typeof tensor>[0]) => finished(dict({ w: tensor(fields) }));

describe("globals outside the allow-list are refused by name", () => {
  it.each<[string, Buffer]>([
    ["os.system", call("os", "system", tuple(text("echo")))],
    ["posix.system", pickle(text("posix"), text("system"), "\x93", tuple(text("echo")), "R")],
    ["builtins.eval", call("builtins", "eval", tuple(text("1")))],
    ["builtins.getattr", pickle("cbuiltins\ngetattr\n")],
    ["__builtin__.eval", call("__builtin__", "eval", tuple(text("1")))],
    ["builtins.set.union", pickle("cbuiltins\nset.union\n")],
    ["torch.storage._load_from_bytes", call("torch.storage", "_load_from_bytes", tuple())],
    ["torch.load", call("torch", "load", tuple())],
    ["torch.hub.load", call("torch.hub", "load", tuple())],
    ["torch.__Storage", pickle("ctorch\n__Storage\n")],
    ["collections.OrderedDict.fromkeys", pickle("ccollections\nOrderedDict.fromkeys\n")],
    ["collections.OrderedDict.__init__", pickle("ccollections.OrderedDict\n__init__\n")],
    ["__main__.Model", pickle("c__main__\nModel\n")],
    ["toString.constructor", pickle("ctoString\nconstructor\n")],
  ])("%s", async (name, pickled) => {
    const root = finished(dict({ w: tensor(), x: pickled }));
    await expectRefused(zipCheckpoint(root), FORBIDDEN, name);
    await expectRefused(legacyCheckpoint(root), FORBIDDEN, name);
  });

  it("and the advice fits: a whole model, or something beside the weights", async () => {
    const asking = (module: string) => zipCheckpoint(finished(`c${module}\nX\n`));
    await expectRefused(asking("torch.nn.modules.conv"), FORBIDDEN, "False).state_dict(), ");
    await expectRefused(asking("argparse"), FORBIDDEN, 'torch.save(checkpoint["state_dict"], ');
  });

  it("a name with control characters is escaped and cut", async () => {
    const root = finished(`cx\u001b[31m\n${"n".repeat(900)}\n`);
    await expectRefused(zipCheckpoint(root), FORBIDDEN, "x\\u001b[31m.nnn");
  });

  it.each<[string, Buffer, string]>([
    ["INST", pickle("(ios\nsystem\n"), FORBIDDEN],
    ["OBJ", pickle("(cos\nsystem\no"), FORBIDDEN],
    ["NEWOBJ", pickle("cos\nsystem\n)\x81"), FORBIDDEN],
    ["NEWOBJ_EX", pickle("ccollections\nOrderedDict\n)}\x92"), FORBIDDEN],
    ["EXT1", pickle("\x82\x01"), FORBIDDEN],
    ["calling a storage class", call("torch", "FloatStorage", pickle(")")), FORBIDDEN],
    ["calling a type", call("torch", "float32", pickle(")")), FORBIDDEN],
    ["calling a factory", call("__builtin__", "list", pickle(")")), FORBIDDEN],
    ["calling a tensor class", call("torch.cuda", "FloatTensor", pickle(")")), FORBIDDEN],
    [
      "a tensor of a function that makes none",
      call(
        "torch._tensor",
        "_rebuild_from_type_v2",
        tuple(pickle("ctorch\ndevice\n"), pickle("N))")),
      ),
      FORBIDDEN,
    ],
    ["calling a list", pickle("])R"), CORRUPT],
    ["attributes of a list", pickle("]}b"), FORBIDDEN],
    ["attributes of a tensor", pickle(tensor(), "}b"), FORBIDDEN],
    ["a persistent id as text", pickle("Pstorage\n"), UNSUPPORTED],
    ["a module as persistent id", pickle(tuple(text("module"), text("x")), "Q"), CORRUPT],
    ["a persistent id that is no tuple", pickle("NQ"), CORRUPT],
    ["a buffer outside the pickle", pickle("\x97"), UNSUPPORTED],
  ])("%s", async (_, pickled, code) => {
    await expectRefused(zipCheckpoint(finished(dict({ w: tensor(), x: pickled }))), code);
  });
});

describe("broken pickles", () => {
  it.each<[string, Buffer]>([
    ["no STOP", pickle("\x80\x02}")],
    ["nothing at all", Buffer.alloc(0)],
    ["STOP alone", pickle(".")],
    ["a stack that is empty", finished("0")],
    ["reaching below a MARK", finished("N(\x85")],
    ["a MARK that was never set", finished("t")],
    ["SETITEM on a list", finished("]NNs")],
    ["SETITEMS with a key alone", finished("}(Nu")],
    ["APPEND to a tuple", finished(")Na")],
    ["a memo that was never stored", finished("h\x05")],
    ["an unknown opcode", finished("\xff")],
    ["a global without a name", finished("cos")],
    ["a global's line without end", finished(`c${"x".repeat(5000)}\n\n`)],
    ["STACK_GLOBAL of numbers", finished("K\x01K\x02\x93")],
    ["BINUNICODE of 4 GB", finished("X\xff\xff\xff\xff")],
    ["BINUNICODE8 of 2^64", finished("\x8d\xff\xff\xff\xff\xff\xff\xff\xff")],
    ["BINBYTES of 4 GB", finished("B\xff\xff\xff\xff")],
    ["BINBYTES8 of 2^53", finished("\x8e\0\0\0\0\0\0\x20\0")],
    ["BYTEARRAY8 of 2^63", finished("\x96\0\0\0\0\0\0\0\x80")],
    ["LONG4 of 2 GB", finished("\x8b\xff\xff\xff\x7f")],
    [
      "LONG4 of a megabyte that is there",
      finished("\x8b\0\0\x10\0", Buffer.alloc(2 ** 20, 1), "."),
    ],
    ["a LONG of a megabyte of digits", finished(`L${"9".repeat(2 ** 20)}L\n`)],
    ["a FRAME of 2^60", finished("\x95\0\0\0\0\0\0\0\x10")],
    ["text that is not UTF-8", finished("U\x02\xc3\x28")],
    ["an INT that is no number", finished("Ix\n")],
    ["OrderedDict of a number", finished(call("collections", "OrderedDict", pickle("K\x05\x85")))],
    ["a set of a number", finished(call("__builtin__", "set", pickle("K\x05\x85")))],
    ["OrderedDict of singles", finished(call("collections", "OrderedDict", pickle("](Ne\x85")))],
    ["a tensor of nothing", finished(call("torch._utils", "_rebuild_tensor_v2", pickle(")")))],
    [
      "a parameter of nothing",
      finished(call("torch._utils", "_rebuild_parameter", pickle("N\x85"))),
    ],
    ["arguments in a list", finished("ccollections\nOrderedDict\n]R")],
  ])("%s", async (_, pickled) => {
    await expectRefused(zipCheckpoint(pickled), CORRUPT);
    if (pickled.length > 0) await expectRefused(legacyCheckpoint(pickled), CORRUPT);
  });

  it("protocol 0 and protocol 9", async () => {
    await expectRefused(zipCheckpoint(pickle("(dp0\n.")), UNSUPPORTED, "protocol 0");
    await expectRefused(zipCheckpoint(pickle("\x80\x09}.")), UNSUPPORTED, "protocol ≤ 5");
  });
});

describe("pickles made to exhaust time or memory", () => {
  it("cycles and sharing cost nothing", async () => {
    // A list in itself, a dict in itself, and 60 doublings that no one could write out.
    const inItself = pickle("]\x94h\0a");
    const dictInItself = pickle("}\x94", text("self"), "h\x01s");
    const doubling = pickle("]\x94", ...Array.from({ length: 60 }, () => "2\x86\x85"));
    const root = dict({ state_dict: dict({ w: tensor() }), inItself, dictInItself, doubling });
    const { stateDict } = await readCheckpoint(zipCheckpoint(finished(root)));
    expect(stateDict.get("w")?.toFloat32()).toEqual(new Float32Array([1, 2, 3, 4]));
    await expectRefused(
      zipCheckpoint(finished("}\x94", text("self"), "h\0s")),
      UNSUPPORTED,
      "self",
    );
  });

  it("nesting of 900,000 tuples is no recursion", async () => {
    const nested = pickle(")", Buffer.alloc(900_000, 0x85));
    await expectRefused(zipCheckpoint(finished(nested)), UNSUPPORTED, "holds a tuple");
    const root = dict({ state_dict: dict({ w: tensor() }), nested });
    expect((await readCheckpoint(zipCheckpoint(finished(root)))).stateDict.size).toBe(1);
    const lists = pickle(Buffer.alloc(450_000, 0x5d), Buffer.alloc(449_999, 0x61));
    await expectRefused(zipCheckpoint(finished(lists)), UNSUPPORTED, "holds a list");
  });

  it.each<[string, Buffer]>([
    ["dicts", Buffer.from("}")],
    ["dicts with an entry", Buffer.from("}NNs")],
    ["lists with an item", Buffer.from("]Na")],
    ["marks", Buffer.from("(")],
    ["memo entries", Buffer.from("N\x94", "latin1")],
    ["empty bytes", Buffer.from("C\0")],
    ["calls", Buffer.from("h\0)R", "latin1")],
  ])("more %s than MAX_OPCODES", async (_, repeated) => {
    const times = Math.ceil((2 * MAX_OPCODES) / repeated.length) + 1; // an opcode: 1 or 2 bytes
    const bomb = Buffer.alloc(times * repeated.length, repeated);
    const start = pickle("\x80\x02ccollections\nOrderedDict\n\x94");
    await expectRefused(zipCheckpoint(pickle(start, bomb)), UNSUPPORTED, "opcodes");
  });

  it("copying one long list into many dicts", async () => {
    const pairs = pickle("](", Buffer.alloc(50_000 * 4, "K\x01N\x86", "latin1"), "e\x85\x94");
    const copies = pickle(...Array.from({ length: 5000 }, () => "ccollections\nOrderedDict\nh\0R"));
    await expectRefused(zipCheckpoint(finished(pairs, copies)), CORRUPT, "copies more than");
  });

  it("a zip bomb: compressed entries are not unpacked", async () => {
    const zeros = deflateRawSync(Buffer.alloc(50_000_000));
    const file = zipCheckpoint(good, [{ name: "a/data/0", data: zeros, method: 8 }]);
    await expectRefused(file, UNSUPPORTED, "compressed");
    const pickled = deflateRawSync(good);
    await expectRefused(zip([{ name: "a/data.pkl", data: pickled, method: 8 }]), UNSUPPORTED);
  });

  it("a thousand names for one storage, expanded", async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `w${i}`);
    const wide = pickle(tensor({ shape: ints(2 ** 20), strides: ints(0) }), "\x94");
    const entries = names.map((name, i) => [name, i === 0 ? wide : pickle("h\0")] as const);
    const root = finished(dict(Object.fromEntries(entries)));
    await expectRefused(zipCheckpoint(root), CORRUPT, "share or repeat");
  });
});

describe("tensors that do not fit", () => {
  it.each<[string, Parameters<typeof tensor>[0]]>([
    ["more elements than the storage", { shape: ints(5) }],
    ["a negative size", { shape: ints(-4) }],
    ["two negative sizes", { shape: ints(-2, -2), strides: ints(2, 1) }],
    ["a huge size", { shape: ints(2n ** 62n) }],
    ["a size of 2^53", { shape: ints(2 ** 53), strides: ints(0) }],
    [
      "a product over 2^64",
      { shape: ints(2 ** 17, 2 ** 17, 2 ** 17, 2 ** 17), strides: ints(0, 0, 0, 0) },
    ],
    [
      "an expanded tensor over the limit",
      { shape: ints(MAX_TENSOR_ELEMENTS + 1), strides: ints(0) },
    ],
    ["a huge size beside a 0", { shape: ints(0, 2n ** 62n), strides: ints(1, 1) }],
    ["a size that is a text", { shape: tuple(text("4")) }],
    ["a size that is a float", { shape: pickle("G\x40\x09\x21\xfb\x54\x44\x2d\x18\x85") }],
    ["a size that is True", { shape: pickle("\x88\x85") }],
    ["a negative stride", { strides: ints(-1), offset: int(3) }],
    ["a stride that leaves the storage", { strides: ints(2) }],
    ["a huge stride", { strides: ints(2n ** 62n) }],
    ["strides that overflow", { shape: ints(2, 2), strides: ints(2n ** 53n - 1n, 2n ** 53n - 1n) }],
    ["fewer strides than sizes", { shape: ints(2, 2) }],
    ["a shape that is a list", { shape: pickle("]") }],
    ["a negative offset", { offset: int(-1) }],
    ["an offset that leaves the storage", { offset: int(1) }],
    ["a huge offset", { offset: int(2n ** 62n) }],
    ["an offset that is None", { offset: pickle("N") }],
    ["a storage that is a number", { storage: int(4) }],
    ["a storage larger than its data", { storage: storage({ numel: 5 }), shape: ints(5) }],
    ["a storage of 2^53", { storage: storage({ numel: 2n ** 53n }) }],
    ["a storage of 2^50", { storage: storage({ numel: 2n ** 50n }) }],
    ["a negative storage", { storage: storage({ numel: -4 }) }],
    ["a wider type than the data", { storage: storage({ type: "DoubleStorage" }) }],
    ["a storage that is missing", { storage: storage({ key: "7" }) }],
    ["a storage elsewhere in the zip", { storage: storage({ key: "../data.pkl" }) }],
    ["a type in place of a storage class", { storage: storage({ type: "float32" }) }],
    [
      "a view outside its storage",
      { storage: storage({ view: tuple(text("v"), int(3), int(2)) }), shape: ints(2) },
    ],
  ])("%s", async (_, fields) => {
    if (fields?.storage === undefined || !fields.storage.includes("v")) {
      await expectRefused(zipCheckpoint(one(fields)), CORRUPT);
    }
    await expectRefused(legacyCheckpoint(one(fields)), CORRUPT);
  });

  it("one storage with two types", async () => {
    const other = tensor({ storage: storage({ type: "IntStorage" }) });
    await expectRefused(
      zipCheckpoint(finished(dict({ w: tensor(), x: other }))),
      CORRUPT,
      "and as",
    );
  });

  it.each(["ComplexFloatStorage", "QInt8Storage", "FancyStorage"])("torch.%s", async (type) => {
    const root = one({ storage: storage({ type }) });
    await expectRefused(zipCheckpoint(root), UNSUPPORTED, type);
    await expectRefused(legacyCheckpoint(root), UNSUPPORTED, type);
  });

  it("more dimensions than PyTorch's networks have", async () => {
    const sizes = ints(...new Array<number>(1000).fill(1));
    await expectRefused(zipCheckpoint(one({ shape: sizes, strides: sizes })), UNSUPPORTED);
  });

  it("a lazy view whose numbers PyTorch would change", async () => {
    const last = dict({ neg: pickle("\x88") });
    await expectRefused(zipCheckpoint(one({ last })), UNSUPPORTED, "resolve_neg");
  });
});

describe("broken containers", () => {
  const entry = { name: "a/data/0", data: FOUR_FLOATS };

  it.each<[string, Buffer, string]>([
    ["a storage's entry is missing", zipCheckpoint(good, []), CORRUPT],
    ["a checksum does not match", zipCheckpoint(good, [{ ...entry, crc: 1 }]), CORRUPT],
    ["an entry is longer than the file", zipCheckpoint(good, [{ ...entry, size: 1e9 }]), CORRUPT],
    ["an entry lies after the end", zipCheckpoint(good, [{ ...entry, localOffset: 1e9 }]), CORRUPT],
    ["an entry is no entry", zipCheckpoint(good, [{ ...entry, localOffset: 1 }]), CORRUPT],
    ["an entry twice", zipCheckpoint(good, [entry, entry]), CORRUPT],
    ["two pickles", zipCheckpoint(good, [entry, { name: "b/data.pkl", data: good }]), CORRUPT],
    ["an entry is encrypted", zipCheckpoint(good, [{ ...entry, flags: 1, size: 28 }]), CORRUPT],
    ["a path out of the archive", zipCheckpoint(good, [{ ...entry, name: "../../x" }]), CORRUPT],
    ["bytes behind the end", pickle(zipCheckpoint(good), "x"), CORRUPT],
  ])("%s", async (_, file, code) => {
    await expectRefused(file, code);
  });

  it("entries on top of each other", async () => {
    const big = { name: "a/data/0", data: Buffer.alloc(40_000) };
    const names = Array.from({ length: 100 }, (_, i) => String(i));
    const tensors = names.map((key) => [key, tensor({ storage: storage({ key }) })] as const);
    const pickled = finished(dict(Object.fromEntries(tensors)));
    const bigOffset = zip([{ name: "a/data.pkl", data: pickled }]).indexOf("PK\x01\x02");
    const others = names.slice(1).map((key) => ({
      name: `a/data/${key}`,
      data: Buffer.alloc(0),
      size: 40_000 - 0,
      crc: 0,
      localOffset: bigOffset,
    }));
    await expectRefused(zipCheckpoint(pickled, [big, ...others]), CORRUPT, "overlap");
  });

  it("a directory that declares more entries than there are", async () => {
    const file = zipCheckpoint(good);
    file.writeUInt16LE(60_000, file.length - 12);
    await expectRefused(file, CORRUPT);
  });

  it("a zip64 directory of 2^40 entries", async () => {
    const file = zipCheckpoint(good);
    const end = file.subarray(-22);
    const record = pickle(
      "PK\x06\x06",
      uint(44, 8),
      Buffer.alloc(12),
      uint(2 ** 40, 8),
      uint(2 ** 40, 8),
      Buffer.alloc(16),
    );
    const locator = pickle("PK\x06\x07", uint(0, 4), uint(file.length - 22, 8), uint(1, 4));
    const body = file.subarray(0, -22);
    await expectRefused(pickle(body, record, locator, end), UNSUPPORTED, "zip entries");
  });

  it.each<[string, Buffer, string]>([
    ["keys that are a dict", legacyCheckpoint(good, pickle("}")), CORRUPT],
    ["keys that are numbers", legacyCheckpoint(good, pickle("](K\0e")), CORRUPT],
    ["no keys", legacyCheckpoint(good, pickle("]")), CORRUPT],
    [
      "a key twice",
      legacyCheckpoint(good, pickle("](", text("0"), text("0"), "e"), Buffer.alloc(99)),
      CORRUPT,
    ],
    ["a key of no tensor", legacyCheckpoint(good, pickle("](", text("9"), "e")), CORRUPT],
    ["no data", legacyCheckpoint(good, undefined, Buffer.alloc(0)), CORRUPT],
    ["data cut short", legacyCheckpoint(good, undefined, pickle(uint(4, 8), "123")), CORRUPT],
    [
      "other numbers of elements",
      legacyCheckpoint(good, undefined, pickle(uint(3, 8), FOUR_FLOATS)),
      CORRUPT,
    ],
    [
      "2^64 elements",
      legacyCheckpoint(good, undefined, pickle(uint(2n ** 64n - 1n, 8), FOUR_FLOATS)),
      CORRUPT,
    ],
  ])("legacy: %s", async (_, file, code) => {
    await expectRefused(file, code);
  });

  it("legacy: another protocol", async () => {
    const file = legacyCheckpoint(good);
    file[18] = 1; // M 0x03e9 → 0x0301
    await expectRefused(file, UNSUPPORTED, "1001");
  });
});

describe("the dict of tensors", () => {
  it.each<[string, Buffer, string]>([
    ["None", pickle("N"), "holds a None"],
    ["an empty dict", pickle("}"), "an empty dict"],
    ["a tuple with the weights", tuple(int(1), dict({ w: tensor() })), "torch.load(path)[1]"],
    ["numbers alone", dict({ epoch: int(1) }), '"epoch": int'],
    ["keys that are numbers", pickle("}K\x01", tensor(), "s"), "1: tensor"],
    ["a wrapper that is empty", dict({ params: pickle("}"), lr: pickle("N") }), '"params": dict'],
    ["another wrapper", dict({ odd: dict({ w: tensor() }) }), '"odd": dict of 1 tensors'],
    ["the path to it", dict({ odd: dict({ deep: dict({ w: tensor() }) }) }), '["odd"]["deep"]'],
    [
      "an optimizer's",
      dict({ optimizer: dict({ w: tensor() }) }),
      '"optimizer": dict of 1 tensors',
    ],
    [
      "many keys",
      dict(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, pickle("N")]))),
      "and 18 more",
    ],
  ])("%s", async (_, root, part) => {
    await expectRefused(zipCheckpoint(finished(root)), UNSUPPORTED, part);
  });

  it("a key that is nothing but the prefix", async () => {
    const root = finished(dict({ "module.": tensor() }));
    await expectRefused(zipCheckpoint(root), CORRUPT, "module.");
  });
});
