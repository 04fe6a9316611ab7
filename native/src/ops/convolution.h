/** A convolution of any size and stride, with PixelShuffle and an addition behind it; the first and the last, too. */
#pragma once

#include "operation.h"
#include "packing.h"

namespace nafnet {

struct Convolution final : Operation {
  static constexpr int kCode = 1;

  int kernel_height = 0, kernel_width = 0, stride = 1;
  /** Rows and columns of zeros above and on the left. */
  int padding = 0;
  /** PixelShuffle's factor, applied to the result. */
  int shuffle = 1;
  /** Channels of the kernel: the output's are `shuffle`² times fewer. */
  int input_channels = 0, output_channels = 0;
  /** Offsets into the program's weights; the bias may be kNone. */
  int kernel = kNone, bias = kNone;

  Convolution() : Operation(kCode) {}

  void read(ProgramReader& reader, const Program& program) override;
  bool pack(Packer& packer, const Program& program) override;
  bool run(Run& run) const override;

 private:
  /** Arguments that all rows of `columns` columns share. */
  ConvolveRow row_arguments(Run& run, int columns) const;
  /** Rows of the input, the output and what is added for output rows [y0, y1) before the shuffle. */
  bool open_rows(Run& run, int y0, int y1, int thread, ConvolveRow& c) const;
  void convolve_row(Run& run, ConvolveRow& c, int width, int thread) const;

  PackedMatrix matrix_;
  /** See ConvolveRow. */
  int depth_ = 0, vectors_ = 0, tap_channels_ = 0;
};

}  // namespace nafnet
