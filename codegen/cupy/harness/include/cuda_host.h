// Run CUDA C on the CPU: g++ compiles the unchanged kernel text behind this header.
//
// One block runs at a time and every CUDA thread is a cooperative fiber, so a launch is deterministic
// for a given schedule.  Blocks run one after another.  With HOST_CHECK each memory access of the
// kernel is checked as well (host_check.h).
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <utility>

#include <math.h>

// The harness itself is never instrumented, only the kernel is.
#define HOST_PLAIN __attribute__((no_sanitize("thread")))
#define HOST_EXPORTED extern "C" __attribute__((visibility("default"), used))

#include "host_types.h"
#include "host_scheduler.h"
#ifdef HOST_CHECK
#include "host_check.h"
#else
#include "host_no_check.h"
#endif
#include "host_launch.h"
#include "host_device.h"
