/**
 * The interface of an operation: how it is read from a program, packed and run. Each is a structure in ops/,
 * with a line in the table of ops/operations.cc; nothing else of the engine knows which operations there are.
 */
#pragma once

#include <memory>
#include <string>

#include "kernels.h"
#include "program.h"

namespace nafnet {

class Packer;
class ProgramReader;
class Run;

/** A step of a program: its arguments, and its packed weights once the program is compiled. */
struct Operation {
  /** Number in the program's format. */
  const int code;
  /** Maps that are read and written. */
  int input = kNone, output = kNone;
  /** Map that is added to the output, kNone for nothing. It may be the output, which then was written before. */
  int add = kNone;
  /** Multiplications and additions for a pixel of the padded picture, see nafnet_program. */
  double flops_per_pixel = 0;
  /** Kernels that it is packed for and runs on; set before `pack`. */
  const Kernels* kernels = nullptr;

  explicit Operation(int operation_code) : code(operation_code) {}
  virtual ~Operation() = default;

  /** Multiplications and additions on a picture of this padded size. */
  double flops(Size padded) const { return flops_per_pixel * padded.height * padded.width; }

  /** Reads its arguments, and checks every number against the maps and the weights. */
  virtual void read(ProgramReader& reader, const Program& program) = 0;
  /** Folds and packs its weights. @return false if there is not enough memory */
  virtual bool pack(Packer& packer, const Program& program) = 0;
  /** Does its work, or in a dry run only counts the memory for it. @return false if the run is to end */
  virtual bool run(Run& run) const = 0;
  /** Map whose shape its intermediate maps have, see Run::open_intermediate; kNone: it has none. */
  virtual int intermediates_like() const { return kNone; }
};

/** @return null for a code that there is no operation for */
std::unique_ptr<Operation> make_operation(int code);

/** All codes, for an error's message: "1, 2, 3". */
std::string operation_codes();

}  // namespace nafnet
