# The native engine for the machine that builds it: Linux and macOS, with GCC 12 or Clang 15 and later.
# Flags and the files of each instruction set come from native/build.json, which the other builds read, too.
{
  "target_defaults": {
    "include_dirs": ["native/include", "native/src"],
    "cflags!": ["-O2", "-fno-omit-frame-pointer"],
    "cflags_cc": ["<!@(node -p \"require('./native/build.json').flags.join(' ')\")", "-fPIC"],
    "ldflags": ["-pthread"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
      "GCC_ENABLE_CPP_RTTI": "NO",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "OTHER_CPLUSPLUSFLAGS": ["<!@(node -p \"require('./native/build.json').flags.join(' ')\")"],
    },
  },
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "nafnet_amxbf16",
          "type": "static_library",
          "sources": ["native/src/isa/amxbf16.cc"],
          "cflags_cc": ["<!@(node -p \"require('./native/build.json').isas.x64.amxbf16.join(' ')\")"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<!@(node -p \"require('./native/build.json').isas.x64.amxbf16.join(' ')\")"]},
        },
        {
          "target_name": "nafnet_avx512bf16",
          "type": "static_library",
          "sources": ["native/src/isa/avx512bf16.cc"],
          "cflags_cc": ["<!@(node -p \"require('./native/build.json').isas.x64.avx512bf16.join(' ')\")"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<!@(node -p \"require('./native/build.json').isas.x64.avx512bf16.join(' ')\")"]},
        },
        {
          "target_name": "nafnet_avx512",
          "type": "static_library",
          "sources": ["native/src/isa/avx512.cc"],
          "cflags_cc": ["<!@(node -p \"require('./native/build.json').isas.x64.avx512.join(' ')\")"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<!@(node -p \"require('./native/build.json').isas.x64.avx512.join(' ')\")"]},
        },
        {
          "target_name": "nafnet_avx2",
          "type": "static_library",
          "sources": ["native/src/isa/avx2.cc"],
          "cflags_cc": ["<!@(node -p \"require('./native/build.json').isas.x64.avx2.join(' ')\")"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<!@(node -p \"require('./native/build.json').isas.x64.avx2.join(' ')\")"]},
        },
        {
          "target_name": "nafnet_isas",
          "type": "static_library",
          "sources": ["native/src/isa/sse2.cc"],
          "dependencies": ["nafnet_avx2", "nafnet_avx512", "nafnet_avx512bf16", "nafnet_amxbf16"],
        },
      ],
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "nafnet_isas",
          "type": "static_library",
          "sources": ["native/src/isa/neon.cc"],
        },
      ],
    }],
  ],
  "targets": [
    {
      "target_name": "nafnet",
      "sources": [
        "<!@(node -p \"require('fs').readdirSync('native/binding').filter((name) => name.endsWith('.cc')).map((name) => 'native/binding/' + name).join(' ')\")",
        "<!@(node -p \"require('fs').readdirSync('native/src').filter((name) => name.endsWith('.cc')).map((name) => 'native/src/' + name).join(' ')\")",
        "<!@(node -p \"require('fs').readdirSync('native/src/ops').filter((name) => name.endsWith('.cc')).map((name) => 'native/src/ops/' + name).join(' ')\")",
      ],
      "defines": ["NAPI_VERSION=8"],
      "dependencies": ["nafnet_isas"],
    },
  ],
}
