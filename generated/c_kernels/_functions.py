"""What all C texts of this package share.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

FUNCTIONS = r"""#include <fenv.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A sum is kept in single precision over this many entries, then added in double. */
#define CHUNK 512
/* So many entries are looked at in one loop where nothing is summed. */
#define LONG 16384
/* Sums over rows are kept in the precision of the arrays over this many rows. */
#define ROWS 32
/* So many entries are computed at once where results go past the caches: they stay in the first one
    meanwhile. */
#define PIECE 256
/* The next row is asked for while one is computed, if it has at most so many bytes. */
#define AHEAD (1 << 19)
#define SIMD _Pragma("omp simd")

#if defined(__FMA__) || defined(__aarch64__)
#define FMA_F(a, b, c) __builtin_fmaf(a, b, c)
#define FMA_D(a, b, c) __builtin_fma(a, b, c)
#else
#define FMA_F(a, b, c) ((a) * (b) + (c))
#define FMA_D(a, b, c) ((a) * (b) + (c))
#endif

/* Arrays come as the address of an object, in which the address of the entries and the flags stand at fixed
    places
   after a header; without a header it is the address of a cell that holds that of the entries. */
#define OTHERWISE 5
#define READABLE 0x101 /* C order, aligned */
#define WRITABLE 0x501
static inline void *entries(const size_t object, const int64_t head) {
  void *found;
  memcpy(&found, (const char *)object + head, sizeof found);
  return found;
}
static inline bool is_plain(const size_t object, const int64_t head, const int wanted) {
  int flags = wanted;
  if (head != 0) memcpy(&flags, (const char *)object + head + 48, sizeof flags);
  return (flags & wanted) == wanted;
}
/* Whether a result of `size` bytes may be written where an argument is read: it lies apart, or exactly
    there. */
static inline bool is_apart(const void *a, const int64_t a_size, const void *b, const int64_t size, const
    bool same) {
  const char *const x = a, *const y = b;
  return x + a_size <= y || y + size <= x || (same && x == y);
}

/* What is longer than the caches is written past them: who reads it next does not find it there anyway, and
    a line
   that is written in the usual way is read before. */
#if defined(__AVX512F__) && defined(__GNUC__)
#define LINES 64
#elif defined(__AVX__) && defined(__GNUC__)
#define LINES 32
#elif defined(__SSE2__) && defined(__GNUC__)
#define LINES 16
#else
#define LINES 0
#endif
#if LINES
typedef float line __attribute__((vector_size(LINES)));
typedef float loose_line __attribute__((vector_size(LINES), aligned(4)));
static inline void write_past(line *const to, const line value) {
#if defined(__clang__)
  __builtin_nontemporal_store(value, to);
#elif LINES == 64
  __builtin_ia32_movntps512((float *)to, value);
#elif LINES == 32
  __builtin_ia32_movntps256((float *)to, value);
#else
  __builtin_ia32_movntps((float *)to, value);
#endif
}
#endif
static inline void stream(void *const to, const void *const from, const int64_t size) {
#if LINES
  char *const target = to;
  const char *const source = from;
  const int64_t before = (int64_t)(-(uintptr_t)target % 64);
  const int64_t head = before < size ? before : size, end = head + (size - head) / 64 * 64;
  memcpy(target, source, (size_t)head);
  for (int64_t at = head; at < end; at += LINES)
    write_past((line *)(target + at), *(const loose_line *)(source + at));
  memcpy(target + end, source + end, (size_t)(size - end));
#else
  memcpy(to, from, (size_t)size);
#endif
}
/* After the last of these: they are in order with what is written in the usual way. */
static inline void streamed_all(void) {
#if LINES
  __builtin_ia32_sfence();
#endif
}

/* Asks for `size` bytes that will be read soon. */
static inline void prefetch(const void *const from, const int64_t size) {
  for (int64_t at = 0; at < size; at += 64) __builtin_prefetch((const char *)from + at, 0, 2);
}

static inline uint32_t bits_f(const float x) { uint32_t b; memcpy(&b, &x, sizeof b); return b; }
static inline uint64_t bits_d(const double x) { uint64_t b; memcpy(&b, &x, sizeof b); return b; }
static inline float from_bits_f(const uint32_t b) { float x; memcpy(&x, &b, sizeof x); return x; }
static inline double from_bits_d(const uint64_t b) { double x; memcpy(&x, &b, sizeof x); return x; }

/* A function of float and of double; the word without a suffix takes either. */
#define CHOOSE(name, x) _Generic((x), float: name##_f, default: name##_d)
#define CHOOSE_2(name, x, y) _Generic((x) + (y), float: name##_f, default: name##_d)

/* The bits of a number without its sign are in the order of the numbers, and those of NaN above all. */
static inline uint32_t magnitude_f(const float x) { return bits_f(x) & 0x7fffffffu; }
static inline uint64_t magnitude_d(const double x) { return bits_d(x) & 0x7fffffffffffffffull; }
#define magnitude(x) CHOOSE(magnitude, x)(x)
typedef __typeof__(magnitude((real)1)) word;

/* A sum of many parts, and what rounding it loses (Knuth); where it is infinite nothing is lost. */
static inline void add_exactly(double *const sum, double *const lost, const double part) {
  const double next = *sum + part, added = next - *sum;
  *lost += (*sum - (next - added)) + (part - added);
  *sum = next;
}
static inline double with_lost(const double sum, const double lost) { return lost == lost ? sum + lost :
    sum; }

/* NaN if an operand is NaN, unlike fmax.  Two choices, each by one comparison: by both at once they become
   branches where several follow each other, and no SIMD. */
static inline float op_max_f(const float a, const float b) {
  const float larger = a < b ? b : a;
  return b != b ? b : larger;
}
static inline float op_min_f(const float a, const float b) {
  const float smaller = b < a ? b : a;
  return b != b ? b : smaller;
}
static inline double op_max_d(const double a, const double b) {
  const double larger = a < b ? b : a;
  return b != b ? b : larger;
}
static inline double op_min_d(const double a, const double b) {
  const double smaller = b < a ? b : a;
  return b != b ? b : smaller;
}

/* The nearest finite number: what is less than a maximum stays less than what it becomes. */
static inline float op_finite_or_zero_f(const float a) { return op_min_f(op_max_f(a,
    -3.4028234663852886e38f), 3.4028234663852886e38f); }
static inline double op_finite_or_zero_d(const double a) { return op_min_d(op_max_d(a,
    -1.7976931348623157e308), 1.7976931348623157e308); }

/* Error of the whole function at most 2^-56.0, proved for exact evaluation. */
static inline double exp_double(const double x) { return FMA_D(FMA_D(FMA_D(2.5000045990930663e-08, x,
    2.7630262455419766e-07), ((x * x) * (x * x)), FMA_D(FMA_D(2.7557586495978958e-06, x,
    2.480149306277083e-05), (x * x), FMA_D(0.00019841269506364553, x, 0.0013888888943661382))), ((x * x) *
    (x * x)), FMA_D(FMA_D(0.008333333333494593, x, 0.04166666666653006), (x * x), FMA_D(0.16666666666666413,
    x, 0.5000000000000011))); }
/* Error of the whole function at most 2^-34.1, proved for exact evaluation. */
static inline double exp_short(const double x) { return FMA_D(FMA_D(FMA_D(0.0001979034935302542, x,
    0.001394467057812572), (x * x), FMA_D(0.008333497107328744, x, 0.04166629480231467)), (x * x),
    FMA_D(0.16666665868594444, x, 0.5000000067721359)); }
/* Error of the whole function at most 2^-27.5, proved for exact evaluation. */
static inline float exp_single(const float x) { return FMA_F(FMA_F(0.0013814588310196996f, (x * x),
    FMA_F(0.008368724025785923f, x, 0.04166838899254799f)), (x * x), FMA_F(0.1666652113199234f, x,
    0.4999999403953552f)); }
/* Error of the whole function at most 2^-59.0, proved for exact evaluation. */
static inline double expm1_double(const double x) { return FMA_D(FMA_D(FMA_D(2.0875325104734678e-09, (x *
    x), FMA_D(2.510899040592496e-08, x, 2.755740269344722e-07)), ((x * x) * (x * x)),
    FMA_D(FMA_D(2.755724434388673e-06, x, 2.4801587172438426e-05), (x * x), FMA_D(0.00019841269885993032, x,
    0.0013888888888962442))), ((x * x) * (x * x)), FMA_D(FMA_D(0.008333333333321683, x,
    0.04166666666666651), (x * x), FMA_D(0.16666666666666677, x, 0.5))); }
/* Error of the whole function at most 2^-28.0, proved for exact evaluation. */
static inline float expm1_single(const float x) { return FMA_F(FMA_F(FMA_F(0.00019845901988446712f, x,
    0.0013940638164058328f), (x * x), FMA_F(0.008333389647305012f, x, 0.041666362434625626f)), (x * x),
    FMA_F(0.1666666567325592f, x, 0.5f)); }
/* Error of the whole function at most 2^-26.5, proved for exact evaluation. */
static inline float log1p_single(const float x) { return FMA_F(FMA_F(FMA_F(-0.0763443112373352f, x,
    0.12763488292694092f), (x * x), FMA_F(-0.1316109150648117f, x, 0.14201565086841583f)), ((x * x) * (x *
    x)), FMA_F(FMA_F(-0.16623251140117645f, x, 0.20001231133937836f), (x * x), FMA_F(-0.250008225440979f, x,
    0.3333333134651184f))); }
/* Error of the whole function at most 2^-59.3, proved for exact evaluation. */
static inline double log1p_unit_double(const double x) { return FMA_D(FMA_D(FMA_D(0.17010085633177305, x,
    0.0834472964216663), ((x * x) * (x * x)), FMA_D(FMA_D(0.12105018035979961, x, 0.13301109385662122), (x *
    x), FMA_D(0.15386549566262295, x, 0.18181744408505196))), ((x * x) * (x * x)),
    FMA_D(FMA_D(0.22222223956221318, x, 0.2857142854806419), (x * x), FMA_D(0.4000000000015568, x,
    0.6666666666666631))); }
/* Error of the whole function at most 2^-27.7, proved for exact evaluation. */
static inline float log1p_unit_single(const float x) { return FMA_F(FMA_F(0.2800552546977997f, x,
    0.2800324261188507f), (x * x), FMA_F(0.400214284658432f, x, 0.666664183139801f)); }
/* Error of the whole function at most 2^-59.0, proved for exact evaluation. */
static inline double log_double(const double x) { return FMA_D(FMA_D(0.14796097737287187, (x * x),
    FMA_D(0.15314040033352638, x, 0.18183564563387802)), ((x * x) * (x * x)),
    FMA_D(FMA_D(0.22222198572101898, x, 0.28571428742362853), (x * x), FMA_D(0.39999999999414954, x,
    0.6666666666666734))); }
/* Error of the whole function at most 2^-37.6, proved for exact evaluation. */
static inline double log_short(const double x) { return FMA_D(FMA_D(0.23582041382134428, x,
    0.28537318772680925), (x * x), FMA_D(0.400003349476011, x, 0.6666666564697237)); }

/* The larger and the smaller of a number and a bound; NaN stays.  GCC does not know the bounds, since
    somebody else
   might write them: to a known one it would compare and then choose, where this is one instruction. */
#define BOUND(type, name, value) __attribute__((used)) static type name = value
static inline float at_least_f(const float x, const float bound) { return x < bound ? bound : x; }
static inline float at_most_f(const float x, const float bound) { return x > bound ? bound : x; }
static inline double at_least_d(const double x, const double bound) { return x < bound ? bound : x; }
static inline double at_most_d(const double x, const double bound) { return x > bound ? bound : x; }

/* Adding it to a number leaves the nearest integer in the last bits. */
#define ROUND_F 12582912.0f
#define ROUND_D 6755399441055744.0
#define LOG_2 0.6931471805599453
#define LOG_2_HIGH 0.6931471803691238
#define LOG_2_LOW 1.9082149292705877e-10

/* 2^k, for -126 <= k <= 127 and -1022 <= k <= 1023. */
static inline float power_f(const uint32_t k) { return from_bits_f((k + 127u) << 23); }
static inline double power_d(const uint64_t k) { return from_bits_d((k + 1023u) << 52); }

/* exp: x = k log 2 + r.  2^k may be out of range where the result is not, so it is multiplied in two steps.
    */
BOUND(float, exp_most_f, 89.0f);
BOUND(float, exp_least_f, -104.0f);
BOUND(double, exp_most_d, 710.0);
BOUND(double, exp_least_d, -746.0);
static inline float op_exp_f(const float x) {
  const float t = at_least_f(at_most_f(x, exp_most_f), exp_least_f);
  const float rounded = FMA_F(t, 1.44269504f, ROUND_F);
  const float k = rounded - ROUND_F;
  const float r = FMA_F(k, 2.12194440e-4f, FMA_F(k, -0.693359375f, t));
  const float p = FMA_F(r * r, exp_single(r), r) + 1.0f;
  const uint32_t whole = bits_f(rounded) - bits_f(ROUND_F);
  const uint32_t half = ((whole + 512u) >> 1) - 256u;
  return p * power_f(half) * power_f(whole - half);
}

static inline double op_exp_d(const double x) {
  const double t = at_least_d(at_most_d(x, exp_most_d), exp_least_d);
  const double rounded = FMA_D(t, 1.0 / LOG_2, ROUND_D);
  const double k = rounded - ROUND_D;
  const double r = FMA_D(k, -LOG_2_LOW, FMA_D(k, -LOG_2_HIGH, t));
  const double p = FMA_D(r * r, exp_double(r), r) + 1.0;
  const uint64_t whole = bits_d(rounded) - bits_d(ROUND_D);
  const uint64_t half = ((whole + 2048u) >> 1) - 1024u;
  return p * power_d(half) * power_d(whole - half);
}

/* exp where x is no positive number, but perhaps infinite or NaN.  The last bits of "rounded" hold k + 64,
    which
   is added to the exponent of p; the factor brings it back, to a subnormal number perhaps. */
static inline float op_exp_below_f(const float x) {
  const float t = at_least_f(x, exp_least_f);
  const float rounded = FMA_F(t, 1.44269504f, ROUND_F + 64.0f);
  const float k = rounded - (ROUND_F + 64.0f);
  const float r = FMA_F(k, 2.12194440e-4f, FMA_F(k, -0.693359375f, t));
  const float p = FMA_F(r * r, exp_single(r), r) + 1.0f;
  const float value = from_bits_f(bits_f(p) + (bits_f(rounded) << 23)) * 5.421010862427522e-20f;
  return x > 0.0f ? x : value;
}

static inline double op_exp_below_d(const double x) {
  const double t = at_least_d(x, exp_least_d);
  const double rounded = FMA_D(t, 1.0 / LOG_2, ROUND_D + 512.0);
  const double k = rounded - (ROUND_D + 512.0);
  const double r = FMA_D(k, -LOG_2_LOW, FMA_D(k, -LOG_2_HIGH, t));
  const double p = FMA_D(r * r, exp_double(r), r) + 1.0;
  const double value = from_bits_d(bits_d(p) + (bits_d(rounded) << 52)) * 7.458340731200207e-155;
  return x > 0.0 ? x : value;
}

/* For a result in single precision; x in [-200, 200]. */
static inline double exp_near(const double x) {
  const double rounded = FMA_D(x, 1.0 / LOG_2, ROUND_D);
  const double r = FMA_D(rounded - ROUND_D, -LOG_2, x);
  return (FMA_D(r * r, exp_short(r), r) + 1.0) * power_d(bits_d(rounded) - bits_d(ROUND_D));
}

/* x in [-200, 200], or NaN. */
BOUND(double, clip_most, 200.0);
BOUND(double, clip_least, -200.0);
static inline double clipped(const double x) { return at_least_d(at_most_d(x, clip_most), clip_least); }

BOUND(float, expm1_least_f, -18.0f);
BOUND(double, expm1_least_d, -60.0);
static inline float op_expm1_f(const float x) {
  const float t = at_least_f(at_most_f(x, exp_most_f), expm1_least_f);
  const float rounded = FMA_F(t, 1.44269504f, ROUND_F);
  const float k = rounded - ROUND_F;
  const float r = FMA_F(k, 2.12194440e-4f, FMA_F(k, -0.693359375f, t));
  const float p = FMA_F(r * r, expm1_single(r), r);
  const float half = power_f(bits_f(rounded) - bits_f(ROUND_F) - 1u);
  return 2.0f * FMA_F(half, p, half - 0.5f);
}

static inline double op_expm1_d(const double x) {
  const double t = at_least_d(at_most_d(x, exp_most_d), expm1_least_d);
  const double rounded = FMA_D(t, 1.0 / LOG_2, ROUND_D);
  const double k = rounded - ROUND_D;
  const double high = FMA_D(k, -LOG_2_HIGH, t);
  const double r = FMA_D(k, -LOG_2_LOW, high);
  const double lost = FMA_D(k, -LOG_2_LOW, high - r);
  const double half = power_d(bits_d(rounded) - bits_d(ROUND_D) - 1u);
  const double p = r + FMA_D(r * r, expm1_double(r), lost);
  return 2.0 * FMA_D(half, p, half - 0.5);
}

/* log(x + lost) for 0 < x < infinity, lost of the size of a rounding error of x: x = 2^k m with
   1 / sqrt 2 <= m < sqrt 2 (k with a bias), and what was lost goes to m - 1. */
#define SPLIT_F 0x3f3504f3u
#define SPLIT_D 0x3fe6a09e667f3bcdull
#define ONE_F 0x3f800000u
#define ONE_D 0x3ff0000000000000ull

/* Of x * 2^shift. */
static inline float log_scaled_f(const float x, const float lost, const float shift) {
  const uint32_t shifted = bits_f(x) + (ONE_F - SPLIT_F), biased = shifted >> 23;
  const float k = (float)(int32_t)biased - (127.0f + shift);
  const float m = from_bits_f((shifted & 0x7fffffu) + SPLIT_F);
  const float f = FMA_F(lost, 0.5f * from_bits_f((255u - biased) << 23), m - 1.0f);
  const float square = f * f;
  const float tail = FMA_F(k, -2.12194440e-4f, f * square * log1p_single(f));
  return FMA_F(k, 0.693359375f, f + FMA_F(-0.5f, square, tail));
}
static inline float log_from_1_f(const float x, const float lost) { return log_scaled_f(x, lost, 0.0f); }
static inline float log_of_f(const float x, const float lost) {
  const bool small = x < 1.17549435e-38f;
  return log_scaled_f(small ? x * 16777216.0f : x, lost, small ? 24.0f : 0.0f);
}

static inline double log_scaled_d(const double x, const double lost, const double shift) {
  const uint64_t shifted = bits_d(x) + (ONE_D - SPLIT_D), biased = shifted >> 52;
  const double k = from_bits_d(bits_d(ROUND_D) + biased) - (ROUND_D + (1023.0 + shift));
  const double m = from_bits_d((shifted & 0xfffffffffffffull) + SPLIT_D);
  const double f = FMA_D(lost, 0.5 * from_bits_d((2047u - biased) << 52), m - 1.0);
  const double s = f / (f + 2.0), z = s * s, square = 0.5 * f * f;
  const double low = FMA_D(s, FMA_D(z, log_double(z), square), k * LOG_2_LOW);
  return k * LOG_2_HIGH - ((square - low) - f);
}
static inline double log_from_1_d(const double x, const double lost) { return log_scaled_d(x, lost, 0.0); }
static inline double log_of_d(const double x, const double lost) {
  const bool small = x < 2.2250738585072014e-308;
  return log_scaled_d(small ? x * 18014398509481984.0 : x, lost, small ? 54.0 : 0.0);
}

/* The logarithm's values where the formula above does not hold. */
static inline float log_ends_f(const float x, const float value) {
  const float outside = x == 0.0f ? -INFINITY : NAN;
  const float inside = x < INFINITY ? value : x;
  return x > 0.0f ? inside : outside;
}
static inline double log_ends_d(const double x, const double value) {
  const double outside = x == 0.0 ? -INFINITY : NAN;
  const double inside = x < INFINITY ? value : x;
  return x > 0.0 ? inside : outside;
}
static inline float op_log_f(const float x) { return log_ends_f(x, log_of_f(x, 0.0f)); }
static inline double op_log_d(const double x) { return log_ends_d(x, log_of_d(x, 0.0)); }

static inline float op_log1p_f(const float x) {
  const float u = 1.0f + x, back = u - 1.0f;
  return log_ends_f(u, log_of_f(u, (1.0f - (u - back)) + (x - back)));
}
static inline double op_log1p_d(const double x) {
  const double u = 1.0 + x, back = u - 1.0;
  return log_ends_d(u, log_of_d(u, (1.0 - (u - back)) + (x - back)));
}

/* log(a / b): plus or minus log(1 + x) with x the larger less the smaller over the smaller.  The difference
    is exact
   where the quotient is near 1, and 1 + x loses nothing that counts where it is not.  "far" is above the
       logarithm
   where that is infinite, and only there. */
static inline float op_log_quotient_f(const float a, const float b) {
  const float less = a - b, x = fabsf(less) / (a > b ? b : a), u = 1.0f + x, back = u - 1.0f;
  const float found = log_from_1_f(u, x - back), far = back - 3.4028234663852886e38f, value = found > far ?
      found : far;
  return from_bits_f(bits_f(u > 0.0f ? value : (float)NAN) ^ (bits_f(less) & 0x80000000u));
}
static inline double op_log_quotient_d(const double a, const double b) {
  const double less = a - b, x = fabs(less) / (a > b ? b : a), u = 1.0 + x, back = u - 1.0;
  const double found = log_from_1_d(u, x - back), far = back - 1.7976931348623157e308, value = found > far ?
      found : far;
  return from_bits_d(bits_d(u > 0.0 ? value : (double)NAN) ^ (bits_d(less) & 0x8000000000000000ull));
}

/* log(1 + x) for 0 <= x <= 1, where s = x / (x + 2) is at most 1/3: 2 s is x - s x, so that the rounding of
    s
   counts for a part of the result only. */
static inline float op_log1p_unit_f(const float x) {
  const float s = x / (x + 2.0f), z = s * s;
  return FMA_F(-s, x - z * log1p_unit_single(z), x);
}
static inline double op_log1p_unit_d(const double x) {
  const double s = x / (x + 2.0), z = s * s;
  return FMA_D(-s, x - z * log1p_unit_double(z), x);
}

/* tanh: in single precision h / (1 + h h / 4) with h = x - x z P(z) / Q(z), z = x x.  What h, about 2
    tanh(x / 2), is
   off counts the less the nearer it is to 2; the whole is proved within 2^-25.6 up to 9.1, and is at
   most 1, since 2 - h is not yet so small there that 1 + h h / 4 could be rounded to less than h.  In
       double by
   exp(-2 |x|) - 1, which needs no care for large exponents. */
BOUND(float, tanh_most_f, 9.1f);
BOUND(double, tanh_most_d, 20.0);
static inline float tanh_above(const float x) { return FMA_F(FMA_F(2.6411457838548813e-06f, x,
    0.0012344243004918098f), x, 0.08333327621221542f); }
static inline float tanh_below(const float x) { return FMA_F(FMA_F(2.726535967667587e-06f, x,
    0.0013939905911684036f), (x * x), FMA_F(0.1148126944899559f, x, 1.0f)); }
static inline float op_tanh_f(const float x) {
  const float t = at_most_f(fabsf(x), tanh_most_f), z = t * t;
  const float h = t - t * z * tanh_above(z) / tanh_below(z);
  return copysignf(h / FMA_F(0.25f * h, h, 1.0f), x);
}
static inline double op_tanh_d(const double x) {
  const double t = at_most_d(fabs(x), tanh_most_d);
  const double rounded = FMA_D(t, -2.0 / LOG_2, ROUND_D);
  const double k = rounded - ROUND_D;
  const double high = FMA_D(k, -LOG_2_HIGH, -2.0 * t);
  const double r = FMA_D(k, -LOG_2_LOW, high);
  const double lost = FMA_D(k, -LOG_2_LOW, high - r);
  const double scale = from_bits_d((bits_d(rounded) << 52) + 0x3ff0000000000000ull);
  const double e = FMA_D(scale, r + FMA_D(r * r, expm1_double(r), lost), scale - 1.0);
  return copysign(e / (e + 2.0), x);
}

/* exp(-a a / 2): the rounding error of the square is a factor near 1. */
static inline float op_gauss_f(const float a) { return (float)exp_near(clipped(-0.5 * (double)a *
    (double)a)); }
static inline double op_gauss_d(const double a) {
  const double t = fabs(a), end = t > 40.0 ? 40.0 : t, square = end * end;
#if defined(__FMA__) || defined(__aarch64__)
  const double lost = __builtin_fma(end, end, -square);
#else
  const double scaled = end * 134217729.0, high = scaled - (scaled - end), low = end - high;
  const double lost = ((high * high - square) + 2.0 * high * low) + low * low;
#endif
  const double value = op_exp_d(-0.5 * square);
  return FMA_D(value, -0.5 * lost, value);
}

/* (1 - Phi(t)) exp(t t / 2) for t >= 0, by the rational functions of the NumPy kernels. */
BOUND(double, mills_most_d, 38.6);
BOUND(float, mills_most_f, 14.5f);
static inline double op_mills_d(const double t) {
  const double x = at_most_d(t, mills_most_d);
  return FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(1.8749843353215238e-07, x,
      6.01484378145128e-06), x, 9.417274938739038e-05), x, 0.0009380476806660696), x, 0.006544109688220013),
      x, 0.03330513645922077), x, 0.12513230283474394), x, 0.34330859567989325), x, 0.6615024111324111), x,
      0.8163819199970009), x, 0.5)
      / FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(FMA_D(4.699888749404709e-07, x,
          1.5076977490129528e-05), x, 0.00023652606518341157), x, 0.002366413817155553), x,
          0.016638766460186822), x, 0.08580478009439169), x, 0.32959639531408524), x, 0.9394789334325905),
          x, 1.9413161840012847), x, 2.76238165400082), x, 2.4306484007968674), x, 1.0);
}
static inline float op_mills_f(const float t) {
  const float x = at_most_f(t, mills_most_f);
  return FMA_F(FMA_F(FMA_F(FMA_F(FMA_F(0.00088735070462333f, x, 0.01162222712953368f), x,
      0.07121500553058195f), x, 0.2503501932899437f), x, 0.5072866068294051f), x, 0.499999999958344f)
      / FMA_F(FMA_F(FMA_F(FMA_F(FMA_F(FMA_F(0.0022242611834511f, x, 0.02913241426130358f), x,
          0.18073944482962623f), x, 0.6565672887183703f), x, 1.44683257770844f), x, 1.812457766523817f), x,
          1.0f);
}
static inline float op_tail_f(const float t) { return op_gauss_f(t) * op_mills_f(t); }
static inline double op_tail_d(const double t) { return op_gauss_d(t) * op_mills_d(t); }

/* exp(a) - 1 - a; near 0, where that cancels, by its Taylor series. */
static inline double op_expgap_d(const double a) {
  const double t = fabs(a) < 1.0 ? a : 0.0, x = t;
  const double series = FMA_D(FMA_D(FMA_D(FMA_D(1.9572941063391263e-20, x, 4.110317623312165e-19), (x * x),
      FMA_D(8.22063524662433e-18, x, 1.5619206968586225e-16)), (((x * x) * (x * x)) * ((x * x) * (x * x))),
      FMA_D(FMA_D(FMA_D(2.8114572543455206e-15, x, 4.779477332387385e-14), (x * x),
      FMA_D(7.647163731819816e-13, x, 1.1470745597729725e-11)), ((x * x) * (x * x)),
      FMA_D(FMA_D(1.6059043836821613e-10, x, 2.08767569878681e-09), (x * x), FMA_D(2.505210838544172e-08, x,
      2.755731922398589e-07)))), (((x * x) * (x * x)) * ((x * x) * (x * x))),
      FMA_D(FMA_D(FMA_D(2.7557319223985893e-06, x, 2.48015873015873e-05), (x * x),
      FMA_D(0.0001984126984126984, x, 0.001388888888888889)), ((x * x) * (x * x)),
      FMA_D(FMA_D(0.008333333333333333, x, 0.041666666666666664), (x * x), FMA_D(0.16666666666666666, x,
      0.5))));
  return fabs(a) < 1.0 ? t * t * series : op_expm1_d(a) - a;
}
static inline float op_expgap_f(const float a) {
  const double wide = a;
  return (float)(fabs(wide) < 1e30 ? op_expgap_d(wide) : op_expm1_d(wide) - wide);
}

/* |a|^b by logarithm and exponential, for a result in single precision. */
static inline double log_near(const double x) {
  const uint64_t shifted = bits_d(x) + (ONE_D - SPLIT_D);
  const double k = from_bits_d(bits_d(ROUND_D) + (shifted >> 52)) - (ROUND_D + 1023.0);
  const double m = from_bits_d((shifted & 0xfffffffffffffull) + SPLIT_D);
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  return FMA_D(k, LOG_2, FMA_D(s * z, log_short(z), 2.0 * s));
}
static inline double pow_near(const double a, const double b) {
  const double value = exp_near(clipped(b * log_ends_d(a, log_near(a))));
  return (b == 0.0) | (a == 1.0) ? 1.0 : value;
}
/* Where the compiler knows the exponent to be 1 or 2 it is a product. */
#define IS_SHORT(b) (__builtin_constant_p(b) && ((b) == 1 || (b) == 2))
static inline float op_pow_f(const float a, const float b) {
  if (IS_SHORT(b)) return b == 1.0f ? a : a * a;
  const float whole = rintf(b), half = rintf(0.5f * b);
  const float even = 2.0f * half != b ? -1.0f : 1.0f, sign = whole != b ? NAN : even;
  const float size = (float)pow_near(fabs((double)a), (double)b);
  const float value = a < 0.0f ? sign * size : size, unknown = b == 0.0f ? 1.0f : a;
  return a != a ? unknown : value;
}
static inline double op_pow_d(const double a, const double b) {
  if (IS_SHORT(b)) return b == 1.0 ? a : a * a;
  return pow(a, b);
}

static inline double op_sinprod_d(const double a, const double b) {
  const double angle = a * b, lost = fma(a, b, -angle);
  if (fabs(lost) < 0x1p-27) return fma(lost, cos(angle), sin(angle));
  return sin(angle) * cos(lost) + cos(angle) * sin(lost);
}
static inline double op_cosprod_d(const double a, const double b) {
  const double angle = a * b, lost = fma(a, b, -angle);
  if (fabs(lost) < 0x1p-27) return fma(-lost, sin(angle), cos(angle));
  return cos(angle) * cos(lost) - sin(angle) * sin(lost);
}
static inline float op_sinprod_f(const float a, const float b) { return (float)sin((double)a * (double)b); }
static inline float op_cosprod_f(const float a, const float b) { return (float)cos((double)a * (double)b); }

static inline float op_abs_f(const float a) { return fabsf(a); }
static inline double op_abs_d(const double a) { return fabs(a); }
static inline float op_sqrt_f(const float a) { return sqrtf(a); }
static inline double op_sqrt_d(const double a) { return sqrt(a); }
static inline float op_rint_f(const float a) { return rintf(a); }
static inline double op_rint_d(const double a) { return rint(a); }
static inline float op_sin_f(const float a) { return (float)sin((double)a); }
static inline double op_sin_d(const double a) { return sin(a); }
static inline float op_cos_f(const float a) { return (float)cos((double)a); }
static inline double op_cos_d(const double a) { return cos(a); }
"""
