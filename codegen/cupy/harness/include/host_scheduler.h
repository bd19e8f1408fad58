// Fibers, the choice of the next thread to run, barriers and warp operations.
#pragma once
#include <sys/mman.h>
#include <ucontext.h>

namespace host {

// How the threads of a block take turns.  one_warp_ahead gives the warps random priorities and lets
// the first run as far as it can: this is what exposes a missing barrier before a buffer is reused.
enum Order { ascending = 0, descending = 1, shuffled = 2, one_warp_ahead = 3 };

struct Options {
  int order;
  unsigned seed;
  int flush_subnormals;
};

enum class Wait { nothing, barrier, warp, finished };

constexpr int max_threads = 1024, warp_lanes = 32, max_warps = max_threads / warp_lanes;
constexpr size_t stack_bytes = 32768;
constexpr uint64_t canary = 0x5ca1ab1e0ddba11ull;
constexpr size_t dynamic_shared_limit = 227 * 1024, guard_bytes = 512;
constexpr unsigned char uninitialised = 0xFF, guard = 0xA5;

struct Fiber {
#if defined(__x86_64__)
  void* stack_pointer;
#else
  ucontext_t context;
#endif
  char* stack;
};

struct Thread {
  Fiber* fiber;
  uint3 index;
  Wait waits;
  int line;
  // the pending warp operation
  int operation, parameter, width;
  unsigned mask;
  uint64_t value;
};

struct State {
  Fiber fibers[max_threads], main, *current;
  Thread threads[max_threads];
  int start_order[max_threads], next_to_start, fibers_used;
  int queue[max_threads], queue_head, queue_length;
  int size, live, self;
  int at_barrier, barrier_line, votes_open, votes_closed;
  unsigned barrier_epoch, warp_epoch[max_warps], alive[max_warps], arrived[max_warps];
  unsigned priority[max_warps];
  void (*body)();
  void** arguments;
  Options options;
  unsigned random_state;
  size_t dynamic_shared;
  bool failed;
  char error[1024];
};

static State state;
alignas(128) static char dynamic_shared[dynamic_shared_limit + guard_bytes];

extern "C" char __start_cuda_shared[] __attribute__((weak, visibility("hidden")));
extern "C" char __stop_cuda_shared[] __attribute__((weak, visibility("hidden")));

HOST_PLAIN static size_t static_shared_bytes() { return __stop_cuda_shared - __start_cuda_shared; }

static inline void check_block_start();
static inline void check_launch_start();

// ------------------------------------------------------------------------------------ errors

template <class... A>
HOST_PLAIN static void fail(const char* format, A... values) {
  if (state.failed) return;
  state.failed = true;
  int used = snprintf(state.error, sizeof state.error, "block (%u,%u,%u) thread %d: ", blockIdx.x,
                      blockIdx.y, blockIdx.z, state.self);
  snprintf(state.error + used, sizeof state.error - used, format, values...);
}

// ------------------------------------------------------------------------------------ fibers

#if defined(__x86_64__)
extern "C" __attribute__((visibility("hidden"))) void host_switch(void** save, void* to);
asm(R"(
.text
.globl host_switch
.hidden host_switch
.type host_switch,@function
host_switch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp,(%rdi)
  mov %rsi,%rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size host_switch,.-host_switch
)");
#endif

HOST_PLAIN static void switch_to(Fiber* to) {
  Fiber* from = state.current;
  if (from == to) return;
  state.current = to;
#if defined(__x86_64__)
  host_switch(&from->stack_pointer, to->stack_pointer);
#else
  swapcontext(&from->context, &to->context);
#endif
}

template <class... A>
[[noreturn]] HOST_PLAIN static void die(const char* format, A... values) {
  fail(format, values...);
  for (;;) switch_to(&state.main);
}

static void fiber_main();

HOST_PLAIN static char* stack_of(int number) {
  static char* pool;
  if (!pool) {  // one region on huge pages: switching is 1.7 times faster than with separate maps
    constexpr size_t bytes = max_threads * stack_bytes, huge = 2 << 20;
    pool = (char*)mmap(nullptr, bytes + huge, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    pool += -(size_t)pool & (huge - 1);
    madvise(pool, bytes, MADV_HUGEPAGE);
  }
  return pool + stack_bytes * number;
}

// A fiber whose next activation enters fiber_main.
HOST_PLAIN static Fiber* new_fiber() {
  int number = state.fibers_used++;
  Fiber* fiber = &state.fibers[number];
  if (!fiber->stack) {
    fiber->stack = stack_of(number);
    memcpy(fiber->stack, &canary, sizeof canary);
  }
#if defined(__x86_64__)
  // the tops are staggered: equal offsets would share cache sets
  void** top = (void**)(fiber->stack + stack_bytes - number % 61 * 64) - 2;
  top[0] = (void*)fiber_main;
  top[1] = nullptr;
  fiber->stack_pointer = memset(top - 6, 0, 6 * sizeof(void*));
#else
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack;
  fiber->context.uc_stack.ss_size = stack_bytes;
  fiber->context.uc_link = nullptr;
  makecontext(&fiber->context, fiber_main, 0);
#endif
  return fiber;
}

// ---------------------------------------------------------------------------------- schedule

HOST_PLAIN static unsigned random_number() {
  state.random_state = state.random_state * 1664525u + 1013904223u;
  return state.random_state >> 8;
}

HOST_PLAIN static int& queued(int place) {
  return state.queue[(state.queue_head + place) % max_threads];
}

// What runs next: a thread that has not started, one that was released, or the scheduler itself.
HOST_PLAIN static Fiber* pick() {
  if (state.failed) return &state.main;
  const int order = state.options.order;
  const bool may_start = state.next_to_start < state.size;
  if (may_start && (!state.queue_length || order == ascending || order == descending ||
                    (order == shuffled && random_number() % 2)))
    return new_fiber();
  if (!state.queue_length) return &state.main;
  if (order == shuffled) std::swap(queued(0), queued(random_number() % state.queue_length));
  if (order == one_warp_ahead)
    for (int i = 1; i < state.queue_length; i++)
      if (state.priority[queued(i) / warp_lanes] < state.priority[queued(0) / warp_lanes])
        std::swap(queued(0), queued(i));
  int thread = queued(0);
  state.queue_head = (state.queue_head + 1) % max_threads;
  state.queue_length--;
  return state.threads[thread].fiber;
}

HOST_PLAIN static void release(int thread) {
  state.threads[thread].waits = Wait::nothing;
  state.arrived[thread / warp_lanes] &= ~(1u << thread % warp_lanes);
  queued(state.queue_length++) = thread;
}

HOST_PLAIN static void wait_for_turn() {
  int me = state.self;
  switch_to(pick());
  state.self = me;
  threadIdx = state.threads[me].index;
}

HOST_PLAIN static void fiber_main() {
  state.body();
  switch_to(pick());
  abort();
}

HOST_PLAIN static void start_thread() {
  int number = state.start_order[state.next_to_start++];
  Thread& thread = state.threads[number];
  thread.fiber = state.current;
  thread.waits = Wait::nothing;
  unsigned x = blockDim.x, y = blockDim.y;
  threadIdx = thread.index = {number % x, number / x % y, number / x / y};
  state.self = number;
}

HOST_PLAIN static void finish_thread() {
  if (memcmp(state.current->stack, &canary, sizeof canary)) fail("thread stack overflow");
  state.threads[state.self].waits = Wait::finished;
  state.live--;
  state.alive[state.self / warp_lanes] &= ~(1u << state.self % warp_lanes);
}

// ---------------------------------------------------------------------------------- barriers

enum Vote { no_vote = 0, vote_or = 1, vote_and = 2, vote_count = 3 };

HOST_PLAIN static void release_barrier() {
  state.at_barrier = 0;
  state.barrier_epoch++;
  state.votes_closed = state.votes_open;
  for (int i = 0; i < state.size; i++) {
    int thread = state.start_order[i];
    if (state.threads[thread].waits == Wait::barrier) release(thread);
  }
}

HOST_PLAIN static int barrier(int line, int vote = no_vote, int predicate = 0) {
  Thread& thread = state.threads[state.self];
  if (state.at_barrier && line != state.barrier_line)
    die("divergent __syncthreads: line %d here, but line %d elsewhere", line, state.barrier_line);
  if (state.live < state.size)
    die("__syncthreads at line %d after %d threads of the block returned", line,
        state.size - state.live);
  if (!state.at_barrier) state.votes_open = vote == vote_and;
  if (vote == vote_or) state.votes_open |= !!predicate;
  else if (vote == vote_and) state.votes_open &= !!predicate;
  else state.votes_open += !!predicate;
  state.barrier_line = thread.line = line;
  thread.waits = Wait::barrier;
  if (++state.at_barrier == state.live) release_barrier();
  wait_for_turn();
  return state.votes_closed;
}

// --------------------------------------------------------------------------- warp operations

enum Operation { shuffle_index, shuffle_up, shuffle_down, shuffle_xor, sync_warp, ballot, reduce_add };

HOST_PLAIN static int source_lane(const Thread& thread, int lane) {
  int first = lane & ~(thread.width - 1), end = first + thread.width, from = lane;
  switch (thread.operation) {
    case shuffle_index: return first + (thread.parameter & (thread.width - 1));
    case shuffle_up: from = lane - thread.parameter; break;
    case shuffle_down: from = lane + thread.parameter; break;
    case shuffle_xor: from = lane ^ thread.parameter; break;
  }
  return from < first || from >= end ? lane : from;
}

// Completes the operation if all lanes of the mask that still live have arrived at it.
HOST_PLAIN static bool try_warp(int warp, unsigned mask, int line, int operation) {
  Thread* lanes = state.threads + warp * warp_lanes;
  unsigned present = 0;
  uint64_t input[warp_lanes] = {}, combined = 0;
  for (int lane = 0; lane < warp_lanes && warp * warp_lanes + lane < state.size; lane++) {
    Thread& thread = lanes[lane];
    if (!(mask >> lane & 1) || thread.waits == Wait::finished) continue;
    if (thread.waits != Wait::warp || thread.line != line || thread.operation != operation ||
        thread.mask != mask)
      return false;
    present |= 1u << lane;
    input[lane] = thread.value;
    combined += operation == ballot ? (uint64_t)!!thread.value << lane : thread.value;
  }
  for (int lane = 0; lane < warp_lanes; lane++) {
    if (!(present >> lane & 1)) continue;
    Thread& thread = lanes[lane];
    if (operation <= shuffle_xor) {
      int from = source_lane(thread, lane);
      if (!(present >> from & 1)) {
        state.self = warp * warp_lanes + lane;
        fail("shuffle at line %d reads lane %d, which is not in the mask 0x%x or has returned", line,
             from, mask);
        return true;
      }
      thread.value = input[from];
    } else {
      thread.value = combined;
    }
    release(warp * warp_lanes + lane);
  }
  if (operation == sync_warp) state.warp_epoch[warp]++;
  return true;
}

HOST_PLAIN static uint64_t warp_operation(int operation, unsigned mask, uint64_t value, int parameter,
                                          int width, int line) {
  Thread& thread = state.threads[state.self];
  int warp = state.self / warp_lanes;
  unsigned bit = 1u << state.self % warp_lanes;
  if (!(mask & bit))
    die("warp operation at line %d: the calling lane is not in the mask 0x%x", line, mask);
  thread.operation = operation;
  thread.parameter = parameter;
  thread.width = width;
  thread.line = line;
  thread.mask = mask;
  thread.value = value;
  thread.waits = Wait::warp;
  state.arrived[warp] |= bit;
  unsigned needed = mask & state.alive[warp];
  if ((state.arrived[warp] & needed) == needed) try_warp(warp, mask, line, operation);
  wait_for_turn();
  return thread.value;
}

// ------------------------------------------------------------------------------------ blocks

HOST_PLAIN static void order_threads() {
  const int order = state.options.order;
  for (int i = 0; i < state.size; i++)
    state.start_order[i] = order == descending ? state.size - 1 - i : i;
  if (order == shuffled)
    for (int i = state.size - 1; i > 0; i--)
      std::swap(state.start_order[i], state.start_order[random_number() % (i + 1)]);
  if (order != one_warp_ahead) return;
  for (int warp = 0; warp < max_warps; warp++) state.priority[warp] = warp;
  for (int warp = max_warps - 1; warp > 0; warp--)
    std::swap(state.priority[warp], state.priority[random_number() % (warp + 1)]);
  int place = 0;
  for (unsigned priority = 0; priority < max_warps; priority++)
    for (int i = 0; i < state.size; i++)
      if (state.priority[i / warp_lanes] == priority) state.start_order[place++] = i;
}

HOST_PLAIN static void report_deadlock() {
  int barriers = 0, warps = 0, barrier_line = 0, warp_line = 0;
  unsigned mask = 0;
  for (int i = 0; i < state.size; i++) {
    const Thread& thread = state.threads[i];
    if (thread.waits == Wait::barrier) barriers++, barrier_line = thread.line;
    if (thread.waits == Wait::warp) warps++, warp_line = thread.line, mask = thread.mask;
  }
  fail("deadlock: %d threads wait in __syncthreads (line %d), %d in a warp operation (line %d, mask "
       "0x%x), %d returned", barriers, barrier_line, warps, warp_line, mask, state.size - state.live);
}

// Nobody can run: the exit of threads may have completed what others wait for.
HOST_PLAIN static bool complete_after_exits() {
  for (int i = 0; i < state.size && !state.failed; i++) {
    const Thread& thread = state.threads[i];
    if (thread.waits == Wait::warp &&
        try_warp(i / warp_lanes, thread.mask, thread.line, thread.operation))
      return true;
  }
  if (state.at_barrier && state.at_barrier == state.live)
    fail("__syncthreads at line %d after %d threads of the block returned", state.barrier_line,
         state.size - state.live);
  return false;
}

HOST_PLAIN static void run_block() {
  state.fibers_used = state.next_to_start = state.queue_head = state.queue_length = 0;
  state.at_barrier = 0;
  state.live = state.size;
  state.barrier_epoch++;
  state.current = &state.main;
  if (static_shared_bytes()) memset(__start_cuda_shared, uninitialised, static_shared_bytes());
  memset(dynamic_shared, uninitialised, state.dynamic_shared);
  memset(dynamic_shared + state.dynamic_shared, guard, guard_bytes);
  for (int i = 0; i < state.size; i++) state.threads[i].waits = Wait::nothing;
  for (int warp = 0; warp < max_warps; warp++) {
    int lanes = state.size - warp * warp_lanes;
    state.arrived[warp] = 0;
    state.alive[warp] = lanes >= warp_lanes ? ~0u : lanes > 0 ? (1u << lanes) - 1 : 0;
  }
  order_threads();
  check_block_start();
  while (!state.failed && state.live) {
    Fiber* fiber = pick();
    if (fiber != &state.main) switch_to(fiber);
    else if (!complete_after_exits() && !state.failed) report_deadlock();
  }
  for (size_t i = 0; i < guard_bytes && !state.failed; i++)
    if ((unsigned char)dynamic_shared[state.dynamic_shared + i] != guard)
      fail("write %zu bytes past the dynamic shared memory of the launch", i);
}

}  // namespace host
