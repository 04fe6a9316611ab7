/**
 * The kernels of an instruction set: a table of functions, and a structure of arguments for each. kernels/ writes them
 * once; isa/ compiles them for an instruction set and puts their addresses into its table.
 *
 * Activations are [row][column][channel]; the channels are padded with zeros to whole vectors: `padded_channels`.
 * Weights are packed in panels of two vectors of output channels, [panel][input channel][2 · lanes], so that a matrix
 * product reads them from front to back.
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
  /** Address of the first row's values; those of a map of operands are operands. */
  float* base;
  /** Distance between rows, in values of float32's size. */
  int64_t stride;
  int first;

  // Inlined always: files of several instruction sets include this, and the linker keeps one copy of what is not.
  __attribute__((always_inline)) float* at(int y) const { return base + (y - first) * stride; }
};

/** Packed panels and their bias. The weights are float or bfloat16, as the table's `operand_bytes` says. */
struct PackedWeights {
  const void* weights;
  const float* bias;
};

/** Uses of the two vectors that the depthwise convolution makes of a panel. */
enum class Epilogue {
  /** Their product is stored, and summed for the mean over the picture. */
  kGate,
  /** They are q and k of the same channels: their products are summed for MDTA's Gram matrix, nothing is stored. */
  kGram,
  /** Both are stored. */
  kStore,
};

/**
 * [LayerNorm] → 1x1 → depthwise 3x3 → epilogue, for a rectangle of the picture and a range of panels. The channels that
 * the 1x1 convolution makes live in a ring of three rows.
 */
struct PointwiseDepthwise {
  Rows input;
  int height, width;
  int channels, padded_channels;
  int y0, y1, x0, x1;
  /**
   * LayerNorm without its weight and bias, which are folded into `pointwise`; otherwise the input as it is, which then
   * is operands already.
   */
  bool normalise;
  PackedWeights pointwise;
  /** [panel][9 taps, then the bias][2 · lanes] */
  const float* depthwise;
  int panel, panels;
  Epilogue epilogue;
  /** kGate and kStore: destination, the panel's channels at their place, as operands. */
  Rows output;
  /**
   * kGate: the channels' sums are added to it, [padded_channels]. kGram: [panels][panels][lanes][lanes] products, then
   * q² and k².
   */
  double* sums;
  /** Number of the input rectangle: a thread uses what it has prepared again for the next item with this number. */
  int64_t key;
  /** Whether all rows are prepared at once, for the further items of the same key. */
  bool prepare_all;
};

/**
 * Attention → conv3 → + x → LayerNorm → conv4 → gate → conv5 → + y, in place, for a run of pixels: the projection and
 * the feed-forward half of a block. `gated` and `values` are stored as operands of matrix products.
 */
struct ProjectFfn {
  const void* gated;
  /** Input of the `attention` matrix, for MDTA and TLC; null where the attention is a factor a channel. */
  const void* values;
  /** Factors of the channels of `gated`, [padded_channels], where `values` is null. */
  const float* scale;
  float* x;
  int64_t pixels;
  int channels, padded_channels;
  PackedWeights attention, conv3, conv4, conv5;
};

/** A convolution of any size and stride for a run of pixels of one row. */
struct ConvolveRow {
  Rows input;
  /** Rows and columns that the input has; beyond them it is 0. */
  int height, width;
  /** Distance between neighbouring pixels of the input: a map's padded channels, a picture's channels. */
  int pixel_stride;
  /** Channels read per tap, padded; of a picture, its channels. */
  int tap_channels;
  int kernel_height, kernel_width, stride, padding;
  /** Input values per output pixel: taps times channels, padded as packed. */
  int depth;
  int y, x0, x1;
  PackedWeights packed;
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
struct ConvolveRowToPicture {
  /** Packed as [channels in fours][depth], the bias behind; `add` and `output` are rows of pictures. */
  ConvolveRow convolve;
  int channels;
};

/** Means over windows: TLC. One item is a range of channels, whole vectors, over the whole map. Rows are operands. */
struct LocalMean {
  int height, width, padded_channels;
  int window_height, window_width;
  int channel, channels;
  /** Row y of the input, valid until the call for the same `slot`: 0 leading, 1 trailing. */
  const void* (*row)(void* context, int y, int slot);
  void* (*begin_row)(void* context, int y);
  bool (*end_row)(void* context, int y);
  void* context;
};

/** LayerNorm of a run of pixels. */
struct LayerNormPixels {
  const float* input;
  float* output;
  int64_t pixels;
  int channels, padded_channels;
  /** [padded_channels] */
  const float *weight, *bias;
};

/** One output row of a depthwise convolution of odd size, stride 1, with zeros around the input. */
struct DepthwiseRow {
  Rows input;
  int height, width, padded_channels;
  int kernel_height, kernel_width;
  /** [taps][padded_channels] */
  const float* kernel;
  /** [padded_channels] */
  const float* bias;
  int y;
  float* output;
};

/** A thread's memory while it works on an item. */
struct Workspace {
  char* bytes;
  /** PointwiseDepthwise::key of the input that is prepared in it; -1: none. */
  int64_t prepared_key;
};

/** Chains of multiply-adds that do not wait for each other: enough for two units of four cycles and more. */
constexpr int kPeakChains = 12;

struct Kernels {
  const char* isa;
  int lanes;
  /** Panels of a pointwise-depthwise item that share a ring. */
  int batch_panels;
  /** 4 for float32, 2 for bfloat16. */
  int operand_bytes;

  // The size of a workspace follows from the arguments without their addresses.
  size_t (*pointwise_depthwise_workspace)(const PointwiseDepthwise&);
  void (*pointwise_depthwise)(const PointwiseDepthwise&, Workspace&);
  /** Pixels of a tile: runs need not be a multiple of it. */
  int (*project_ffn_tile_pixels)(int padded_channels);
  size_t (*project_ffn_workspace)(int padded_channels);
  void (*project_ffn)(const ProjectFfn&, Workspace&);
  size_t (*convolve_row_workspace)(const ConvolveRow&);
  void (*convolve_row)(const ConvolveRow&, Workspace&);
  size_t (*convolve_row_to_picture_workspace)(const ConvolveRow&);
  /** @return whether all values are finite */
  bool (*convolve_row_to_picture)(const ConvolveRowToPicture&, Workspace&);
  size_t (*local_mean_workspace)(const LocalMean&);
  /** @return false if a row could not be read or written */
  bool (*local_mean)(const LocalMean&, Workspace&);

  /** output[i] = sum over j of vector[j] · matrix[j · columns + i]; columns is a multiple of the lanes. */
  void (*vector_matrix)(const float* vector, const float* matrix, int rows, int columns, float* output);
  /** output[i] += input[i] */
  void (*add)(const float* input, float* output, int64_t count);
  void (*layer_norm)(const LayerNormPixels&);
  void (*depthwise_row)(const DepthwiseRow&);

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
