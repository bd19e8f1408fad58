"""The CUDA C that all kernels share.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

# what goes before it: the type in which values are computed
HEADS = {
    "float": """\
using real = float;
#define R(literal) literal##f
__device__ __forceinline__ real infinity() { return __int_as_float(0x7f800000); }
__device__ __forceinline__ real not_a_number() { return __int_as_float(-1); }
""",
    "narrow": """\
#define NARROW
using real = float;
#define R(literal) literal##f
__device__ __forceinline__ real infinity() { return __int_as_float(0x7f800000); }
__device__ __forceinline__ real not_a_number() { return __int_as_float(-1); }
""",
    "double": """\
#define DOUBLE
using real = double;
#define R(literal) literal
__device__ __forceinline__ real infinity() { return __longlong_as_double(0x7ff0000000000000); }
__device__ __forceinline__ real not_a_number() { return __longlong_as_double(-1); }
""",
}

DEVICE = """\
#include <cuda_fp16.h>
#include <cuda_bf16.h>

// ---- operations ---------------------------------------------------------------------------------

// NaN if an operand is NaN, unlike fmax.
__device__ __forceinline__ float op_max(const float a, const float b) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  float larger;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(larger) : "f"(a), "f"(b));
  return larger;
#else
  return a < b || b != b ? b : a;
#endif
}
__device__ __forceinline__ float op_min(const float a, const float b) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  float smaller;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(smaller) : "f"(a), "f"(b));
  return smaller;
#else
  return -op_max(-a, -b);
#endif
}
__device__ __forceinline__ double op_max(const double a, const double b) { return a < b || b != b ? b : a; }
__device__ __forceinline__ double op_min(const double a, const double b) { return b < a || b != b ? b : a; }

// Where results are rounded to 16 bits, what is less than 2^-17 of a value is lost in that: exp by the unit
// for 2^x, a quotient by that for 1 / x, which gives 0 beyond 2^126 (no moderate divisor is so large).
#ifdef NARROW
__device__ __forceinline__ real op_exp(const real a) { return __expf(a); }
__device__ __forceinline__ real op_div(const real a, const real b) {
  const real scale = fabs(b) < R(8e37) ? R(1.0) : R(0.00390625);
  return __fdividef(a * scale, b * scale);
}
__device__ __forceinline__ real op_div_moderate(const real a, const real b) { return __fdividef(a, b); }
#else
__device__ __forceinline__ real op_exp(const real a) { return exp(a); }
__device__ __forceinline__ real op_div(const real a, const real b) { return a / b; }
__device__ __forceinline__ real op_div_moderate(const real a, const real b) { return a / b; }
#endif

__device__ __forceinline__ real op_finite_or_zero(const real a) {
  return fabs(a) < infinity() || a != a ? a : R(0.0);
}

// exp(a) - 1 - a; near 0, where that cancels, by its Taylor series.
__device__ __forceinline__ real op_expgap(const real a) {
  real series = R(1.0);
#pragma unroll
  for (int k = 20; k > 2; --k) series = fma(series * a, R(1.0) / real(k), R(1.0));
  return fabs(a) < R(1.0) ? R(0.5) * a * a * series : expm1(a) - a;
}

// exp(-a a / 2): the rounding error of the square is a factor near 1.
__device__ __forceinline__ real op_gauss(const real a) {
  const real square = a * a;
#ifdef NARROW
  return exp2(R(-0.72134752) * square);  // half the logarithm of e
#else
  const real value = op_exp(R(-0.5) * square);
  const real lost = fma(a, a, -square);
  return square < R(3000.0) ? fma(value, R(-0.5) * lost, value) : value;
#endif
}

// The upper tail of the standard normal law for a >= 0.  In single precision by Mills' ratio, a quotient of
// polynomials: that of the NumPy kernels, proved to be right to 2^-25 on [0, 14.5] (codegen/certificates.py);
// for 16 bits a shorter one, 2^-21 off at most, whose results are checked for all 65536 numbers.  Nothing
// cancels, and beyond 14.5 exp(-a a / 2) is 0.
#ifndef DOUBLE
__device__ __forceinline__ real op_tail(const real a) {
  const float t = fminf(a, 14.5f);  // a NaN comes through the other factor
#ifdef NARROW
  float above = 0.0171710122f;
  float below = 0.0430460684f;
  above = fmaf(above, t, 0.120050989f);
  above = fmaf(above, t, 0.362873971f);
  above = fmaf(above, t, 0.499999791f);
  below = fmaf(below, t, 0.30072847f);
  below = fmaf(below, t, 0.955924451f);
  below = fmaf(below, t, 1.52361274f);
  below = fmaf(below, t, 1.0f);
  return op_gauss(a) * __fdividef(above, below);
#else
  float above = 0.000887350703f;
  float below = 0.00222426117f;
  above = fmaf(above, t, 0.0116222268f);
  above = fmaf(above, t, 0.0712150037f);
  above = fmaf(above, t, 0.250350207f);
  above = fmaf(above, t, 0.507286608f);
  above = fmaf(above, t, 0.5f);
  below = fmaf(below, t, 0.0291324146f);
  below = fmaf(below, t, 0.180739447f);
  below = fmaf(below, t, 0.656567276f);
  below = fmaf(below, t, 1.44683254f);
  below = fmaf(below, t, 1.8124578f);
  below = fmaf(below, t, 1.0f);
  const float inverse = __fdividef(1.0f, below);  // of 1 to 10^6
  const float ratio = above * inverse;
  return op_gauss(a) * fmaf(fmaf(-below, ratio, above), inverse, ratio);
#endif
}
#else
__device__ __forceinline__ real op_tail(const real a) { return normcdf(-a); }
#endif

// sin and cos by one reduction modulo pi / 2 that is exact enough for every float: by three parts of pi / 2
// below 2^15, else by the bits of 2 / pi; CUDA's own walks a table in local memory for that and multiplies in
// double precision.
__constant__ unsigned int two_over_pi[8] = {
    0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu};

__device__ __forceinline__ void op_sincos(const float angle, float& sine, float& cosine) {
  const float size = fabsf(angle);
  int quadrant = 0;
  float rest = size;
  if (size < 32768.0f) {
    const float rounded = fmaf(size, 0.636619772f, 12582912.0f);  // 1.5 2^23: the rest is rounded away
    const float turns = rounded - 12582912.0f;
    quadrant = int(__float_as_uint(rounded) & 3);
    rest = fmaf(turns, -1.57079601e+00f, size);
    rest = fmaf(turns, -3.13916473e-07f, rest);
    rest = fmaf(turns, -5.39030253e-15f, rest);
  } else {
    // size = mantissa 2^(exponent - 23).  The bits of 2 / pi before `first` only add multiples of 4
    // quadrants; the product with the 96 bits from there on is kept modulo 4, in units of 2^-62.
    const unsigned int bits = __float_as_uint(size);
    const unsigned long long mantissa = (bits & 0x7fffffu) | 0x800000u;
    const int first = int(bits >> 23) - 127 + 7;
    const int word = first >> 5, shift = first & 31;
    const unsigned long long high = (unsigned long long)two_over_pi[word] << 32 | two_over_pi[word + 1];
    const unsigned long long low = (unsigned long long)two_over_pi[word + 2] << 32 | two_over_pi[word + 3];
    const unsigned long long window = shift ? high << shift | low >> (64 - shift) : high;
    const unsigned long long tail = (low << shift) >> 32;
    const unsigned long long product = window * mantissa + (tail * mantissa >> 32);
    quadrant = int((product + (1ull << 61)) >> 62);
    const float turns = float((long long)(product - ((unsigned long long)quadrant << 62)));
    rest = fmaf(turns, 3.4061216748705226e-19f, turns * -9.4783968e-27f);
    rest = size < infinity() ? rest : not_a_number();
  }
  const float square = rest * rest;
  const float s_tail = fmaf(square, fmaf(square, -1.9515295891e-4f, 8.3321608736e-3f), -1.6666654611e-1f);
  const float c_tail = fmaf(square, fmaf(square, 2.4433157118e-5f, -1.3887316255e-3f), 4.1666645683e-2f);
  const float s = fmaf(rest * square, s_tail, rest);
  const float c = fmaf(square * square, c_tail, fmaf(-0.5f, square, 1.0f));
  const float along = quadrant & 1 ? c : s, across = quadrant & 1 ? s : c;
  sine = copysignf(1.0f, angle) * (quadrant & 2 ? -along : along);
  cosine = (quadrant + 1) & 2 ? -across : across;
}

__device__ __forceinline__ void op_sincos(const double angle, double& sine, double& cosine) {
  sine = sin(angle);
  cosine = cos(angle);
}

struct SinCos {
  real sine, cosine;
};
__device__ __forceinline__ SinCos op_sincos(const real a) {
  SinCos of;
  op_sincos(a, of.sine, of.cosine);
  return of;
}

// Of a b, for products up to 2^18 (2^16 for 16 bits, 2^39 in double precision).  For 16 bits in quarters of a
// turn, in which the product is known to 2^-46 of it, by polynomials that are off by 2^-19; else by a
// rotation: the rounding error of the product is a turn, by Taylor polynomials where it is small.
__device__ __forceinline__ SinCos op_sincosprod(const real a, const real b) {
#ifdef NARROW
  const float high = b * 0.636619747f;  // 2 / pi
  const float low = fmaf(b, 0.636619747f, -high) + b * 2.56825533e-08f;
  const float turns = a * high, whole = rintf(turns);
  const float rest = (turns - whole) + (fmaf(a, high, -turns) + a * low), square = rest * rest;
  const float s_tail = fmaf(square, fmaf(square, 0.0779399293f, -0.645798045f), 1.57079396f);
  const float c_tail = fmaf(square, fmaf(square, -0.0203985818f, 0.253594947f), -1.23369666f);
  const float s = rest * s_tail, c = fmaf(square, c_tail, 0.999999967f);
  const int quadrant = int(whole);
  const float along = quadrant & 1 ? c : s, across = quadrant & 1 ? s : c;
  return {quadrant & 2 ? -along : along, (quadrant + 1) & 2 ? -across : across};
#else
  const SinCos of = op_sincos(a * b);
  const real lost = fma(a, b, -(a * b)), square = lost * lost;
  if (fabs(lost) > (sizeof(real) > 4 ? R(6.103515625e-05) : R(0.015625))) {
    const SinCos turn = op_sincos(lost);
    return {fma(turn.sine, of.cosine, turn.cosine * of.sine),
            fma(-turn.sine, of.sine, turn.cosine * of.cosine)};
  }
  const real sine = fma(lost * square, R(-0.16666666666666667), lost), below = R(-0.5) * square;
  return {of.sine + fma(sine, of.cosine, below * of.sine),
          of.cosine + fma(-sine, of.sine, below * of.cosine)};
#endif
}

// A number by which a whole row is divided: multiplying by its inverse is at most 1 ulp away from dividing.
// `first` is a power of two, other than 1 where the inverse would not be a normal number.
struct Divisor {
  real first, inverse;
};
__device__ __forceinline__ Divisor divisor(const real by) {
  const real size = fabs(by);
  const real first = size > R(1e37) && size < infinity() ? R(5.421010862427522e-20)
                     : size < R(1e-37) && size > R(0.0)  ? R(18446744073709551616.0)
                                                         : R(1.0);
  return {first, R(1.0) / (by * first)};
}
__device__ __forceinline__ real op_over(const real a, const Divisor& d) { return a * d.first * d.inverse; }
// The same by a divisor that is 0, infinite, NaN or neither large nor small (Ranges.invertible): first is 1.
__device__ __forceinline__ real op_times(const real a, const Divisor& d) { return a * d.inverse; }

// A place that the data names, as the number of a place: -1, which is none, for what is beyond all rows.
__device__ __forceinline__ int op_place(const long long named) {
  return 0 <= named && named < 0x7fffffff ? int(named) : -1;
}

// ---- memory -------------------------------------------------------------------------------------

template <int BYTES> struct Word;
template <> struct Word<2> { using type = unsigned short; };
template <> struct Word<4> { using type = unsigned int; };
template <> struct Word<8> { using type = uint2; };
template <> struct Word<16> { using type = uint4; };

template <typename T, int COUNT> union Pack {
  static constexpr int bytes = COUNT * int(sizeof(T));
  static constexpr int words = bytes > 16 ? bytes / 16 : 1;
  using Access = typename Word<bytes / words>::type;
  Access word[words];
  T values[COUNT];
};

// The numbers of a pack.  A bfloat16 is the upper half of a float: one instruction for each, where the
// compiler takes two for every second.
template <typename T, int COUNT, typename To>
__device__ __forceinline__ void unpack(const Pack<T, COUNT>& pack, To (&to)[COUNT]) {
#pragma unroll
  for (int k = 0; k < COUNT; ++k) to[k] = To(pack.values[k]);
}
template <int COUNT>
__device__ __forceinline__ void unpack(const Pack<__nv_bfloat16, COUNT>& pack, float (&to)[COUNT]) {
  if constexpr (COUNT % 2 == 0) {
    Pack<unsigned int, COUNT / 2> pairs;
#pragma unroll
    for (int k = 0; k < pack.words; ++k) pairs.word[k] = pack.word[k];
#pragma unroll
    for (int k = 0; k < COUNT; ++k)
      to[k] = __uint_as_float(k & 1 ? pairs.values[k / 2] & 0xffff0000u : pairs.values[k / 2] << 16);
  } else {
#pragma unroll
    for (int k = 0; k < COUNT; ++k) to[k] = float(pack.values[k]);
  }
}

// Accesses of at most 16 bytes each, COUNT * sizeof(T) together; the address is a multiple of one.
// load_pack reads what no thread of the launch writes, load_pack_once what is read once and may be
// overwritten in place.
template <typename T, int COUNT, typename To>
__device__ __forceinline__ void load_pack(const T* from, To (&to)[COUNT]) {
  Pack<T, COUNT> pack;
#pragma unroll
  for (int k = 0; k < pack.words; ++k)
    pack.word[k] = __ldg(reinterpret_cast<const typename Pack<T, COUNT>::Access*>(from) + k);
  unpack(pack, to);
}

template <typename T, int COUNT, typename To>
__device__ __forceinline__ void load_pack_once(const T* from, To (&to)[COUNT]) {
  Pack<T, COUNT> pack;
#pragma unroll
  for (int k = 0; k < pack.words; ++k)
    pack.word[k] = __ldca(reinterpret_cast<const typename Pack<T, COUNT>::Access*>(from) + k);
  unpack(pack, to);
}

// What is read once, and what a thread has put into shared memory for itself, as arguments of load_pack.
template <typename T> struct Once {
  const T* at;
  __device__ __forceinline__ Once operator+(const long long i) const { return {at + i}; }
};
template <typename T, int COUNT, typename To>
__device__ __forceinline__ void load_pack(const Once<T> from, To (&to)[COUNT]) {
  load_pack_once(from.at, to);
}

// A row of an array that is in shared memory if KEPT, and where it lies if not.
template <typename T, bool KEPT = true> struct Staged {
  T* at;
  __device__ __forceinline__ Staged operator+(const long long i) const { return {at + i}; }
  // The next `count` numbers of what is free of shared memory.
  __device__ __forceinline__ void take(unsigned char*& free_bytes, const long long count) {
    at = reinterpret_cast<T*>(free_bytes);
    free_bytes += (count * sizeof(T) + 15) / 16 * 16;
  }
  __device__ __forceinline__ void row(const T*) const {}
  // Numbers on their way to place i, where this thread may read them after fetched().
  template <int COUNT> __device__ __forceinline__ void fetch(const T* from, const int i) const {
    using Access = typename Pack<T, COUNT>::Access;
    const Access* const source = reinterpret_cast<const Access*>(from);
    Access* const target = reinterpret_cast<Access*>(at + i);
#pragma unroll
    for (int k = 0; k < Pack<T, COUNT>::words; ++k) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
      if constexpr (sizeof(Access) == 16) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                         (unsigned int)__cvta_generic_to_shared(target + k)), "l"(source + k)
                     : "memory");
        continue;
      } else if constexpr (sizeof(Access) >= 4) {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(
                         (unsigned int)__cvta_generic_to_shared(target + k)), "l"(source + k),
                     "n"(sizeof(Access))
                     : "memory");
        continue;
      }
#endif
      target[k] = __ldcs(source + k);
    }
  }
};
template <typename T> struct Staged<T, false> {
  const T* at;
  __device__ __forceinline__ Staged operator+(const long long i) const { return {at + i}; }
  __device__ __forceinline__ void take(unsigned char*&, const long long) const {}
  __device__ __forceinline__ void row(const T* const from) { at = from; }
  template <int COUNT> __device__ __forceinline__ void fetch(const T*, const int) const {}
};
__device__ __forceinline__ void fetched() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}
template <typename T, int COUNT, typename To>
__device__ __forceinline__ void load_pack(const Staged<T> from, To (&to)[COUNT]) {
  Pack<T, COUNT> pack;
#pragma unroll
  for (int k = 0; k < pack.words; ++k)
    pack.word[k] = reinterpret_cast<const typename Pack<T, COUNT>::Access*>(from.at)[k];
  unpack(pack, to);
}

template <typename T, int COUNT, typename To>
__device__ __forceinline__ void load_pack(const Staged<T, false> from, To (&to)[COUNT]) {
  load_pack(from.at, to);
}

template <typename T, int COUNT>
__device__ __forceinline__ void store_pack(T* to, const real (&from)[COUNT]) {
  Pack<T, COUNT> pack;
#pragma unroll
  for (int k = 0; k < COUNT; ++k) pack.values[k] = T(from[k]);
#pragma unroll
  for (int k = 0; k < pack.words; ++k)
    __stcs(reinterpret_cast<typename Pack<T, COUNT>::Access*>(to) + k, pack.word[k]);
}

// How many packs of a pass a thread has on their way at once, if each holds so many numbers: of 16-bit types
// one, for several take the registers of a second block on the SM (on an H200: 0.89 and 0.55 of copy).
template <typename T> __device__ constexpr int packs_at_once(const int numbers) {
  return sizeof(T) != 4 || numbers > 12 ? 1 : numbers > 4 ? 2 : 4;
}

// How many blocks of so many threads an SM is to hold at least: a thread may have 64 registers, and while
// some blocks wait for memory others compute.  Before 8.0 an SM holds 1024 threads at most; for 10.0 the
// compiler makes do with 64 registers in most kernels, not in all.
__device__ constexpr int blocks_at_once(const int threads) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800 && __CUDA_ARCH__ < 1000
  return sizeof(real) > 4 ? 1 : 1024 / threads;
#else
  return 1;
#endif
}
// For functions of one place, each thread of which has a pack of each array on its way: of one array all the
// threads that an SM takes, of more so many that 48 KB are.
__device__ constexpr int flat_blocks(const int arrays, const int threads) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800 && __CUDA_ARCH__ < 1000
  return sizeof(real) > 4 ? 1 : (arrays < 2 ? 2048 : arrays < 3 ? 1536 : 1024) / threads;
#else
  return 1;
#endif
}
// Sums over all rows in registers take more of them: 512 threads on an SM.
__device__ constexpr int column_blocks(const int threads) { return sizeof(real) > 4 ? 1 : 512 / threads; }
#define BOUNDS(threads) __launch_bounds__(threads, blocks_at_once(threads))
#define COLUMN_BOUNDS(threads) __launch_bounds__(threads, column_blocks(threads))
#define ROOMY_BOUNDS(threads) __launch_bounds__(threads, 1)
// For schedules in passes: what several packs at once need is more.
#ifdef NARROW
#define PASS_BOUNDS(threads) BOUNDS(threads)
#else
#define PASS_BOUNDS(threads) __launch_bounds__(threads, 1)
#endif

// ---- monoids ------------------------------------------------------------------------------------
// add_pack: some elements.  combine: two partial results.  over_lanes: those of `count` neighbouring lanes;
// each step is symmetric, so all of them end with the same.  Where the count is known at run time only, the
// loop is not unrolled: that takes registers.

constexpr unsigned all_lanes = 0xffffffffu;

struct Sum {
  real s = R(0.0);
  __device__ __forceinline__ void add(const real x) { s += x; }
  template <int V> __device__ __forceinline__ void add_pack(const real (&x)[V]) {
#pragma unroll
    for (int k = 0; k < V; ++k) s += x[k];
  }
  __device__ __forceinline__ void combine(const Sum& b) { s += b.s; }
  __device__ __forceinline__ void over_lanes(const int count) {
    for (int lane = count >> 1; lane > 0; lane >>= 1) s += __shfl_xor_sync(all_lanes, s, lane);
  }
};

struct Max {
  real m = -infinity();
  template <int V> __device__ __forceinline__ void add_pack(const real (&x)[V]) {
#pragma unroll
    for (int k = 0; k < V; ++k) m = op_max(m, x[k]);
  }
  __device__ __forceinline__ void combine(const Max& b) { m = op_max(m, b.m); }
  __device__ __forceinline__ void over_lanes(const int count) {
    for (int lane = count >> 1; lane > 0; lane >>= 1) m = op_max(m, __shfl_xor_sync(all_lanes, m, lane));
  }
};

// exp(-|a - b|), and 1 for two equal infinities.  The choice is between arguments: one between a number and
// an exponential becomes a branch, and then no two places of a thread are computed side by side.
__device__ __forceinline__ real op_exp_of_gap(const real a, const real b) {
  return op_exp(a == b ? R(0.0) : -fabs(a - b));
}

struct MaxSumExp {
  real m = -infinity(), s = R(0.0);
  template <int V> __device__ __forceinline__ void add_pack(const real (&x)[V]) {
    const real before = m;
#pragma unroll
    for (int k = 0; k < V; ++k) m = op_max(m, x[k]);
    s *= op_exp_of_gap(before, m);
    if (fabs(m) < infinity()) {
#pragma unroll
      for (int k = 0; k < V; ++k) s += op_exp(x[k] - m);
    } else {  // only infinities like the largest count; where one is NaN, s is
#pragma unroll
      for (int k = 0; k < V; ++k) s += x[k] == m ? R(1.0) : R(0.0);
    }
  }
  __device__ __forceinline__ void combine(const MaxSumExp& b) {
    const real scale = op_exp_of_gap(m, b.m);
    s = m >= b.m ? fma(b.s, scale, s) : fma(s, scale, b.s);
    m = op_max(m, b.m);
  }
  __device__ __forceinline__ void over_lanes(const int count) {
    const real own = m;
    for (int lane = count >> 1; lane > 0; lane >>= 1) m = op_max(m, __shfl_xor_sync(all_lanes, m, lane));
    s *= op_exp_of_gap(own, m);
    for (int lane = count >> 1; lane > 0; lane >>= 1) s += __shfl_xor_sync(all_lanes, s, lane);
  }
};

// The sum of exp(x - m) less the 1 of one place where x = m.
struct MaxRest {
  real m = -infinity(), r = R(-1.0);
#ifdef NARROW
  // Each of the largest gives exactly 1 to the sum of all.  Only where one is alone and the others together
  // are so small that they would be lost beside it, they are summed without it.
  template <int V> __device__ __forceinline__ void add_pack(const real (&x)[V]) {
    MaxRest b;
#pragma unroll
    for (int k = 0; k < V; ++k) b.m = op_max(b.m, x[k]);
    b.r = R(0.0);
    if (fabs(b.m) < infinity()) {
#pragma unroll
      for (int k = 0; k < V; ++k) b.r += op_exp(x[k] - b.m);
      const bool lost = b.r < R(1.015625);  // else the others are at least 2^-6, and known to 2^-15 of that
      b.r = lost ? R(0.0) : b.r - R(1.0);
      if (lost) {  // exponentials of the same in other words, or the compiler keeps those above for this
#pragma unroll
        for (int k = 0; k < V; ++k) b.r += x[k] < b.m ? op_exp(-(b.m - x[k])) : R(0.0);
      }
    } else {  // only infinities like the largest count; NaN is handed on
#pragma unroll
      for (int k = 0; k < V; ++k) b.r += x[k] == b.m ? R(1.0) : R(0.0);
      b.r = b.m == b.m ? b.r - R(1.0) : b.m;
    }
    combine(b);
  }
#else
  template <int V> __device__ __forceinline__ void add_pack(const real (&x)[V]) {
    const real before = m;
#pragma unroll
    for (int k = 0; k < V; ++k) m = op_max(m, x[k]);
    real below = R(0.0), largest = R(0.0);
    if (fabs(m) < infinity()) {
#pragma unroll
      for (int k = 0; k < V; ++k) {
        const bool less = x[k] < m;
        const real part = op_exp(x[k] - m);
        below = less ? below + part : below;
        largest = less ? largest : largest + R(1.0);
      }
    } else {  // only infinities like the largest count; NaN is handed on
      below = m == m ? R(0.0) : m;
#pragma unroll
      for (int k = 0; k < V; ++k) largest += x[k] == m ? R(1.0) : R(0.0);
    }
    const bool same = before == m;
    r = (same ? r : (R(1.0) + r) * op_exp_of_gap(before, m)) + below + (same ? largest : largest - R(1.0));
  }
#endif
  __device__ __forceinline__ void combine(const MaxRest& b) {
    const real scale = op_exp_of_gap(m, b.m);
    if (m == b.m) r = (r + b.r) + R(1.0);
    else r = m > b.m ? fma(R(1.0) + b.r, scale, r) : fma(R(1.0) + r, scale, b.r);
    m = op_max(m, b.m);
  }
  __device__ __forceinline__ void over_lanes(const int count) {
    const real own = m;
    for (int lane = count >> 1; lane > 0; lane >>= 1) m = op_max(m, __shfl_xor_sync(all_lanes, m, lane));
    real largest = own == m ? R(1.0) : R(0.0);
    r = own == m ? r : (R(1.0) + r) * op_exp_of_gap(own, m);
    for (int lane = count >> 1; lane > 0; lane >>= 1) {
      r += __shfl_xor_sync(all_lanes, r, lane);
      largest += __shfl_xor_sync(all_lanes, largest, lane);
    }
    r += largest - R(1.0);
  }
};

// How many, their mean, and the sum of their squared deviations from it.
struct Moments {
  real n = R(0.0), m = R(0.0), q = R(0.0);
  template <int V> __device__ __forceinline__ void add_pack(const real (&x)[V]) {
    Moments b;
#pragma unroll
    for (int k = 0; k < V; ++k) b.m += x[k];
    b.n = real(V);
    b.m *= R(1.0) / real(V);
#pragma unroll
    for (int k = 0; k < V; ++k) b.q = fma(x[k] - b.m, x[k] - b.m, b.q);
    combine(b);
  }
  __device__ __forceinline__ void combine(const Moments& b) {
    const bool turned = b.m < m;
    const real low = turned ? b.m : m, gap = (turned ? m : b.m) - low;
    const real at_low = turned ? b.n : n, at_high = turned ? n : b.n;
    const real share = at_high > R(0.0) ? at_high / (at_low + at_high) : R(0.0);
    q = fma(gap * gap, at_low * share, q + b.q);
    m = fma(gap, share, low);
    n += b.n;
  }
  __device__ __forceinline__ void over_lanes(const int count) {
    for (int lane = count >> 1; lane > 0; lane >>= 1) {
      Moments b;
      b.n = __shfl_xor_sync(all_lanes, n, lane);
      b.m = __shfl_xor_sync(all_lanes, m, lane);
      b.q = __shfl_xor_sync(all_lanes, q, lane);
      combine(b);
    }
  }
};

// ---- the threads that share a row ---------------------------------------------------------------

template <typename Fold> __device__ __forceinline__ void combine_warp(Fold& fold) { fold.over_lanes(32); }

// Every thread ends with the same value: each warp folds the warps' results, of which there are 2^k; WARPS is
// how many, or 0 where that is known at run time only.
template <int WARPS = 0, typename Fold> __device__ __forceinline__ void combine_block(Fold& fold) {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  Fold* const warps = reinterpret_cast<Fold*>(shared_bytes);
  combine_warp(fold);
  __syncthreads();
  if ((threadIdx.x & 31) == 0) warps[threadIdx.x >> 5] = fold;
  __syncthreads();
  const int count = WARPS > 0 ? WARPS : blockDim.x >> 5;
  fold = warps[threadIdx.x & (count - 1)];
  fold.over_lanes(count);
}

template <int LANES, typename Fold> __device__ __forceinline__ void combine_lanes(Fold& fold) {
  if constexpr (LANES <= 32) {
    fold.over_lanes(LANES);
  } else {
    combine_block<LANES / 32>(fold);
  }
}

// A partial result, one for each part of a row, in an array of `size` numbers each.
template <typename Fold>
__device__ __forceinline__ void leave_part(
    const Fold& fold, real* partial, const long long place, const int size) {
  static_assert(sizeof(Fold) % sizeof(real) == 0, "a fold holds real numbers");
  const real* const values = reinterpret_cast<const real*>(&fold);
  if (threadIdx.x == 0) {
#pragma unroll
    for (int k = 0; k < int(sizeof(Fold) / sizeof(real)); ++k) partial[place * size + k] = values[k];
  }
}

// Every warp combines all parts for itself.
template <typename Fold>
__device__ __forceinline__ void combine_parts(
    Fold& fold, const real* partial, const long long left, const int parts, const int size) {
  for (int part = threadIdx.x & 31; part < parts; part += 32) {
    Fold other;
    real* const values = reinterpret_cast<real*>(&other);
#pragma unroll
    for (int k = 0; k < int(sizeof(Fold) / sizeof(real)); ++k) values[k] = partial[(left + part) * size + k];
    fold.combine(other);
  }
  combine_warp(fold);
}
"""
