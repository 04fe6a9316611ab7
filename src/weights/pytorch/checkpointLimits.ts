/**
 * Limits on checkpoints. A file is hostile until proven otherwise: everything that is not bounded by the
 * file's own size is bounded here, with room above the needs of real files.
 */

/** Bytes of a file: the most that Node reads into one buffer; image-restoration checkpoints are below 1 GB. */
export const MAX_CHECKPOINT_BYTES: number = 2 ** 31 - 1;

/** Entries of a zip, one a storage: a NAFNet of width 64 with Adam's state has about 2,700. */
export const MAX_ZIP_ENTRIES: number = 100_000;

/** Bytes of a safetensors header: a tensor takes some 110 to 150, so MAX_TENSORS fit. */
export const MAX_HEADER_BYTES: number = 2 ** 22;

/**
 * Opcodes of a pickle. A tensor takes about 40, so this is 25,000 tensors; a NAFNet of width 64 with Adam's
 * state has about 2,700. An opcode makes at most one object: the worst pickle within this limit took
 * 140 MB and 0.4 s (bytes objects, memo entries; Node 20, x64).
 */
export const MAX_OPCODES: number = 1_000_000;

/** Bytes of a line, a module's or class's name or an integer as text: the longest real one is below 100. */
export const MAX_LINE_BYTES: number = 1024;

/** Bytes of a long integer: PyTorch's magic number has 10 bytes, a 64-bit seed 9. Parsing is quadratic. */
export const MAX_INTEGER_BYTES: number = 256;

/**
 * Items that callables may copy out of their arguments (OrderedDict of a list of pairs, as Python 2
 * wrote it): calling it often on one long list would make a small file take quadratic memory.
 */
export const MAX_COPIED_ITEMS: number = 1_000_000;

/** Tensors in the dict that is read; see MAX_OPCODES. */
export const MAX_TENSORS: number = 25_000;

/** Dimensions of a tensor: convolution weights have 4 dimensions, some attention biases 5 or 6. */
export const MAX_RANK: number = 16;

/** Elements of one tensor: 1 GiB as float32; the largest one in NAFNet w64 has 2 million. */
export const MAX_TENSOR_ELEMENTS: number = 2 ** 28;

/**
 * Elements of all tensors together, beyond one for each byte of the file: a tensor of its own takes
 * at least a byte an element, so only shared and expanded (stride 0) ones use this up. 64 MiB as
 * float32.
 */
export const MAX_SHARED_ELEMENTS: number = 2 ** 24;

/** Prefixes taken off the names, such as the two of `module._orig_mod.`: nobody nests more than this. */
export const MAX_PREFIXES: number = 4;

/** Dicts around the dict of tensors, such as `model` → `state_dict`. */
export const MAX_WRAPPERS: number = 4;

/** Characters of such a key: the keys around and within the dict are told by their whole path. */
export const MAX_WRAPPER_LENGTH: number = 100;

/** Networks in a checkpoint that are compared with what is known: each takes up to 0.1 s with MAX_TENSORS. */
export const MAX_NETWORKS: number = 16;
