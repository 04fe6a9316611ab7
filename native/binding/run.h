#pragma once

#include <node_api.h>

namespace nafnet::binding {

/**
 * run({ plan, input, output, width, height, maxMemoryBytes, scratchFolder, onProgress }): Promise<outcome>; the output
 * is written by other threads until then.
 */
napi_value run(napi_env env, napi_callback_info info);

}  // namespace nafnet::binding
