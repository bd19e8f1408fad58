// Host stand-in for <cuda_fp16.h>: found first on the include path of the harness.
#pragma once
struct __half_raw { unsigned short x; };
struct alignas(2) __half {
  static constexpr const char* host_name = "float16";
  unsigned short bits;
  __half() = default;
  __half(__half_raw raw) : bits(raw.x) {}
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  __half(T value) {
    _Float16 rounded = (_Float16)value;  // to nearest even
    memcpy(&bits, &rounded, sizeof bits);
  }
  operator float() const {
    _Float16 value;
    memcpy(&value, &bits, sizeof bits);
    return (float)value;
  }
};
struct alignas(4) __half2 { __half x, y; };
using half = __half;
using half2 = __half2;
static inline __half __float2half(float value) { return __half(value); }
static inline __half __float2half_rn(float value) { return __half(value); }
static inline float __half2float(__half value) { return (float)value; }
static inline __half2 __floats2half2_rn(float a, float b) { return {__half(a), __half(b)}; }
static inline float2 __half22float2(__half2 pair) { return {(float)pair.x, (float)pair.y}; }
