// A program around Hinge, and its view of Hinge's threads: fork, signals, global objects,
// priorities, failures, unloading. Each case is a process of its own, because it changes the whole
// process.
//
// usage: hinge_process CASE [MODULE]
#include "pool_call.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

void check(bool is_right, const char *what) {
  if (is_right)
    return;
  std::printf("not so: %s (%s)\n", what, hinge_last_error());
  std::fflush(stdout);
  std::_Exit(1);
}
#define CHECK(condition) check(condition, #condition)

bool set_threads(int n) { return hinge_set_num_threads(n) == HINGE_OK; }

/// The threads of this process.
std::vector<std::string> tasks() {
  std::vector<std::string> ids;
  DIR *folder = opendir("/proc/self/task");
  for (const dirent *entry; folder && (entry = readdir(folder));)
    if (entry->d_name[0] != '.')
      ids.push_back(entry->d_name);
  if (folder)
    closedir(folder);
  return ids;
}

/// A line of a thread's status, for example "SigBlk:\t0000...".
std::string status_of(const std::string &task, const char *key) {
  std::string found;
  std::FILE *file = std::fopen(("/proc/self/task/" + task + "/status").c_str(), "r");
  char line[256];
  while (file && std::fgets(line, sizeof line, file))
    if (std::strncmp(line, key, std::strlen(key)) == 0)
      found = line + std::strlen(key);
  if (file)
    std::fclose(file);
  return found;
}

/// Runs `child` in a fork, which ends by exit(0), and waits for it for at most 20 s.
bool child_succeeds(const std::function<void()> &child) {
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    child();
    std::exit(0);
  }
  int status = -1;
  for (int i = 0; i < 2000; i++) {
    if (waitpid(pid, &status, WNOHANG) == pid)
      return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    usleep(10000);
  }
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  std::printf("a child hung\n");
  return false;
}

void forks() {
  for (const int threads : {1, 2, 3, 4, 9}) {
    CHECK(set_threads(threads));
    CHECK(compute_is_right());
    CHECK(child_succeeds([] {}));
    CHECK(child_succeeds([&] {
      CHECK(hinge_get_num_threads() == threads);
      CHECK(compute_is_right());
      CHECK(int(tasks().size()) == threads); // they are there again
    }));
    CHECK(child_succeeds([&] {
      CHECK(set_threads(3));
      CHECK(compute_is_right());
      CHECK(tasks().size() == 3);
      CHECK(child_succeeds([] { CHECK(compute_is_right()); }));
      CHECK(set_threads(1));
      CHECK(tasks().size() == 1);
    }));
    CHECK(compute_is_right()); // the parent goes on
    CHECK(int(tasks().size()) == threads);
  }
}

/// Forks from one thread while others compute.
void forks_under_load() {
  CHECK(set_threads(4));
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; i++)
    callers.emplace_back([&] {
      while (!stop)
        CHECK(compute_is_right());
    });
  for (int i = 0; i < 40; i++)
    CHECK(child_succeeds([&] {
      if (i % 3 == 1)
        CHECK(set_threads(2));
      if (i % 3 != 0)
        CHECK(compute_is_right());
    }));
  stop = true;
  for (std::thread &t : callers)
    t.join();
}

/// SIGTERM is for the thread that waits for it, as in many servers.
void signals() {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  CHECK(set_threads(4)); // before SIGTERM is blocked
  pthread_sigmask(SIG_BLOCK, &term, nullptr);
  int received = 0;
  for (int i = 0; i < 20; i++) {
    CHECK(compute_is_right());
    kill(getpid(), SIGTERM);
    CHECK(sigwait(&term, &received) == 0 && received == SIGTERM);
  }
  // Of all signals workers take those that their own instructions raise, so that the program's
  // handlers see them.
  unsigned long long own = 0;
  for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
    own |= 1ull << (s - 1);
  for (int s = SIGRTMIN - 2; s < SIGRTMIN; s++) // the C library's
    own |= 1ull << (s - 1);
  own |= 1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1);
  for (const std::string &task : tasks())
    if (task != std::to_string(getpid())) {
      const unsigned long long blocked =
          std::strtoull(status_of(task, "SigBlk:").c_str(), nullptr, 16);
      CHECK((~blocked & ~own) == 0);
    }
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  CHECK(sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGINT) == 0); // the caller's own
}

/// A number of threads that cannot be started changes nothing.
void failures() {
  CHECK(set_threads(4));
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  long pages = 0;
  std::FILE *file = std::fopen("/proc/self/statm", "r");
  CHECK(file && std::fscanf(file, "%ld", &pages) == 1);
  std::fclose(file);
  rlimit stack{};
  getrlimit(RLIMIT_STACK, &stack);
  const rlim_t stack_bytes = stack.rlim_cur == RLIM_INFINITY ? 2 << 20 : stack.rlim_cur;
  const rlimit small{rlim_t(pages) * rlim_t(sysconf(_SC_PAGESIZE)) + 4 * stack_bytes,
                     limit.rlim_max};
  CHECK(setrlimit(RLIMIT_AS, &small) == 0);
  CHECK(hinge_set_num_threads(300) == HINGE_OUT_OF_MEMORY);
  CHECK(std::strstr(hinge_last_error(), "threads is 300: could not be started"));
  setrlimit(RLIMIT_AS, &limit);
  CHECK(hinge_get_num_threads() == 4);
  CHECK(tasks().size() == 4);
  CHECK(compute_is_right());
  CHECK(set_threads(6));
  CHECK(tasks().size() == 6);
}

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

/// A caller with a real-time priority lets the threads that it waits for have its core. Here all
/// share one, and the caller gets its priority while they have tasks. The system takes 50 ms of
/// each second from such a thread: if it spins, a call takes up to 0.95 s.
void real_time() {
  const pid_t caller = gettid();
  const sched_param high{10}, none{0};
  if (sched_setscheduler(caller, SCHED_FIFO, &high) != 0) {
    std::printf("skipped: this process may not have SCHED_FIFO\n");
    std::exit(77);
  }
  sched_setscheduler(caller, SCHED_OTHER, &none);
  CHECK(set_threads(3));
  cpu_set_t one;
  std::atomic<int> call{-1};
  std::atomic<bool> stop{false};
  std::atomic<pid_t> controller_id{0};
  std::thread controller([&] {
    controller_id = gettid();
    for (int last = -1; !stop;) {
      const int now = call;
      if (now < 0 || now == last)
        continue;
      last = now;
      usleep(useconds_t(4000 + now * 2000));
      sched_setscheduler(caller, SCHED_FIFO, &high);
      while (call == now)
        usleep(200);
      sched_setscheduler(caller, SCHED_OTHER, &none);
    }
  });
  while (!controller_id)
    usleep(100);
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  for (const std::string &task : tasks())
    if (std::atoi(task.c_str()) != controller_id)
      CHECK(sched_setaffinity(std::atoi(task.c_str()), sizeof one, &one) == 0);
  // A call of about 50 ms, so that the system gives its threads turns.
  constexpr std::int64_t n = 512, rows = 8192;
  const std::vector<float> x(n * rows, 1.0f);
  std::vector<float> y(n * rows);
  const hinge_const_view from{x.data(), rows, n, n, HINGE_FLOAT32},
      weight{x.data(), n, n, n, HINGE_FLOAT32};
  const hinge_view to{y.data(), rows, n, n, HINGE_FLOAT32};
  hinge_linear *linear = nullptr;
  CHECK(hinge_linear_create(&weight, nullptr, HINGE_ACTIVATION_RELU, &linear) == HINGE_OK);
  int slow = 0;
  for (int i = 0; i < 16; i++) {
    const double begin = seconds();
    call = i;
    CHECK(hinge_linear_forward(linear, &from, &to) == HINGE_OK);
    slow += seconds() - begin > 0.4;
    call = -1;
    usleep(1000);
  }
  stop = true;
  controller.join();
  hinge_linear_destroy(linear);
  std::printf("%d slow calls\n", slow);
  CHECK(slow < 4); // 15 of 16 if the caller spins
  CHECK(hinge_set_num_threads_local(1) == HINGE_OK);
  CHECK(compute_is_right());
}

/// A module that is linked with a Hinge of its own ends its threads when it is unloaded.
void unloads(const char *path) {
  for (int i = 0; i < 3; i++) {
    void *const module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    check(module, module ? "" : dlerror());
    const auto set = reinterpret_cast<int (*)(int)>(dlsym(module, "module_set_threads"));
    const auto compute = reinterpret_cast<int (*)()>(dlsym(module, "module_compute"));
    CHECK(set && compute);
    CHECK(set(4) == 0);
    CHECK(compute() == 1);
    CHECK(tasks().size() == 4);
    CHECK(dlclose(module) == 0);
    CHECK(dlopen(path, RTLD_NOW | RTLD_NOLOAD) == nullptr);
    CHECK(tasks().size() == 1);
  }
}

/// The bytes of stack that a call takes, on a thread whose stack was filled with a pattern.
std::size_t stack_of(const std::function<void()> &call) {
  constexpr std::size_t bytes = 1 << 20;
  constexpr unsigned char pattern = 0xa5;
  static unsigned char *const memory =
      static_cast<unsigned char *>(std::aligned_alloc(4096, bytes));
  const auto touched = [&](const std::function<void()> &run) {
    std::memset(memory, pattern, bytes);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK(pthread_attr_setstack(&attributes, memory, bytes) == 0);
    pthread_t thread;
    CHECK(pthread_create(
              &thread, &attributes,
              [](void *f) -> void * {
                (*static_cast<const std::function<void()> *>(f))();
                return nullptr;
              },
              const_cast<std::function<void()> *>(&run)) == 0);
    pthread_join(thread, nullptr);
    std::size_t i = 0;
    while (i < bytes && memory[i] == pattern)
      i++;
    return bytes - i;
  };
  const std::size_t nothing = touched([] {});
  const std::size_t all = touched(call);
  return all > nothing ? all - nothing : 0;
}

void stack_is_at_most(std::size_t most, const char *what, const std::function<void()> &call) {
  const std::size_t bytes = stack_of(call);
  std::printf("%-40s %7zu bytes\n", what, bytes);
  CHECK(bytes <= most);
}

/// A layer with a batch, for every call.
void stack_of_calls(std::int64_t batch, std::int64_t in, std::int64_t out) {
  const auto matrix = [](std::int64_t rows, std::int64_t cols) {
    return std::vector<float>(std::size_t(rows * cols), 1.0f);
  };
  std::vector<float> x = matrix(batch, in), w = matrix(out, in), y = matrix(batch, out), dy = y,
                     dx = x, dw = w, db = matrix(1, out);
  std::vector<std::uint8_t> bits(std::size_t(batch * ((out + 7) / 8)));
  std::vector<std::int64_t> per_row(std::size_t(batch), 0), per_column(std::size_t(out), 0);
  const auto in_view = [](std::vector<float> &v, std::int64_t rows) {
    const auto cols = std::int64_t(v.size()) / rows;
    return hinge_const_view{v.data(), rows, cols, cols, HINGE_FLOAT32};
  };
  const auto out_view = [](std::vector<float> &v, std::int64_t rows) {
    const auto cols = std::int64_t(v.size()) / rows;
    return hinge_view{v.data(), rows, cols, cols, HINGE_FLOAT32};
  };
  const hinge_const_view cx = in_view(x, batch), cw = in_view(w, out), cy = in_view(y, batch),
                         cdy = in_view(dy, batch);
  const hinge_view vy = out_view(y, batch), vdx = out_view(dx, batch), vdw = out_view(dw, out),
                   vdy = out_view(dy, batch);
  const hinge_mask mask{bits.data(), batch, out, (out + 7) / 8};
  const hinge_const_mask cmask{bits.data(), batch, out, (out + 7) / 8};
  std::size_t layer_bytes = 0;
  CHECK(hinge_linear_packed_bytes(in, out, &layer_bytes) == HINGE_OK);
  std::vector<char> memory(layer_bytes);
  hinge_linear *linear = nullptr;
  constexpr auto relu6 = HINGE_ACTIVATION_RELU6;
  const std::map<const char *, std::function<hinge_status()>> calls = {
      {"linear_create_in",
       [&] {
         return hinge_linear_create_in(memory.data(), layer_bytes, &cw, db.data(), relu6, &linear);
       }},
      {"linear_forward", [&] { return hinge_linear_forward(linear, &cx, &vy); }},
      {"linear_forward_mask", [&] { return hinge_linear_forward_mask(linear, &cx, &vy, &mask); }},
      {"linear_repack", [&] { return hinge_linear_repack(linear, &cw, nullptr); }},
      {"linear_backward",
       [&] { return hinge_linear_backward(relu6, &cx, &cw, &cy, &cdy, &vdx, &vdw, db.data(), 1); }},
      {"linear_backward_mask",
       [&] {
         return hinge_linear_backward_mask(&cx, &cw, &cmask, &cdy, &vdx, &vdw, db.data(), 1);
       }},
      {"activation_forward", [&] { return hinge_activation_forward(relu6, &cdy, &vy); }},
      {"activation_backward", [&] { return hinge_activation_backward(relu6, &cy, &cdy, &vdy); }},
      {"activation_forward_mask",
       [&] { return hinge_activation_forward_mask(relu6, &cdy, &vy, &mask); }},
      {"activation_mask", [&] { return hinge_activation_mask(relu6, &cy, &mask); }},
      {"activation_backward_mask",
       [&] { return hinge_activation_backward_mask(&cmask, &cdy, &vdy); }},
      {"mask_count", [&] { return hinge_mask_count(&cmask, per_row.data(), per_column.data()); }}};
  calls.at("linear_create_in")();
  for (const auto &[name, call] : calls)
    stack_is_at_most(16 << 10, name, [&, run = call] { CHECK(run() == HINGE_OK); });
  hinge_linear_destroy(linear);
}

void stack() {
  hinge_set_nontemporal_bytes(0); // the way that takes more
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info info;
    CHECK(hinge_get_target_info(i, &info) == HINGE_OK);
    if (!info.usable)
      continue;
    std::printf("%s\n", info.name);
    CHECK(hinge_set_target(info.name) == HINGE_OK);
    for (const int threads : {1, 3}) {
      CHECK(set_threads(threads));
      stack_of_calls(1, 16, 16);
      stack_of_calls(33, 70, 61);
      stack_of_calls(131, 300, 1031);
    }
  }
}

/// Global objects that use Hinge before main and after it.
struct Global {
  bool is_wanted = false;
  Global() {
    std::FILE *file = std::fopen("/proc/self/cmdline", "r");
    std::string words(4096, '\0');
    if (file) {
      words.resize(std::fread(&words[0], 1, words.size(), file));
      std::fclose(file);
    }
    is_wanted = words.find(std::string("\0global_objects\0", 16)) != std::string::npos;
    if (!is_wanted)
      return;
    CHECK(set_threads(4));
    CHECK(compute_is_right());
  }
  ~Global() {
    if (!is_wanted)
      return;
    CHECK(hinge_get_num_threads() == 4);
    CHECK(tasks().size() == 4);
    CHECK(compute_is_right());
    CHECK(set_threads(2));
    CHECK(compute_is_right());
  }
};

// This one is made before the objects of Hinge's own files could be, and ends after them.
__attribute__((init_priority(101))) Global global;

__attribute__((destructor(101))) void after_everything() {
  if (global.is_wanted) { // Hinge's threads have ended, and calls go on without them
    CHECK(tasks().size() == 1);
    CHECK(compute_is_right());
    CHECK(set_threads(3));
    CHECK(compute_is_right());
    std::printf("after everything\n");
    std::fflush(stdout);
  }
}

void global_objects() {
  CHECK(hinge_get_num_threads() == 4);
  CHECK(tasks().size() == 4);
  CHECK(compute_is_right());
}

} // namespace

int main(int argc, char **argv) {
  const std::map<std::string, std::function<void()>> cases = {
      {"forks", forks},
      {"forks_under_load", forks_under_load},
      {"signals", signals},
      {"failures", failures},
      {"real_time", real_time},
      {"stack", stack},
      {"global_objects", global_objects},
      {"unloads", [&] { unloads(argc > 2 ? argv[2] : ""); }}};
  const auto found = cases.find(argc > 1 ? argv[1] : "");
  if (found == cases.end()) {
    std::printf("usage: hinge_process CASE [MODULE]\n");
    return 2;
  }
  found->second();
}
