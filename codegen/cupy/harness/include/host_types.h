// CUDA's vector types and built-in variables.
#pragma once

#define HOST_VECTOR(scalar, name)                                                            \
  struct alignas(2 * sizeof(scalar)) name##2 { scalar x, y; };                               \
  struct name##3 { scalar x, y, z; };                                                        \
  struct alignas(4 * sizeof(scalar) > 16 ? 16 : 4 * sizeof(scalar)) name##4 {                \
    scalar x, y, z, w;                                                                       \
  };                                                                                         \
  static inline name##2 make_##name##2(scalar x, scalar y) { return {x, y}; }                \
  static inline name##4 make_##name##4(scalar x, scalar y, scalar z, scalar w) {             \
    return {x, y, z, w};                                                                     \
  }
HOST_VECTOR(float, float)
HOST_VECTOR(double, double)
HOST_VECTOR(int, int)
HOST_VECTOR(unsigned, uint)
HOST_VECTOR(short, short)
HOST_VECTOR(unsigned short, ushort)
HOST_VECTOR(long long, longlong)
HOST_VECTOR(unsigned long long, ulonglong)
#undef HOST_VECTOR

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;
static constexpr int warpSize = 32;
