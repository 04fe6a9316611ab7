/**
 * What an instruction set offers: the pieces of work that a run is made of. kernels/ writes each of them once;
 * isa/ compiles them for an instruction set and puts their addresses into a table.
 *
 * Activations are [row][column][channel] with the channels padded with zeros to a multiple of the vector: `cp`. Weights
 * are packed in panels of two vectors of output channels: [panel][input channel][2 · lanes], so that a matrix product
 * reads them from front to back.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "rounding.h"

/** Sanitizers define NAFNET_SMALL_KERNELS: they need minutes to compile the large ones, which differ in size alone. */
#ifdef NAFNET_SMALL_KERNELS
#define NAFNET_ROWS(rows) 3
#else
#define NAFNET_ROWS(rows) (rows)
#endif

namespace nafnet {

/** Rows of a map: all of it, or the band that was read from the scratch file. */
struct Rows {
  /** Of a map of operands, what it is the address of are those. */
  float* base;
  /** In values of float32's size. */
  int64_t stride;
  int first;

  // Inlined always: files of several instruction sets include this, and the linker keeps one copy of what is not.
  __attribute__((always_inline)) float* at(int y) const { return base + (y - first) * stride; }
};

/** A pointwise convolution, packed; `weights` are float or bfloat16, as the table's `operand_bytes` says. */
struct Packed {
  const void* weights;
  const float* bias;
};

/** What happens to the depthwise convolution's two vectors per panel. */
enum class Consumer {
  /** Their product is stored, and summed for the mean over the picture. */
  kGate,
  /** They are q and k of the same channels: their products are summed for MDTA, nothing is stored. */
  kGram,
  /** Both are stored. */
  kStore,
};

/**
 * Pass A: [LayerNorm] → 1x1 → depthwise 3x3 → consumer, for a rectangle of the picture and a range of panels. The
 * expanded channels live in a ring of three rows.
 */
struct Expand {
  Rows input;
  int height, width;
  int channels, cp;
  int y0, y1, x0, x1;
  /**
   * LayerNorm without its weight and bias, which are folded into `pointwise`; otherwise the input as it is, which then
   * is operands already.
   */
  bool normalise;
  Packed pointwise;
  /** [panel][9 taps, then the bias][2 · lanes] */
  const float* depthwise;
  int panel, panels;
  Consumer consumer;
  /** kGate and kStore: where to, the panel's channels at their place, as operands. */
  Rows output;
  /** kGate: the channels' sums are added to it, [cp]. kGram: [panels][panels][lanes][lanes] products, then q² and k².
   */
  double* sums;
  /** The same for all items that prepare the same input rectangle: what a thread has prepared is used again. */
  int64_t key;
  /** Whether all rows are prepared at once, for the further items of the same key. */
  bool keep;
};

/**
 * Pass B: [attention] → conv3 → + x → LayerNorm → conv4 → gate → conv5 → + y, in place, for a run of pixels.
 * `gated` and `values` are operands of matrix products, and stored as such.
 */
struct Finish {
  const void* gated;
  /** What `attention` is applied to, for MDTA and TLC; null where the attention is a factor a channel. */
  const void* values;
  /** Where `values` is null: factors of the channels of `gated`, [cp]. */
  const float* scale;
  float* x;
  int64_t pixels;
  int channels, cp;
  Packed attention, conv3, conv4, conv5;
};

/** A convolution of any size and stride for a run of pixels of one row. */
struct Convolve {
  Rows input;
  /** Rows and columns that the input has; beyond them it is 0. */
  int height, width;
  /** Channels between neighbouring pixels of the input: cp of a map, the channels themselves of a picture. */
  int pixel_stride;
  /** Channels read per tap, padded; of a picture, its channels. */
  int tap_channels;
  int kernel_height, kernel_width, stride, padding;
  /** Input values per output pixel: taps times channels, padded as packed. */
  int depth;
  int y, x0, x1;
  Packed packed;
  /** PixelShuffle's factor: `shuffle`² runs of `vectors` vectors are packed, one for each place. */
  int shuffle;
  /** Vectors of output channels per pixel after the shuffle. */
  int vectors;
  Rows output;
  /** Channels between neighbouring pixels of the output, and of what is added to it. */
  int output_stride;
  /** Added to the result; base null: nothing. May be the output. */
  Rows add;
};

/** The last convolution, to a picture: its channels are few and not padded. */
struct ConvolveToPicture {
  /** Its input; packed as [channels in fours][depth], the bias behind. `add` and `output` are rows of pictures. */
  Convolve convolve;
  int channels;
};

/** Means over windows: TLC. One item is a range of channels, whole vectors, over the whole map. Rows are operands. */
struct LocalMean {
  int height, width, cp;
  int window_height, window_width;
  int channel, channels;
  /** Row y of the input, valid until the call for the same `slot`: 0 leading, 1 trailing. */
  const void* (*row)(void* context, int y, int slot);
  void* (*begin_row)(void* context, int y);
  bool (*end_row)(void* context, int y);
  void* context;
};

/** Per thread. */
struct Workspace {
  char* bytes;
  int64_t prepared_key;
};

/** Chains of multiply-adds that do not wait for each other: enough for two units of four cycles and more. */
constexpr int kPeakChains = 12;

struct Kernels {
  const char* isa;
  int lanes;
  /** Panels of pass A that share a ring. */
  int batch_panels;
  /** 4 for float32, 2 for bfloat16. */
  int operand_bytes;

  size_t (*expand_workspace)(const Expand&);
  void (*expand)(const Expand&, Workspace&);
  /** Pixels of a tile: runs need not be a multiple of it. */
  int (*finish_tile)(int cp);
  size_t (*finish_workspace)(int cp);
  void (*finish)(const Finish&, Workspace&);
  size_t (*convolve_workspace)(const Convolve&);
  void (*convolve)(const Convolve&, Workspace&);
  size_t (*convolve_to_picture_workspace)(const Convolve&);
  /** @return whether all values are finite */
  bool (*convolve_to_picture)(const ConvolveToPicture&, Workspace&);
  size_t (*local_mean_workspace)(const LocalMean&);
  bool (*local_mean)(const LocalMean&, Workspace&);

  /** output[i] = sum over j of factors[j] · rows[j · width + i]; width is a multiple of the lanes. */
  void (*mix_rows)(const float* factors, const float* rows, int count, int width, float* output);
  /** output[i] += input[i] */
  void (*add)(const float* input, float* output, int64_t count);
  /** Pixels of `channels` padded to `cp`. */
  void (*layer_norm)(const float* input, float* output, int64_t pixels, int channels, int cp, const float* weight,
                     const float* bias);
  /** One output row of a depthwise convolution; `kernel` is [taps][cp], `bias` [cp]. */
  void (*depthwise)(const Rows& input, int height, int width, int cp, int kernel_height, int kernel_width,
                    const float* kernel, const float* bias, int y, float* output);

  /** kPeakChains multiply-adds on registers, `iterations` times. */
  void (*peak)(int64_t iterations);
};

/** Null where this build has no such instruction set. */
const Kernels* kernels_avx512();
const Kernels* kernels_avx512bf16();
/** Null, too, where the unit does not compute what it should. */
const Kernels* kernels_amxbf16();
const Kernels* kernels_avx2();
const Kernels* kernels_sse2();
const Kernels* kernels_neon();
const Kernels* kernels_simd128();

}  // namespace nafnet
