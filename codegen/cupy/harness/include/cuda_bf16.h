// Host stand-in for <cuda_bf16.h>: found first on the include path of the harness.
#pragma once
struct alignas(2) __nv_bfloat16 {
  static constexpr const char* host_name = "bfloat16";
  unsigned short bits;
  __nv_bfloat16() = default;
  __nv_bfloat16(float value) {  // to nearest even; every NaN becomes the canonical one
    unsigned word = host::bits_as<unsigned>(value);
    bool nan = (word & 0x7fffffffu) > 0x7f800000u;
    bits = nan ? 0x7fff : (unsigned short)((word + 0x7fffu + (word >> 16 & 1)) >> 16);
  }
  operator float() const { return host::bits_as<float>((unsigned)bits << 16); }
};
struct alignas(4) __nv_bfloat162 { __nv_bfloat16 x, y; };
using nv_bfloat16 = __nv_bfloat16;
using nv_bfloat162 = __nv_bfloat162;
static inline __nv_bfloat16 __float2bfloat16(float value) { return __nv_bfloat16(value); }
static inline __nv_bfloat16 __float2bfloat16_rn(float value) { return __nv_bfloat16(value); }
static inline float __bfloat162float(__nv_bfloat16 value) { return (float)value; }
static inline __nv_bfloat162 __floats2bfloat162_rn(float a, float b) {
  return {__nv_bfloat16(a), __nv_bfloat16(b)};
}
static inline float2 __bfloat1622float2(__nv_bfloat162 pair) { return {(float)pair.x, (float)pair.y}; }
