#include "arguments.h"

#include <cmath>
#include <limits>

namespace nafnet::binding {

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  if (napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr) != napi_ok) fail("The call cannot be read.");
}

void Arguments::fail(const std::string& message) {
  if (!failed_) napi_throw_type_error(env_, nullptr, message.c_str());
  failed_ = true;
}

void Arguments::expected(const char* what, const char* name) {
  fail(std::string("Expected ") + what + " for " + name + ".");
}

napi_value Arguments::next() {
  // Node fills what was not passed with undefined, up to kMost.
  last_ = position_ < kMost ? values_[position_] : nullptr;
  position_++;
  return last_;
}

bool Arguments::has_type(napi_value value, napi_valuetype type) const {
  napi_valuetype actual;
  return value != nullptr && napi_typeof(env_, value, &actual) == napi_ok && actual == type;
}

void* Arguments::typed_array(const char* name, const char* what, napi_typedarray_type type, size_t* length) {
  const napi_value value = next();
  *length = 0;
  if (failed_) return nullptr;
  bool is_typed_array = false;
  void* data = nullptr;
  napi_typedarray_type actual;
  if (value == nullptr || napi_is_typedarray(env_, value, &is_typed_array) != napi_ok || !is_typed_array ||
      napi_get_typedarray_info(env_, value, &actual, length, &data, nullptr, nullptr) != napi_ok || actual != type) {
    *length = 0;
    expected(what, name);
    return nullptr;
  }
  return data;
}

Values<int32_t> Arguments::int32_array(const char* name) {
  Values<int32_t> values;
  values.data = static_cast<int32_t*>(typed_array(name, "an Int32Array", napi_int32_array, &values.length));
  return values;
}

Values<float> Arguments::float32_array(const char* name) {
  Values<float> values;
  values.data = static_cast<float*>(typed_array(name, "a Float32Array", napi_float32_array, &values.length));
  return values;
}

Values<double> Arguments::float64_array(const char* name) {
  Values<double> values;
  values.data = static_cast<double*>(typed_array(name, "a Float64Array", napi_float64_array, &values.length));
  return values;
}

std::string Arguments::string(const char* name) {
  const napi_value value = next();
  if (failed_) return {};
  size_t length = 0;
  if (!has_type(value, napi_string) || napi_get_value_string_utf8(env_, value, nullptr, 0, &length) != napi_ok) {
    expected("a string", name);
    return {};
  }
  std::string text(length + 1, '\0');
  napi_get_value_string_utf8(env_, value, text.data(), text.size(), &length);
  text.resize(length);
  if (text.find('\0') != std::string::npos) expected("a string without a null character", name);
  return text;
}

std::string Arguments::string_or_null(const char* name) {
  if (position_ < kMost && has_type(values_[position_], napi_null)) {
    next();
    return {};
  }
  return string(name);
}

nafnet_precision Arguments::precision(const char* name) {
  const std::string text = string(name);
  if (text == "bf16") return NAFNET_BFLOAT16;
  if (text != "float32") expected("float32 or bf16", name);
  return NAFNET_FLOAT32;
}

int32_t Arguments::integer(const char* name, int32_t least, int32_t most) {
  const napi_value value = next();
  if (failed_) return least;
  double number = std::numeric_limits<double>::quiet_NaN();
  if (!has_type(value, napi_number) || napi_get_value_double(env_, value, &number) != napi_ok ||
      number != std::floor(number) || !(number >= least && number <= most)) {
    fail("Expected an integer from " + std::to_string(least) + " to " + std::to_string(most) + " for " + name + ".");
    return least;
  }
  return static_cast<int32_t>(number);
}

uint64_t Arguments::byte_limit(const char* name) {
  const napi_value value = next();
  if (failed_) return 0;
  double number = std::numeric_limits<double>::quiet_NaN();
  if (!has_type(value, napi_number) || napi_get_value_double(env_, value, &number) != napi_ok || !(number >= 1)) {
    expected("a number of at least 1", name);
    return 0;
  }
  return number >= 9007199254740992.0 ? 0 : static_cast<uint64_t>(number);  // 2^53
}

double Arguments::milliseconds(const char* name) {
  const napi_value value = next();
  if (failed_) return 0;
  double number = std::numeric_limits<double>::quiet_NaN();
  if (!has_type(value, napi_number) || napi_get_value_double(env_, value, &number) != napi_ok ||
      !(number > 0 && number <= 60000)) {
    expected("a number of milliseconds up to 60000", name);
    return 0;
  }
  return number;
}

bool Arguments::boolean(const char* name) {
  const napi_value value = next();
  if (failed_) return false;
  bool flag = false;
  if (!has_type(value, napi_boolean) || napi_get_value_bool(env_, value, &flag) != napi_ok) expected("a boolean", name);
  return flag;
}

napi_value Arguments::function(const char* name) {
  const napi_value value = next();
  if (!failed_ && !has_type(value, napi_function)) expected("a function", name);
  return value;
}

napi_value Arguments::object(const char* name) {
  const napi_value value = next();
  if (!failed_ && !has_type(value, napi_object)) expected("an object", name);
  return value;
}

Arguments Arguments::fields(const char* name, const char* const* names, size_t count) {
  const napi_value source = object(name);
  Arguments values(env_);
  values.failed_ = failed_;
  for (; values.count_ < count; values.count_++) {
    napi_value& value = values.values_[values.count_];
    // Whatever a getter throws is pending then.
    if (!values.failed_ && napi_get_named_property(env_, source, names[values.count_], &value) != napi_ok) {
      values.failed_ = true;
    }
  }
  return values;
}

}  // namespace nafnet::binding
