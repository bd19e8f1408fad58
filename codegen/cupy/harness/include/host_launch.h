// The launch of one kernel, and its signature as text for the Python side to check arguments against.
#pragma once
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace host {

// "*cf4" const float*, "*f4" float*, "i8" long long, "*float16" __half*
template <class T>
static void describe(char*& out) {
  if constexpr (std::is_pointer_v<T>) {
    *out++ = '*';
    if (std::is_const_v<std::remove_pointer_t<T>>) *out++ = 'c';
    describe<std::remove_cv_t<std::remove_pointer_t<T>>>(out);
  } else if constexpr (std::is_arithmetic_v<T>) {
    char kind = std::is_same_v<T, bool>        ? 'b'
                : std::is_floating_point_v<T> ? 'f'
                : std::is_signed_v<T>         ? 'i'
                                              : 'u';
    out += sprintf(out, "%c%zu", kind, sizeof(T));
  } else {
    out += sprintf(out, "%s", T::host_name);
  }
}

// -ftz=true for float: subnormals are flushed on input and output.
struct FlushSubnormals {
#if defined(__x86_64__)
  unsigned before = _mm_getcsr();
  explicit FlushSubnormals(bool on) { if (on) _mm_setcsr(before | 0x8040); }
  ~FlushSubnormals() { _mm_setcsr(before); }
#else
  explicit FlushSubnormals(bool) {}
#endif
};

// What stands before a kernel's name: __launch_bounds__.
struct Limits {
  unsigned threads = max_threads;
  // threads of a block, blocks of an SM, blocks of a cluster
  constexpr Limits bounds(unsigned most, unsigned = 0, unsigned = 0) const { return {most}; }
};

template <class... A>
static const char* signature_of() {
  static char text[2048];
  char* out = text;
  ((describe<A>(out), *out++ = ' '), ...);
  *out = 0;
  return text;
}

// shape: grid x, y, z and block x, y, z
HOST_PLAIN static int launch(const unsigned* shape, size_t shared, void** arguments, const Options* options,
                             Limits limits, void (*body)()) {
  gridDim = dim3(shape[0], shape[1], shape[2]);
  blockDim = dim3(shape[3], shape[4], shape[5]);
  size_t threads = (size_t)shape[3] * shape[4] * shape[5];
  size_t blocks = (size_t)shape[0] * shape[1] * shape[2];
  state.failed = false;
  state.error[0] = 0;
  if (threads == 0 || threads > max_threads || blocks == 0 || shape[1] > 65535 || shape[2] > 65535) {
    snprintf(state.error, sizeof state.error, "invalid launch configuration");
    return 1;
  }
  if (threads > limits.threads) {
    snprintf(state.error, sizeof state.error, "a block of %zu threads, but the launch bounds are %u", threads,
             limits.threads);
    return 1;
  }
  if (shared + static_shared_bytes() > dynamic_shared_limit) {
    snprintf(state.error, sizeof state.error, "too much shared memory");
    return 1;
  }
  state.arguments = arguments;
  state.body = body;
  state.options = *options;
  state.random_state = options->seed * 2654435761u + 1;
  state.size = (int)threads;
  state.dynamic_shared = shared;
  FlushSubnormals flush(options->flush_subnormals);
  check_launch_start();
  for (size_t i = 0; i < blocks && !state.failed; i++) {
    size_t block = options->order == descending ? blocks - 1 - i : i;
    blockIdx = {(unsigned)(block % shape[0]), (unsigned)(block / shape[0] % shape[1]),
                (unsigned)(block / shape[0] / shape[1])};
    run_block();
  }
  return state.failed;
}

template <auto Kernel> struct Launch;

template <class... A, void (*Kernel)(A...)>
struct Launch<Kernel> {
  // A thread that never waits runs to its end on the same fiber, so elementwise kernels never switch.
  template <size_t... I>
  HOST_PLAIN static void run_threads(std::index_sequence<I...>) {
    [[maybe_unused]] void** arguments = state.arguments;
    while (state.next_to_start < state.size && !state.failed) {
      start_thread();
      Kernel(*(std::remove_reference_t<A>*)arguments[I]...);
      finish_thread();
    }
  }

  static void body() { run_threads(std::index_sequence_for<A...>{}); }

  static const char* signature() { return signature_of<A...>(); }
};

}  // namespace host

// HOST_EXPORT(number, kernel) or, for a template, HOST_EXPORT(number, kernel<float, 4>); host_limits_ with the
// same number are its limits
#define HOST_EXPORT(number, ...)                                                                     \
  HOST_EXPORTED int host_launch_##number(const unsigned* shape, size_t shared, void** arguments,     \
                                         const host::Options* options) {                             \
    return host::launch(shape, shared, arguments, options, host_limits_##number,                     \
                        host::Launch<&__VA_ARGS__>::body);                                           \
  }                                                                                                  \
  HOST_EXPORTED const char* host_signature_##number() { return host::Launch<&__VA_ARGS__>::signature(); }
HOST_EXPORTED const char* host_error() { return host::state.error; }
