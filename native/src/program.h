/** A network as operations on feature maps: the format that src/graph/ProgramWriter.ts writes, read and checked. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nafnet.h"

namespace nafnet {

/** The picture and the result are maps too; their channels are not padded. */
constexpr int kPicture = 0;
constexpr int kResult = 1;
/** No map, no weight. */
constexpr int kNone = -1;

struct Operation;

struct MapShape {
  int channels;
  /** Height and width are the padded picture's divided by it. */
  int divisor;
};

struct Size {
  int height, width;
};

struct Program {
  int image_channels = 0, padding_multiple = 1;
  std::vector<MapShape> maps;
  std::vector<std::unique_ptr<Operation>> steps;

  Program();
  ~Program();

  /** A picture's size with the padding at the bottom and on the right. */
  Size padded_size(int height, int width) const;
  /** Multiplications and additions of all steps on a picture of this padded size. */
  double flops(Size padded) const;
};

/** @return an empty string, or a line about what is wrong with the program */
std::string read_program(const nafnet_program& source, Program& program);

}  // namespace nafnet
