/** Arguments of a call from JavaScript, checked: a wrong type becomes a TypeError, never a crash. */
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "nafnet.h"

namespace nafnet::binding {

/** A typed array's values; the array must be kept alive while they are used. */
template <typename T>
struct Values {
  T* data = nullptr;
  size_t length = 0;
};

/** Reads a call's arguments in their order. After the first wrong one a TypeError is pending and `failed` holds. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  /** @param name of the argument, for the error's message */
  Values<int32_t> int32_array(const char* name);
  Values<float> float32_array(const char* name);
  Values<double> float64_array(const char* name);
  std::string string(const char* name);
  /** A string, or empty for null. */
  std::string string_or_null(const char* name);
  /** `float32` or `bf16`. */
  nafnet_precision precision(const char* name);
  int32_t integer(const char* name, int32_t least, int32_t most);
  /** A positive number; Infinity becomes 0, the C interface's word for no limit. */
  uint64_t byte_limit(const char* name);
  double milliseconds(const char* name);
  bool boolean(const char* name);
  napi_value function(const char* name);
  napi_value object(const char* name);
  /**
   * The fields of an object argument, to be read in this order. All of them are fetched before the first is looked at:
   * a getter may run code that changes the others.
   */
  template <size_t kCount>
  Arguments fields(const char* name, const char* const (&names)[kCount]) {
    static_assert(kCount <= kMost);
    return fields(name, names, kCount);
  }

  bool failed() const { return failed_; }
  /** Makes a TypeError pending unless one is. */
  void fail(const std::string& message);
  /** The argument that was read last. */
  napi_value last() const { return last_; }

 private:
  static constexpr size_t kMost = 8;

  explicit Arguments(napi_env env) : env_(env), count_(0) {}
  Arguments fields(const char* name, const char* const* names, size_t count);
  napi_value next();
  bool has_type(napi_value value, napi_valuetype type) const;
  void expected(const char* what, const char* name);
  void* typed_array(const char* name, const char* what, napi_typedarray_type type, size_t* length);

  napi_env env_;
  napi_value values_[kMost] = {};
  size_t count_ = kMost;
  size_t position_ = 0;
  napi_value last_ = nullptr;
  bool failed_ = false;
};

}  // namespace nafnet::binding
