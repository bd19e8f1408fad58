// Check mode: bounds, alignment, races, uninitialised shared memory, and traffic per source line.
//
// The kernel is compiled with -fsanitize=thread but not linked with its runtime: the compiler's hooks
// land here and know CUDA's rules (block and warp barriers order, atomics do not race, separate blocks
// are never ordered within a launch).
#pragma once
#include <unordered_map>
#include <unordered_set>

namespace host {

// The last access of one kind to one byte.  thread 0 means: none yet.
struct Access {
  uint32_t thread, barrier_epoch, warp_epoch, other;
  uint8_t atomic, several;
};

struct Cell {
  Access write, read;
  bool initialised;
};

struct Buffer {
  char* start;
  size_t bytes;
  int argument;
  Cell* cells;
};

struct Traffic {
  uint64_t bytes[2], sectors[2], count[2];
  unsigned width;
};

constexpr int max_buffers = 64;
constexpr size_t sector_bytes = 32;
static Buffer buffers[max_buffers];
static int buffer_count;
static Cell *static_cells, *dynamic_cells;
static bool in_kernel, busy;

// Keyed by the address of the access in the library; a sector is counted once per warp and occasion.
static std::unordered_map<uintptr_t, Traffic> traffic;
static std::unordered_map<uint64_t, uint32_t> occasions;
static std::unordered_map<uint64_t, std::unordered_set<uintptr_t>> sectors;

extern "C" char __ehdr_start[] __attribute__((visibility("hidden")));
extern "C" char _end[] __attribute__((visibility("hidden")));

constexpr uint64_t place_mask = 0xffffff;

HOST_PLAIN static void count_sectors() {
  for (auto& [key, touched] : sectors)
    traffic[(uintptr_t)__ehdr_start + (key & place_mask)].sectors[key >> 63] += touched.size();
  sectors.clear();
  occasions.clear();
}

HOST_PLAIN static inline void check_block_start() {
  if (!static_cells) {
    static_cells = (Cell*)calloc(static_shared_bytes() + 1, sizeof(Cell));
    dynamic_cells = (Cell*)calloc(sizeof dynamic_shared, sizeof(Cell));
  }
  memset(static_cells, 0, static_shared_bytes() * sizeof(Cell));
  memset(dynamic_cells, 0, state.dynamic_shared * sizeof(Cell));
  count_sectors();
  in_kernel = true;
  busy = false;
}

HOST_PLAIN static inline void check_launch_start() {
  count_sectors();
  traffic.clear();
}

// Did the access a happen before what thread does now?
HOST_PLAIN static bool ordered(const Access& a, uint32_t thread, unsigned warp_epoch) {
  if (!a.thread || a.thread == thread) return true;
  if ((a.thread - 1) / max_threads != (thread - 1) / max_threads) return false;
  if (a.barrier_epoch != state.barrier_epoch) return true;
  return (a.thread - 1) / warp_lanes == (thread - 1) / warp_lanes && a.warp_epoch != warp_epoch;
}

// Of another block, with which nothing orders this one within a launch.
HOST_PLAIN static bool foreign(uint32_t other, uint32_t thread) {
  return other && (other - 1) / max_threads != (thread - 1) / max_threads;
}

HOST_PLAIN static bool many_readers(const Access& read, uint32_t thread, unsigned warp_epoch) {
  return foreign(read.other, thread) ||
         (read.several && read.barrier_epoch == state.barrier_epoch && read.warp_epoch == warp_epoch);
}

HOST_PLAIN static void touch(Cell* cell, size_t bytes, bool writes, bool atomic, const char* what,
                             long offset, bool shared, void* place) {
  uint32_t block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  uint32_t thread = block * max_threads + state.self + 1;
  unsigned warp_epoch = state.warp_epoch[state.self / warp_lanes];
  for (size_t i = 0; i < bytes; i++, cell++) {
    Access &write = cell->write, &read = cell->read;
    if (shared && !writes && !cell->initialised)
      die("reads uninitialised %s at byte %ld pc=%p", what, offset, place);
    const char* kind = nullptr;
    uint32_t other = 0;
    if (!(atomic && write.atomic) && !ordered(write, thread, warp_epoch)) {
      kind = writes ? "write after write" : "read after write";
      other = write.thread;
    } else if (writes && (!ordered(read, thread, warp_epoch) || many_readers(read, thread, warp_epoch))) {
      kind = "write after read";
      other = foreign(read.other, thread) || read.thread == thread ? read.other : read.thread;
    }
    if (kind)
      die("race (%s) on %s byte %ld with block %u thread %u, no barrier in between pc=%p", kind, what,
          offset, (other - 1) / max_threads, (other - 1) % max_threads, place);
    if (writes) {
      write = {thread, state.barrier_epoch, warp_epoch, 0, atomic, 0};
      cell->initialised = true;
    } else {
      bool another = read.thread && read.thread != thread && !ordered(read, thread, warp_epoch);
      bool several = another || (read.several && read.barrier_epoch == state.barrier_epoch);
      uint32_t known = another && !foreign(read.other, thread) ? read.thread : read.other;
      read = {thread, state.barrier_epoch, warp_epoch, known, 0, several};
    }
  }
}

HOST_PLAIN static void record_traffic(char* address, size_t bytes, bool writes, void* place) {
  Traffic& line = traffic[(uintptr_t)place];
  line.bytes[writes] += bytes;
  line.count[writes]++;
  line.width = (unsigned)bytes;
  uint64_t where = ((uintptr_t)place - (uintptr_t)__ehdr_start) & place_mask;
  uint32_t occasion = occasions[(uint64_t)state.self << 24 | where]++;
  auto& touched = sectors[(uint64_t)writes << 63 | (uint64_t)(state.self / warp_lanes) << 56 |
                          (uint64_t)occasion << 24 | where];
  for (uintptr_t s = (uintptr_t)address / sector_bytes; s <= ((uintptr_t)address + bytes - 1) / sector_bytes; s++)
    touched.insert(s);
}

HOST_PLAIN static void check_access(char* address, size_t bytes, bool writes, bool atomic, size_t alignment,
                                    void* place) {
  if (address >= state.current->stack && address < state.current->stack + stack_bytes) return;
  if (bytes == alignment && (uintptr_t)address % alignment)
    die("misaligned %zu-byte access pc=%p", bytes, place);
  if (address >= __start_cuda_shared && address < __stop_cuda_shared) {
    long offset = address - __start_cuda_shared;
    return touch(static_cells + offset, bytes, writes, atomic, "shared memory", offset, true, place);
  }
  if (address >= dynamic_shared && address < dynamic_shared + sizeof dynamic_shared) {
    long offset = address - dynamic_shared;
    if (offset + bytes > state.dynamic_shared)
      die("dynamic shared memory byte %ld is past the %zu bytes of the launch pc=%p", offset,
          state.dynamic_shared, place);
    return touch(dynamic_cells + offset, bytes, writes, atomic, "dynamic shared memory", offset, true, place);
  }
  long nearest = 1L << 62, nearest_offset = 0;
  int nearest_argument = -1;
  for (int i = 0; i < buffer_count; i++) {
    Buffer& buffer = buffers[i];
    long offset = address - buffer.start;
    if (offset >= 0 && offset + bytes <= buffer.bytes) {
      record_traffic(address, bytes, writes, place);
      char what[32];
      snprintf(what, sizeof what, "argument %d", buffer.argument);
      return touch(buffer.cells + offset, bytes, writes, atomic, what, offset, false, place);
    }
    long distance = offset < 0 ? -offset : offset - (long)buffer.bytes;
    if (distance < nearest) {
      nearest = distance;
      nearest_argument = buffer.argument;
      nearest_offset = offset;
    }
  }
  if (address >= __ehdr_start && address < _end) return;  // constants and the harness' own state
  die("out of bounds %s of %zu bytes at byte %ld of argument %d pc=%p", writes ? "write" : "read", bytes,
      nearest_offset, nearest_argument, place);
}

// alignment 0: the compiler knows that the access may be unaligned
HOST_PLAIN static void on_access(void* address, size_t bytes, bool writes, bool atomic, size_t alignment,
                                 void* place) {
  if (!in_kernel || busy || state.current == &state.main || state.failed) return;
  busy = true;  // the containers used above are instrumented too
  check_access((char*)address, bytes, writes, atomic, alignment, place);
  busy = false;
}

}  // namespace host

#define HOST_ATOMIC(address, bytes) \
  host::on_access((void*)(address), bytes, true, true, bytes, __builtin_return_address(0))

// rows: argument number, address, bytes
HOST_EXPORTED HOST_PLAIN void host_check_buffers(const size_t* rows, int count) {
  using namespace host;
  for (int i = 0; i < buffer_count; i++) free(buffers[i].cells);
  buffer_count = count;
  for (int i = 0; i < count; i++, rows += 3)
    buffers[i] = {(char*)rows[1], rows[2], (int)rows[0], (Cell*)calloc(rows[2] + 1, sizeof(Cell))};
}

// rows out: place, width, loads, bytes loaded, sectors loaded, stores, bytes stored, sectors stored
HOST_EXPORTED HOST_PLAIN size_t host_traffic(uint64_t* out, size_t capacity) {
  using namespace host;
  count_sectors();
  size_t used = 0;
  for (auto& [place, line] : traffic) {
    if (used == capacity) break;
    uint64_t row[8] = {place - (uintptr_t)__ehdr_start, line.width, line.count[0], line.bytes[0],
                       line.sectors[0], line.count[1], line.bytes[1], line.sectors[1]};
    memcpy(out + 8 * used++, row, sizeof row);
  }
  return used;
}

HOST_EXPORTED void* host_image_base() { return host::__ehdr_start; }

#define HOST_HOOK(name, bytes, writes, alignment)                                              \
  HOST_EXPORTED HOST_PLAIN void name(void* address) {                                          \
    host::on_access(address, bytes, writes, false, alignment, __builtin_return_address(0));    \
  }
#define HOST_HOOKS(n)                                   \
  HOST_HOOK(__tsan_read##n, n, false, n)                \
  HOST_HOOK(__tsan_write##n, n, true, n)                \
  HOST_HOOK(__tsan_unaligned_read##n, n, false, 0)      \
  HOST_HOOK(__tsan_unaligned_write##n, n, true, 0)
HOST_HOOKS(1) HOST_HOOKS(2) HOST_HOOKS(4) HOST_HOOKS(8) HOST_HOOKS(16)
#undef HOST_HOOKS
#undef HOST_HOOK
HOST_EXPORTED HOST_PLAIN void __tsan_read_range(void* address, size_t bytes) {
  host::on_access(address, bytes, false, false, 0, __builtin_return_address(0));
}
HOST_EXPORTED HOST_PLAIN void __tsan_write_range(void* address, size_t bytes) {
  host::on_access(address, bytes, true, false, 0, __builtin_return_address(0));
}
HOST_EXPORTED HOST_PLAIN void __tsan_init() {}
HOST_EXPORTED HOST_PLAIN void __tsan_func_entry(void*) {}
HOST_EXPORTED HOST_PLAIN void __tsan_func_exit() {}
HOST_EXPORTED HOST_PLAIN void __tsan_vptr_update(void**, void*) {}
