// The device-side names of CUDA C that generated kernels may use.
#pragma once

using std::isfinite;
using std::isinf;
using std::isnan;

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static __attribute__((section("cuda_shared")))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...) .bounds(__VA_ARGS__)  // build.py makes host::Limits of it

#define __syncthreads() ((void)host::barrier(__LINE__))
#define __syncthreads_or(p) host::barrier(__LINE__, host::vote_or, (p))
#define __syncthreads_and(p) host::barrier(__LINE__, host::vote_and, (p))
#define __syncthreads_count(p) host::barrier(__LINE__, host::vote_count, (p))
#define __syncwarp(...) \
  ((void)host::warp_operation(host::sync_warp, host::mask_or_all(__VA_ARGS__), 0, 0, 32, __LINE__))
#define __shfl_sync(m, v, ...) host::shuffle(host::shuffle_index, m, v, __LINE__, __VA_ARGS__)
#define __shfl_up_sync(m, v, ...) host::shuffle(host::shuffle_up, m, v, __LINE__, __VA_ARGS__)
#define __shfl_down_sync(m, v, ...) host::shuffle(host::shuffle_down, m, v, __LINE__, __VA_ARGS__)
#define __shfl_xor_sync(m, v, ...) host::shuffle(host::shuffle_xor, m, v, __LINE__, __VA_ARGS__)
#define __ballot_sync(m, p) ((unsigned)host::warp_operation(host::ballot, m, !!(p), 0, 32, __LINE__))
#define __any_sync(m, p) (__ballot_sync(m, p) != 0)
#define __all_sync(m, p) (__ballot_sync(m, !(p)) == 0)
#define __trap() host::die("__trap at line %d", __LINE__)

namespace host {

static inline unsigned mask_or_all(unsigned mask = 0xffffffffu) { return mask; }

template <class T>
HOST_PLAIN static T shuffle(int operation, unsigned mask, T value, int line, int parameter, int width = 32) {
  static_assert(sizeof(T) <= 8, "a shuffle moves at most 8 bytes");
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof value);
  bits = warp_operation(operation, mask, bits, parameter, width, line);
  memcpy(&value, &bits, sizeof value);
  return value;
}

template <class To, class From>
static inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From), "");
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}

template <class T> struct Same { using type = T; };
template <class T> using same_t = typename Same<T>::type;

}  // namespace host

template <class T>
HOST_PLAIN static T atomicAdd(T* address, host::same_t<T> value) {
  HOST_ATOMIC(address, sizeof *address);
  T before = *address;
  *address = before + value;
  return before;
}

#define HOST_LOAD(name) \
  template <class T> static __forceinline__ T name(const T* address) { return *address; }
HOST_LOAD(__ldg) HOST_LOAD(__ldcs) HOST_LOAD(__ldcg) HOST_LOAD(__ldca)
#undef HOST_LOAD
#define HOST_STORE(name) \
  template <class T> static __forceinline__ void name(T* address, host::same_t<T> value) { *address = value; }
HOST_STORE(__stcs) HOST_STORE(__stcg) HOST_STORE(__stwb)
#undef HOST_STORE

template <class A, class B>
static inline constexpr std::common_type_t<A, B> min(A a, B b) {
  using C = std::common_type_t<A, B>;
  if constexpr (std::is_floating_point_v<C>) return std::fmin((C)a, (C)b);
  else return (C)b < (C)a ? (C)b : (C)a;
}
template <class A, class B>
static inline constexpr std::common_type_t<A, B> max(A a, B b) {
  using C = std::common_type_t<A, B>;
  if constexpr (std::is_floating_point_v<C>) return std::fmax((C)a, (C)b);
  else return (C)a < (C)b ? (C)b : (C)a;
}

static inline float __uint_as_float(unsigned v) { return host::bits_as<float>(v); }
static inline unsigned __float_as_uint(float v) { return host::bits_as<unsigned>(v); }
static inline float __int_as_float(int v) { return host::bits_as<float>(v); }
static inline int __float_as_int(float v) { return host::bits_as<int>(v); }
static inline double __longlong_as_double(long long v) { return host::bits_as<double>(v); }
static inline long long __double_as_longlong(double v) { return host::bits_as<long long>(v); }
static inline int __popc(unsigned v) { return __builtin_popcount(v); }
static inline int __clz(int v) { return v ? __builtin_clz((unsigned)v) : 32; }
static inline int __ffs(int v) { return __builtin_ffs(v); }

// Functions that C++ lacks.  Those of CUDA that it has are glibc's here: they differ from the device's
// by 1 to 5 ulp, so a result of this harness is judged under the device's error budget.
static inline float rsqrtf(float x) { return (float)(1.0 / sqrt((double)x)); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline float rsqrt(float x) { return rsqrtf(x); }
static inline float normcdff(float x) { return (float)(0.5 * erfc(-(double)x * 0.70710678118654752440)); }
static inline double normcdf(double x) {  // with the rounding error of x / sqrt(2) put back
  const double root = 0.70710678118654752440, rest = -4.8336466567264567e-17;
  const double z = -x * root, lost = fma(-x, root, -z) - x * rest;
  const double value = erfc(z) - 1.1283791670955126 * exp(-z * z) * lost;
  return 0.5 * (fabs(z) < 30.0 ? value : erfc(z));
}
static inline float normcdf(float x) { return normcdff(x); }
static inline float __fdividef(float x, float y) { return fabsf(y) > 8.5e37f && isfinite(x) ? 0.0f : x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
// volatile keeps g++ from fusing these into an fma, as CUDA promises
static inline float __fadd_rn(float a, float b) { volatile float r = a + b; return r; }
static inline float __fsub_rn(float a, float b) { volatile float r = a - b; return r; }
static inline float __fmul_rn(float a, float b) { volatile float r = a * b; return r; }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
// glibc declares these names itself, hence macros; the argument is scaled in float, as on the device
static inline float host_fast_exp(float x) { return exp2f(x * 1.4426950408889634f); }
static inline float host_fast_log(float x) { return log2f(x) * 0.6931471805599453f; }
#define __expf host_fast_exp
#define __logf host_fast_log
#define __log2f log2f
