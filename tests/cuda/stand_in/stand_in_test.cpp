#include <gtest/gtest.h>

#include <dlfcn.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace {

constexpr int success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3,
              no_device = 100, invalid_context = 201, no_binary_for_gpu = 209, invalid_ptx = 218,
              unsupported_ptx_version = 222, invalid_handle = 400, not_ready = 600,
              illegal_address = 700, context_is_destroyed = 709, misaligned_address = 716,
              launch_failed = 719;

using Pointer = unsigned long long;

void *library() {
  static void *const handle = dlopen(HINGE_CUDA_STAND_IN, RTLD_NOW | RTLD_LOCAL);
  return handle;
}

// A function of the library: call<int(unsigned)>("cuInit", 0).
template <class Signature, class... Arguments>
auto call(const char *name, Arguments... arguments) {
  void *symbol = library() ? dlsym(library(), name) : nullptr;
  if (!symbol) {
    ADD_FAILURE() << name << " is not in " << HINGE_CUDA_STAND_IN;
    std::abort();
  }
  return reinterpret_cast<Signature *>(symbol)(arguments...);
}

int init() { return call<int(unsigned)>("cuInit", 0u); }
int retain(void **context, int device) {
  return call<int(void **, int)>("cuDevicePrimaryCtxRetain", context, device);
}
int release(int device) { return call<int(int)>("cuDevicePrimaryCtxRelease_v2", device); }
int set_current(void *context) { return call<int(void *)>("cuCtxSetCurrent", context); }
int synchronize() { return call<int()>("cuCtxSynchronize"); }
int allocate(Pointer *p, std::size_t size) {
  return call<int(Pointer *, std::size_t)>("cuMemAlloc_v2", p, size);
}
int deallocate(Pointer p) { return call<int(Pointer)>("cuMemFree_v2", p); }
int to_device(Pointer to, const void *from, std::size_t size) {
  return call<int(Pointer, const void *, std::size_t)>("cuMemcpyHtoD_v2", to, from, size);
}
int to_host(void *to, Pointer from, std::size_t size) {
  return call<int(void *, Pointer, std::size_t)>("cuMemcpyDtoH_v2", to, from, size);
}
int to_device_async(Pointer to, const void *from, std::size_t size, void *stream) {
  return call<int(Pointer, const void *, std::size_t, void *)>("cuMemcpyHtoDAsync_v2", to, from,
                                                               size, stream);
}
int to_host_async(void *to, Pointer from, std::size_t size, void *stream) {
  return call<int(void *, Pointer, std::size_t, void *)>("cuMemcpyDtoHAsync_v2", to, from, size,
                                                         stream);
}
int load(void **module, const std::string &ptx) {
  return call<int(void **, const void *)>("cuModuleLoadData", module,
                                          static_cast<const void *>(ptx.c_str()));
}
int get_function(void **function, void *module, const char *name) {
  return call<int(void **, void *, const char *)>("cuModuleGetFunction", function, module, name);
}
int create_stream(void **stream, unsigned flags) {
  return call<int(void **, unsigned)>("cuStreamCreate", stream, flags);
}
int synchronize(void *stream) { return call<int(void *)>("cuStreamSynchronize", stream); }
int query(void *stream) { return call<int(void *)>("cuStreamQuery", stream); }

struct Sizes {
  unsigned grid_x = 1, block_x = 1, shared = 0, block_y = 1, grid_y = 1, block_z = 1;
};
int launch(void *function, const Sizes &s, std::vector<void *> parameters, void *stream = nullptr) {
  return call<int(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                  void *, void **, void **)>("cuLaunchKernel", function, s.grid_x, s.grid_y, 1u,
                                             s.block_x, s.block_y, s.block_z, s.shared, stream,
                                             parameters.data(), static_cast<void **>(nullptr));
}

const std::string header = ".version 6.0\n.target sm_70\n.address_size 64\n";

class StandIn : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(library()) << dlerror();
    ASSERT_EQ(init(), success);
    ASSERT_EQ(retain(&context_, 0), success);
    ASSERT_EQ(set_current(context_), success);
  }
  void TearDown() override {
    EXPECT_EQ(set_current(nullptr), success);
    EXPECT_EQ(release(0), success);
    EXPECT_EQ(call<unsigned long long()>("hinge_stand_in_live_bytes"), 0u);
  }

  static void *function(const std::string &ptx, const char *name = "k") {
    void *module = nullptr, *f = nullptr;
    EXPECT_EQ(load(&module, ptx), success) << ptx;
    EXPECT_EQ(get_function(&f, module, name), success);
    return f;
  }

  template <class T>
  static Pointer on_device(const std::vector<T> &host) {
    Pointer p = 0;
    EXPECT_EQ(allocate(&p, host.size() * sizeof(T)), success);
    EXPECT_EQ(to_device(p, host.data(), host.size() * sizeof(T)), success);
    return p;
  }

  template <class T>
  static std::vector<T> on_host(Pointer p, std::size_t count) {
    std::vector<T> host(count);
    EXPECT_EQ(to_host(host.data(), p, count * sizeof(T)), success);
    return host;
  }

  void *context_ = nullptr;
};

// Instructions: each thread has three values of 64 bits as %x0, %x1, %x2, their low bits also as
// %r, %h (16 bits), %f and %g (f64), and gives %x3.

using Word = std::uint64_t;

struct Operands {
  Word a, b, c;
};

const std::string body_header = header + R"(
.visible .entry k(.param .u64 in, .param .u64 out)
{
  .reg .pred %p<4>;
  .reg .b16 %h<8>;
  .reg .b32 %r<8>;
  .reg .f32 %f<8>;
  .reg .b64 %x<8>;
  .reg .f64 %g<8>;
  ld.param.u64 %x6, [in];
  ld.param.u64 %x7, [out];
  cvta.to.global.u64 %x6, %x6;
  cvta.to.global.u64 %x7, %x7;
  mov.u32 %r7, %tid.x;
  mad.wide.u32 %x6, %r7, 24, %x6;
  mad.wide.u32 %x7, %r7, 8, %x7;
  ld.global.u64 %x0, [%x6];
  ld.global.u64 %x1, [%x6+8];
  ld.global.u64 %x2, [%x6+16];
  cvt.u32.u64 %r0, %x0;
  cvt.u32.u64 %r1, %x1;
  cvt.u32.u64 %r2, %x2;
  cvt.u16.u64 %h0, %x0;
  cvt.u16.u64 %h1, %x1;
  cvt.u16.u64 %h2, %x2;
  mov.b32 %f0, %r0;
  mov.b32 %f1, %r1;
  mov.b32 %f2, %r2;
  mov.b64 %g0, %x0;
  mov.b64 %g1, %x1;
  mov.b64 %g2, %x2;
)";
const std::string body_footer = "\n  st.global.u64 [%x7], %x3;\n  ret;\n}\n";
// What gives %x3 from the results of other types.
const std::string from_h = " cvt.u64.u16 %x3, %h3;", from_r = " cvt.u64.u32 %x3, %r3;",
                  from_f = " mov.b32 %r3, %f3; cvt.u64.u32 %x3, %r3;",
                  from_g = " mov.b64 %x3, %g3;", from_p = " selp.u64 %x3, 1, 0, %p0;";

class Instructions : public StandIn {
protected:
  static std::vector<Word> run(const std::string &body, const std::vector<Operands> &in) {
    void *f = function(body_header + body + body_footer);
    Pointer a = on_device(in), b = 0;
    EXPECT_EQ(allocate(&b, in.size() * sizeof(Word)), success);
    EXPECT_EQ(launch(f, {1, static_cast<unsigned>(in.size())}, {&a, &b}), success);
    return on_host<Word>(b, in.size());
  }

  static void check(const std::string &body, const std::vector<Operands> &in,
                    const std::function<Word(const Operands &)> &oracle) {
    const std::vector<Word> out = run(body, in);
    for (std::size_t n = 0; n < in.size(); ++n)
      ASSERT_EQ(out[n], oracle(in[n]))
          << body << std::hex << " of " << in[n].a << ", " << in[n].b << ", " << in[n].c;
  }
};

std::vector<Operands> triples(const std::vector<Word> &values) {
  std::vector<Operands> all;
  for (std::size_t a = 0; a < values.size(); ++a)
    for (std::size_t b = 0; b < values.size(); ++b)
      all.push_back({values[a], values[b], values[(a + 3 * b + 1) % values.size()]});
  return all;
}

std::vector<Operands> integers() {
  return triples({0,
                  1,
                  2,
                  3,
                  7,
                  31,
                  32,
                  33,
                  63,
                  64,
                  100,
                  0x7fff,
                  0x8000,
                  0xffff,
                  0x10000,
                  0x7fffffff,
                  0x80000000,
                  0xffffffff,
                  0x123456789abcdef0,
                  0xfffffffffffffff9,
                  0x7fffffffffffffff,
                  0x8000000000000000,
                  0xffffffffffffffff,
                  0xdeadbeefcafef00d});
}

template <class T>
Word word(T x) {
  Word w = 0;
  std::memcpy(&w, &x, sizeof x);
  return w;
}
template <class T>
T value(Word w) {
  T x;
  std::memcpy(&x, &w, sizeof x);
  return x;
}

template <class T>
std::vector<Operands> floats() {
  using limits = std::numeric_limits<T>;
  std::vector<Word> values;
  for (T x : {T{0}, T{1}, T(1.5), T(2.5), T(0.1), limits::min(), limits::min() * T(1.75),
              limits::denorm_min(), limits::min() / 3, limits::max(), limits::infinity(), T(3e9),
              T(1e19), limits::epsilon() / 3, T(255.5)}) {
    values.push_back(word(x));
    values.push_back(word(-x));
  }
  values.push_back(word(limits::quiet_NaN()));
  values.push_back(sizeof(T) == 4 ? 0xff812345 : 0xfff8000000012345);
  return triples(values);
}

float flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x; }
Word canonical(float x) { return std::isnan(x) ? 0x7fffffff : word(x); }

template <class T, class F>
auto integer_oracle(F f) {
  return [f](const Operands &o) {
    using R = decltype(f(T{}, T{}, T{}));
    return Word{static_cast<std::make_unsigned_t<R>>(
        f(static_cast<T>(o.a), static_cast<T>(o.b), static_cast<T>(o.c)))};
  };
}

TEST_F(Instructions, IntegerSums) {
  check("add.s32 %r3, %r0, %r1;" + from_r, integers(),
        integer_oracle<std::uint32_t>([](auto a, auto b, auto) { return a + b; }));
  check("add.s64 %x3, %x0, %x1;", integers(), [](const Operands &o) { return o.a + o.b; });
  check("sub.s64 %x3, %x0, -5;", integers(), [](const Operands &o) { return o.a + 5; });
  check("add.s16 %h3, %h0, %h1;" + from_h, integers(),
        integer_oracle<std::uint16_t>(
            [](auto a, auto b, auto) { return static_cast<std::uint16_t>(a + b); }));
  check("sub.u32 %r3, %r0, %r1;" + from_r, integers(),
        integer_oracle<std::uint32_t>([](auto a, auto b, auto) { return a - b; }));
  check("add.sat.s32 %r3, %r0, %r1;" + from_r, integers(),
        integer_oracle<std::int32_t>([](auto a, auto b, auto) {
          return static_cast<std::int32_t>(std::clamp<std::int64_t>(
              std::int64_t{a} + b, std::numeric_limits<std::int32_t>::min(),
              std::numeric_limits<std::int32_t>::max()));
        }));
  check("neg.s32 %r3, %r0;" + from_r, integers(),
        integer_oracle<std::uint32_t>([](auto a, auto, auto) { return 0 - a; }));
  check("abs.s64 %x3, %x0;", integers(),
        [](const Operands &o) { return o.a >> 63 ? 0 - o.a : o.a; });
  check("sad.u32 %r3, %r0, %r1, %r2;" + from_r, integers(),
        integer_oracle<std::uint32_t>(
            [](auto a, auto b, auto c) { return c + (a < b ? b - a : a - b); }));
}

TEST_F(Instructions, IntegerProducts) {
  check("mul.lo.s32 %r3, %r0, %r1;" + from_r, integers(),
        integer_oracle<std::uint32_t>([](auto a, auto b, auto) { return a * b; }));
  check("mul.lo.s16 %h3, %h0, %h1;" + from_h, integers(),
        integer_oracle<std::uint16_t>(
            [](auto a, auto b, auto) { return static_cast<std::uint16_t>(unsigned{a} * b); }));
  check("mul.hi.s32 %r3, %r0, %r1;" + from_r, integers(),
        integer_oracle<std::int32_t>([](auto a, auto b, auto) {
          return static_cast<std::int32_t>(std::int64_t{a} * b >> 32);
        }));
  check("mul.hi.u64 %x3, %x0, %x1;", integers(), [](const Operands &o) {
    const Word al = o.a & 0xffffffff, ah = o.a >> 32, bl = o.b & 0xffffffff, bh = o.b >> 32;
    const Word middle = ah * bl + (al * bl >> 32);
    return ah * bh + (middle >> 32) + ((al * bh + (middle & 0xffffffff)) >> 32);
  });
  check("mul.wide.s32 %x3, %r0, %r1;", integers(),
        integer_oracle<std::int32_t>([](auto a, auto b, auto) { return std::int64_t{a} * b; }));
  check("mul.wide.u16 %r3, %h0, %h1;" + from_r, integers(),
        integer_oracle<std::uint16_t>([](auto a, auto b, auto) { return std::uint32_t{a} * b; }));
  check("mad.lo.s32 %r3, %r0, %r1, %r2;" + from_r, integers(),
        integer_oracle<std::uint32_t>([](auto a, auto b, auto c) { return a * b + c; }));
  check("mad.hi.u32 %r3, %r0, %r1, %r2;" + from_r, integers(),
        integer_oracle<std::uint32_t>([](auto a, auto b, auto c) {
          return static_cast<std::uint32_t>(Word{a} * b >> 32) + c;
        }));
  check("mad.wide.s32 %x3, %r0, %r1, %x2;", integers(), [](const Operands &o) {
    return static_cast<Word>(std::int64_t{static_cast<std::int32_t>(o.a)} *
                             static_cast<std::int32_t>(o.b)) +
           o.c;
  });
  check("mul24.lo.s32 %r3, %r0, %r1;" + from_r, integers(), [](const Operands &o) {
    const auto low = [](Word w) {
      return static_cast<std::int64_t>(w & 0xffffff) - ((w >> 23 & 1) << 24);
    };
    return static_cast<Word>(low(o.a)) * static_cast<Word>(low(o.b)) & 0xffffffff;
  });
}

TEST_F(Instructions, IntegerQuotients) {
  std::vector<Operands> in = integers();
  const auto zero = [](const Operands &o) { return static_cast<std::uint32_t>(o.b) == 0; };
  in.erase(std::remove_if(in.begin(), in.end(), zero), in.end());
  check("div.u32 %r3, %r0, %r1;" + from_r, in,
        integer_oracle<std::uint32_t>([](auto a, auto b, auto) { return a / b; }));
  check("rem.u64 %x3, %x0, %x1;", in, [](const Operands &o) { return o.a % o.b; });
  check("div.s32 %r3, %r0, %r1;" + from_r, in,
        integer_oracle<std::int32_t>(
            [](auto a, auto b, auto) { return static_cast<std::int32_t>(std::int64_t{a} / b); }));
  check("rem.s32 %r3, %r0, %r1;" + from_r, in,
        integer_oracle<std::int32_t>(
            [](auto a, auto b, auto) { return static_cast<std::int32_t>(std::int64_t{a} % b); }));
  check("min.s32 %r3, %r0, %r1;" + from_r, in,
        integer_oracle<std::int32_t>([](auto a, auto b, auto) { return std::min(a, b); }));
  check("max.u16 %h3, %h0, %h1;" + from_h, in,
        integer_oracle<std::uint16_t>([](auto a, auto b, auto) { return std::max(a, b); }));
}

TEST_F(Instructions, Logic) {
  check("and.b64 %x3, %x0, %x1; or.b64 %x3, %x3, %x2; xor.b64 %x3, %x3, 0xff; not.b64 %x3, %x3;",
        integers(), [](const Operands &o) { return ~(((o.a & o.b) | o.c) ^ 0xff); });
  check("not.b16 %h3, %h0; or.b16 %h3, %h3, %h1;" + from_h, integers(),
        [](const Operands &o) { return (~o.a | o.b) & 0xffff; });
  check("cnot.b32 %r3, %r0;" + from_r, integers(),
        [](const Operands &o) { return Word{static_cast<std::uint32_t>(o.a) == 0}; });
  check("lop3.b32 %r3, %r0, %r1, %r2, 0xca;" + from_r, integers(), // a ? b : c
        [](const Operands &o) { return ((o.a & o.b) | (~o.a & o.c)) & 0xffffffff; });
  check("prmt.b32 %r3, %r0, %r1, 0x7c31;" + from_r, integers(), [](const Operands &o) {
    const Word both = (o.b & 0xffffffff) << 32 | (o.a & 0xffffffff);
    const auto byte = [&](int n) { return both >> (8 * n) & 0xff; };
    return byte(1) | byte(3) << 8 | (byte(4) & 0x80 ? Word{0xff} : 0) << 16 | byte(7) << 24;
  });
  check("popc.b64 %r3, %x0;" + from_r, integers(), [](const Operands &o) {
    Word n = 0;
    for (int bit = 0; bit < 64; ++bit)
      n += o.a >> bit & 1;
    return n;
  });
  check("clz.b32 %r3, %r0;" + from_r, integers(), [](const Operands &o) {
    Word n = 0;
    while (n < 32 && !(o.a >> (31 - n) & 1))
      ++n;
    return n;
  });
  check("brev.b32 %r3, %r0;" + from_r, integers(), [](const Operands &o) {
    Word r = 0;
    for (int bit = 0; bit < 32; ++bit)
      r |= (o.a >> bit & 1) << (31 - bit);
    return r;
  });
}

TEST_F(Instructions, Shifts) {
  check("shl.b32 %r3, %r0, %r1;" + from_r, integers(), [](const Operands &o) {
    const auto n = static_cast<std::uint32_t>(o.b);
    return n > 31 ? 0 : (o.a << n) & 0xffffffff;
  });
  check("shl.b64 %x3, %x0, %r1;", integers(), [](const Operands &o) {
    const auto n = static_cast<std::uint32_t>(o.b);
    return n > 63 ? 0 : o.a << n;
  });
  check("shr.s32 %r3, %r0, %r1;" + from_r, integers(), [](const Operands &o) {
    const auto n = std::min<std::uint32_t>(static_cast<std::uint32_t>(o.b), 31);
    return Word{static_cast<std::uint32_t>(static_cast<std::int32_t>(o.a) >> n)};
  });
  check("shr.u16 %h3, %h0, %r1;" + from_h, integers(), [](const Operands &o) {
    const auto n = static_cast<std::uint32_t>(o.b);
    return n > 15 ? 0 : (o.a & 0xffff) >> n;
  });
  check("shf.l.wrap.b32 %r3, %r0, %r1, %r2;" + from_r, integers(), [](const Operands &o) {
    const Word both = (o.b & 0xffffffff) << 32 | (o.a & 0xffffffff);
    return both << (o.c & 31) >> 32;
  });
  check("shf.r.clamp.b32 %r3, %r0, %r1, %r2;" + from_r, integers(), [](const Operands &o) {
    const Word both = (o.b & 0xffffffff) << 32 | (o.a & 0xffffffff);
    return both >> std::min<std::uint32_t>(static_cast<std::uint32_t>(o.c), 32) & 0xffffffff;
  });
  check("bfe.u32 %r3, %r0, 5, 9;" + from_r, integers(),
        [](const Operands &o) { return o.a >> 5 & 0x1ff; });
  check("bfe.s32 %r3, %r0, 28, 9;" + from_r, integers(), [](const Operands &o) {
    return Word{static_cast<std::uint32_t>(static_cast<std::int32_t>(o.a) >> 28)};
  });
  check("bfe.s64 %x3, %x0, 4, 8;", integers(), [](const Operands &o) {
    return static_cast<Word>(std::int64_t{static_cast<std::int8_t>(o.a >> 4)});
  });
  check("bfi.b32 %r3, %r0, %r1, 8, 16;" + from_r, integers(),
        [](const Operands &o) { return ((o.b & 0xff0000ff) | (o.a & 0xffff) << 8) & 0xffffffff; });
}

TEST_F(Instructions, PredicatesAndSelection) {
  check("setp.lt.s32 %p0, %r0, %r1;" + from_p, integers(), [](const Operands &o) {
    return Word{static_cast<std::int32_t>(o.a) < static_cast<std::int32_t>(o.b)};
  });
  check("setp.ls.u64 %p0, %x0, %x1;" + from_p, integers(),
        [](const Operands &o) { return Word{o.a <= o.b}; });
  check("setp.ne.b16 %p0, %h0, %h1;" + from_p, integers(),
        [](const Operands &o) { return Word{(o.a & 0xffff) != (o.b & 0xffff)}; });
  check("setp.gt.s64 %p2, %x1, %x2; setp.ge.and.s64 %p0|%p1, %x0, %x1, !%p2;"
        "selp.b64 %x3, 1, 0, %p0; selp.b64 %x4, 2, 0, %p1; or.b64 %x3, %x3, %x4;",
        integers(), [](const Operands &o) {
          const auto a = static_cast<std::int64_t>(o.a), b = static_cast<std::int64_t>(o.b),
                     c = static_cast<std::int64_t>(o.c);
          return Word{a >= b && b <= c} | Word{a < b && b <= c} << 1;
        });
  check("setp.eq.u32 %p1, %r0, %r1; setp.lo.u32 %p2, %r1, %r2; xor.pred %p3, %p1, %p2;"
        "not.pred %p3, %p3; mov.pred %p0, %p3; and.pred %p0, %p0, %p3;" +
            from_p,
        integers(), [](const Operands &o) {
          const auto low = [](Word w) { return static_cast<std::uint32_t>(w); };
          return Word{(low(o.a) == low(o.b)) == (low(o.b) < low(o.c))};
        });
  check("setp.ge.u64 %p0, %x0, %x1; mov.u64 %x3, 7; @%p0 bra $there; mov.u64 %x3, 9;"
        "@!%p0 add.s64 %x3, %x3, 1;\n$there:",
        integers(), [](const Operands &o) { return Word{o.a >= o.b ? 7u : 10u}; });
  check("slct.b32.s32 %r3, %r0, %r1, %r2;" + from_r, integers(), [](const Operands &o) {
    return (static_cast<std::int32_t>(o.c) >= 0 ? o.a : o.b) & 0xffffffff;
  });
  check("set.gt.u32.s32 %r3, %r0, %r1;" + from_r, integers(), [](const Operands &o) {
    return Word{static_cast<std::int32_t>(o.a) > static_cast<std::int32_t>(o.b) ? 0xffffffff : 0};
  });
}

TEST_F(Instructions, ComparisonsOfFloats) {
  const auto comparison = [](const std::string &how, auto f) {
    for (const std::string ftz : {"", ".ftz"})
      check("setp." + how + ftz + ".f32 %p0, %f0, %f1;" + from_p, floats<float>(),
            [=](const Operands &o) {
              auto a = value<float>(o.a), b = value<float>(o.b);
              if (!ftz.empty()) {
                a = flushed(a);
                b = flushed(b);
              }
              return Word{f(a, b)};
            });
    check("setp." + how + ".f64 %p0, %g0, %g1;" + from_p, floats<double>(),
          [=](const Operands &o) { return Word{f(value<double>(o.a), value<double>(o.b))}; });
  };
  const auto nan = [](auto a, auto b) { return std::isnan(a) || std::isnan(b); };
  comparison("eq", [](auto a, auto b) { return a == b; });
  comparison("ne", [=](auto a, auto b) { return !nan(a, b) && a != b; });
  comparison("lt", [](auto a, auto b) { return a < b; });
  comparison("le", [](auto a, auto b) { return a <= b; });
  comparison("gt", [](auto a, auto b) { return a > b; });
  comparison("ge", [](auto a, auto b) { return a >= b; });
  comparison("equ", [=](auto a, auto b) { return nan(a, b) || a == b; });
  comparison("neu", [](auto a, auto b) { return a != b; });
  comparison("ltu", [](auto a, auto b) { return !(a >= b); });
  comparison("leu", [](auto a, auto b) { return !(a > b); });
  comparison("gtu", [](auto a, auto b) { return !(a <= b); });
  comparison("geu", [](auto a, auto b) { return !(a < b); });
  comparison("num", [=](auto a, auto b) { return !nan(a, b); });
  comparison("nan", nan);
}

template <class T, class F, class... Operands>
T with_rounding(int mode, F f, Operands... operands) {
  std::fesetround(mode);
  const volatile T result = [&](const volatile Operands &...x) {
    return f(Operands{x}...);
  }(operands...);
  std::fesetround(FE_TONEAREST);
  return result;
}

const std::pair<const char *, int> roundings[] = {
    {".rn", FE_TONEAREST}, {".rz", FE_TOWARDZERO}, {".rm", FE_DOWNWARD}, {".rp", FE_UPWARD}};

// In every rounding, with subnormal numbers and without.
template <class F>
void each_f32(const char *operation, const char *operands, F f,
              void (*check)(const std::string &, const std::vector<Operands> &,
                            const std::function<Word(const Operands &)> &)) {
  for (const auto &[name, mode] : roundings)
    for (const bool ftz : {false, true})
      check(operation + std::string(name) + (ftz ? ".ftz" : "") + ".f32 " + operands + from_f,
            floats<float>(), [=, round = mode](const Operands &o) {
              const auto in = [=](Word w) {
                return ftz ? flushed(value<float>(w)) : value<float>(w);
              };
              const auto r = with_rounding<float>(round, f, in(o.a), in(o.b), in(o.c));
              return canonical(ftz ? flushed(r) : r);
            });
}

TEST_F(Instructions, ArithmeticOfF32) {
  each_f32(
      "add", "%f3, %f0, %f1;", [](float a, float b, float) { return a + b; }, check);
  each_f32(
      "sub", "%f3, %f0, %f1;", [](float a, float b, float) { return a - b; }, check);
  each_f32(
      "mul", "%f3, %f0, %f1;", [](float a, float b, float) { return a * b; }, check);
  each_f32(
      "fma", "%f3, %f0, %f1, %f2;", [](float a, float b, float c) { return std::fma(a, b, c); },
      check);
  each_f32(
      "div", "%f3, %f0, %f1;", [](float a, float b, float) { return a / b; }, check);
  each_f32(
      "sqrt", "%f3, %f0;", [](float a, float, float) { return std::sqrt(a); }, check);
  each_f32(
      "rcp", "%f3, %f0;", [](float a, float, float) { return 1 / a; }, check);
}

TEST_F(Instructions, ArithmeticOfF32IsRoundedOnce) {
  // a * b is 1 + 2^-11 + 2^-24: the last bit decides about what c leaves.
  const std::vector<Operands> in{{word(1 + 0x1p-12f), word(1 + 0x1p-12f), word(-1.f)},
                                 {word(1 + 0x1p-12f), word(1 + 0x1p-12f), word(0x1p-30f)}};
  check("fma.rn.f32 %f3, %f0, %f1, %f2;" + from_f, in, [](const Operands &o) {
    const double exact = double{value<float>(o.a)} * value<float>(o.b) + value<float>(o.c);
    return word(static_cast<float>(exact));
  });
}

TEST_F(Instructions, OtherF32) {
  const auto of = [](const Operands &o) { return std::pair(value<float>(o.a), value<float>(o.b)); };
  check("add.sat.f32 %f3, %f0, %f1;" + from_f, floats<float>(), [=](const Operands &o) {
    const float sum = of(o).first + of(o).second;
    return word(sum > 0 ? std::min(sum, 1.f) : 0.f);
  });
  check("neg.f32 %f3, %f0;" + from_f, floats<float>(),
        [](const Operands &o) { return o.a ^ 0x80000000; });
  check("abs.ftz.f32 %f3, %f0;" + from_f, floats<float>(),
        [=](const Operands &o) { return word(flushed(std::abs(of(o).first))); });
  check("copysign.f32 %f3, %f0, %f1;" + from_f, floats<float>(),
        [](const Operands &o) { return (o.a & 0x80000000) | (o.b & 0x7fffffff); });
  check("selp.f32 %f3, %f0, %f1, %p0;" + from_f, {{0xff812345, 0, 0}},
        [](const Operands &) { return Word{0xff812345}; }); // of a predicate never written
  check("add.f32 %f3, %f0, 0f3FC00000; add.f32 %f3, %f3, 2.5;" + from_f, {{word(1.f), 0, 0}},
        [](const Operands &) { return word(5.f); });
  for (const bool maximum : {false, true})
    check(std::string(maximum ? "max" : "min") + ".f32 %f3, %f0, %f1;" + from_f, floats<float>(),
          [=](const Operands &o) {
            const auto [a, b] = of(o);
            if (std::isnan(a) || std::isnan(b))
              return canonical(std::isnan(a) ? b : a);
            if (a == b && std::signbit(a) != std::signbit(b))
              return word(maximum ? 0.f : -0.f);
            return word(maximum ? std::max(a, b) : std::min(a, b));
          });
}

TEST_F(Instructions, ArithmeticOfF64) {
  const auto same = [](double x) { return std::isnan(x) ? Word{1} : word(x); };
  const auto check_f64 = [&](const std::string &body, auto f) {
    const std::vector<Operands> in = floats<double>();
    const std::vector<Word> out = run(body + from_g, in);
    for (std::size_t n = 0; n < in.size(); ++n)
      ASSERT_EQ(same(value<double>(out[n])),
                same(f(value<double>(in[n].a), value<double>(in[n].b), value<double>(in[n].c))))
          << body;
  };
  for (const auto &[name, mode] : roundings) {
    const int round = mode;
    const std::string suffix = name + std::string(".f64 %g3, %g0, %g1");
    check_f64("add" + suffix + ";", [=](double a, double b, double) {
      return with_rounding<double>(
          round, [](double x, double y) { return x + y; }, a, b);
    });
    check_f64("mul" + suffix + ";", [=](double a, double b, double) {
      return with_rounding<double>(
          round, [](double x, double y) { return x * y; }, a, b);
    });
    check_f64("fma" + suffix + ", %g2;", [=](double a, double b, double c) {
      return with_rounding<double>(
          round, [](double x, double y, double z) { return std::fma(x, y, z); }, a, b, c);
    });
    check_f64("div" + suffix + ";", [=](double a, double b, double) {
      return with_rounding<double>(
          round, [](double x, double y) { return x / y; }, a, b);
    });
  }
}

TEST_F(Instructions, ConversionsOfIntegers) {
  check("cvt.s64.s32 %x3, %r0;", integers(), [](const Operands &o) {
    return static_cast<Word>(std::int64_t{static_cast<std::int32_t>(o.a)});
  });
  check("cvt.u64.u16 %x3, %h0;", integers(), [](const Operands &o) { return o.a & 0xffff; });
  check("cvt.s32.s8 %r3, %r0;" + from_r, integers(), [](const Operands &o) {
    return Word{static_cast<std::uint32_t>(static_cast<std::int8_t>(o.a))};
  });
  check("cvt.sat.u8.s32 %r3, %r0;" + from_r, integers(), [](const Operands &o) {
    return static_cast<Word>(std::clamp(static_cast<std::int32_t>(o.a), 0, 255));
  });
  for (const auto &[name, mode] : roundings) {
    const int round = mode;
    check(
        "cvt" + std::string(name) + ".f32.s32 %f3, %r0;" + from_f, integers(),
        [=](const Operands &o) {
          return word(with_rounding<float>(
              round, [](auto x) { return static_cast<float>(x); }, static_cast<std::int32_t>(o.a)));
        });
    check("cvt" + std::string(name) + ".f64.u64 %g3, %x0;" + from_g, integers(),
          [=](const Operands &o) {
            return word(with_rounding<double>(
                round, [](auto x) { return static_cast<double>(x); }, o.a));
          });
    check("cvt" + std::string(name) + ".f32.f64 %f3, %g0;" + from_f, floats<double>(),
          [=](const Operands &o) {
            return canonical(with_rounding<float>(
                round, [](auto x) { return static_cast<float>(x); }, value<double>(o.a)));
          });
  }
}

TEST_F(Instructions, ConversionsOfFloats) {
  const auto clamped = [](double x, double least, double greatest) {
    return std::isnan(x) ? 0 : static_cast<std::int64_t>(std::clamp(x, least, greatest));
  };
  check("cvt.rzi.s32.f32 %r3, %f0;" + from_r, floats<float>(), [=](const Operands &o) {
    return static_cast<Word>(clamped(std::trunc(value<float>(o.a)), -0x1p31, 0x1p31 - 1)) &
           0xffffffff;
  });
  check("cvt.rpi.u32.f32 %r3, %f0;" + from_r, floats<float>(), [=](const Operands &o) {
    return static_cast<Word>(clamped(std::ceil(value<float>(o.a)), 0, 0x1p32 - 1));
  });
  check("cvt.rni.s16.f64 %h3, %g0;" + from_h,
        {{word(2.5), 0, 0}, {word(-3.5), 0, 0}, {word(1e9), 0, 0}, {word(-1e9), 0, 0}},
        [=](const Operands &o) {
          return static_cast<Word>(clamped(std::nearbyint(value<double>(o.a)), -32768, 32767)) &
                 0xffff;
        });
  check("cvt.rmi.ftz.f32.f32 %f3, %f0;" + from_f, floats<float>(),
        [](const Operands &o) { return canonical(std::floor(flushed(value<float>(o.a)))); });
  check("cvt.sat.f32.f32 %f3, %f0;" + from_f, floats<float>(), [](const Operands &o) {
    const auto x = value<float>(o.a);
    return word(x > 0 ? std::min(x, 1.f) : 0.f);
  });
}

TEST_F(Instructions, Moves) {
  check("mov.b64 {%r4, %r5}, %x0; mov.b64 %x3, {%r5, %r4};", integers(),
        [](const Operands &o) { return o.a << 32 | o.a >> 32; });
  check("mov.b32 {%h4, %h5}, %r0; mov.b32 %r3, {%h5, %h1};" + from_r, integers(),
        [](const Operands &o) { return (o.a >> 16 & 0xffff) | (o.b & 0xffff) << 16; });
  check("mov.b64 {%h4, %h5, %h6, %h7}, %x0; mov.b64 %x3, {%h7, %h6, %h5, %h4};",
        {{0x0123456789abcdef, 0, 0}}, [](const Operands &) { return 0xcdef89ab45670123; });
  check("{ .reg .b32 %r0; mov.u32 %r0, 0x10; cvt.u64.u32 %x3, %r0; }", {{1, 2, 3}},
        [](const Operands &) { return Word{16}; });
}

TEST_F(Instructions, CommentsAndPragmas) {
  check("// a comment with ; and {\n /* and\n one more */ .pragma \"nounroll\"; mov.u64 %x3, %x1;",
        integers(), [](const Operands &o) { return o.b; });
}

TEST_F(Instructions, Loops) {
  check(R"(mov.u64 %x3, 0; mov.u64 %x4, 0;
$loop: add.s64 %x3, %x3, %x4; add.s64 %x4, %x4, 1; setp.ne.s64 %p1, %x4, 100; @%p1 bra.uni $loop;)",
        integers(), [](const Operands &) { return Word{4950}; });
}

TEST_F(Instructions, LocalAndGenericMemory) {
  check(R"({ .local .align 8 .b8 depot[16]; .reg .b64 %SP; .reg .b64 %SPL;
  mov.u64 %SPL, depot; cvta.local.u64 %SP, %SPL;
  st.u64 [%SP+8], %x0; st.local.u16 [%SPL], %h1; ld.local.u64 %x3, [%SPL+8];
  ld.u16 %h4, [%SP]; cvt.u64.u16 %x4, %h4; xor.b64 %x3, %x3, %x4; })",
        integers(), [](const Operands &o) { return o.a ^ (o.b & 0xffff); });
}

// Kernels

const std::string vector_loads = header + R"(
.visible .entry k(.param .u64 .ptr .align 16 k_param_0, .param .u64 k_param_1, .param .u8 k_param_2,
                  .param .align 4 .b8 k_param_3[8])
.maxntid 64, 1, 1
.minnctapersm 1
{
  .reg .b16 %rs<4>; .reg .b32 %r<9>; .reg .b64 %rd<4>; .reg .f32 %f<3>;
  ld.param.u64 %rd1, [k_param_0];
  ld.param.u64 %rd2, [k_param_1];
  ld.param.u8 %rs1, [k_param_2];
  ld.param.b32 %r8, [k_param_3+4];
  ld.global.nc.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];
  ld.global.v2.u8 {%rs2, %rs3}, [%rd1+16];
  cvt.u32.u16 %r5, %rs2;
  cvt.u32.u16 %r6, %rs3;
  cvt.u32.u16 %r7, %rs1;
  st.global.v4.b32 [%rd2], {%r4, %r3, %r2, %r1};
  st.global.v2.b32 [%rd2+16], {%r5, %r6};
  st.global.v2.b32 [%rd2+24], {%r7, %r8};
  ret;
}
)";

TEST_F(StandIn, VectorLoadsAndParameters) {
  void *f = function(vector_loads);
  Pointer in = on_device(std::vector<std::uint32_t>{1, 2, 3, 4, 0xbeef}), out = 0;
  ASSERT_EQ(allocate(&out, 32), success);
  std::uint8_t byte = 200;
  std::uint32_t pair[] = {7, 8};
  ASSERT_EQ(launch(f, {}, {&in, &out, &byte, pair}), success);
  byte = 0; // parameters are read when a kernel is launched
  EXPECT_EQ(on_host<std::uint32_t>(out, 8),
            (std::vector<std::uint32_t>{4, 3, 2, 1, 0xef, 0xbe, 200, 8}));
  EXPECT_EQ(launch(f, {1, 65}, {&in, &out, &byte, pair}), invalid_value); // .maxntid
}

// b = the transpose of a, in tiles of 16 x 16.
std::string transpose(bool with_barrier) {
  return header + R"(
.shared .align 4 .b8 tile[1024];
.visible .entry k(.param .u64 a, .param .u64 b, .param .u32 n)
{
  .reg .b32 %r<16>; .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [a];
  ld.param.u64 %rd2, [b];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, %tid.y;
  mov.u32 %r4, %ctaid.x;
  mov.u32 %r5, %ctaid.y;
  shl.b32 %r4, %r4, 4;
  shl.b32 %r5, %r5, 4;
  add.s32 %r6, %r5, %r3;
  mad.lo.s32 %r6, %r6, %r1, %r4;
  add.s32 %r6, %r6, %r2;
  mad.wide.s32 %rd3, %r6, 4, %rd1;
  ld.global.b32 %r7, [%rd3];
  mov.u32 %r8, tile;
  mad.lo.s32 %r9, %r3, 16, %r2;
  mad.lo.s32 %r9, %r9, 4, %r8;
  st.shared.b32 [%r9], %r7;
)" + (with_barrier ? "bar.sync 0;" : "") +
         R"(
  mad.lo.s32 %r9, %r2, 16, %r3;
  mad.lo.s32 %r9, %r9, 4, %r8;
  ld.shared.b32 %r7, [%r9];
  add.s32 %r6, %r4, %r3;
  mad.lo.s32 %r6, %r6, %r1, %r5;
  add.s32 %r6, %r6, %r2;
  mad.wide.s32 %rd3, %r6, 4, %rd2;
  st.global.b32 [%rd3], %r7;
  ret;
}
)";
}

TEST_F(StandIn, BarriersAndSharedMemory) {
  std::uint32_t n = 64;
  std::vector<std::uint32_t> matrix(n * n);
  for (std::uint32_t k = 0; k < n * n; ++k)
    matrix[k] = k * 2654435761u;
  Pointer a = on_device(matrix), b = 0;
  ASSERT_EQ(allocate(&b, n * n * 4), success);
  ASSERT_EQ(launch(function(transpose(true)), {4, 16, 0, 16, 4}, {&a, &b, &n}), success);
  const auto result = on_host<std::uint32_t>(b, n * n);
  for (std::uint32_t row = 0; row < n; ++row)
    for (std::uint32_t column = 0; column < n; ++column)
      ASSERT_EQ(result[row * n + column], matrix[column * n + row]);
  EXPECT_STREQ(call<const char *()>("hinge_stand_in_last_launch"),
               "k grid 4x4x1 block 16x16x1 shared 0");
  EXPECT_GT(call<unsigned long long()>("hinge_stand_in_instructions"), 25u * n * n);
}

TEST_F(StandIn, RacesInSharedMemory) {
  std::uint32_t n = 16;
  Pointer a = on_device(std::vector<std::uint32_t>(n * n)), b = 0;
  ASSERT_EQ(allocate(&b, n * n * 4), success);
  ASSERT_EQ(launch(function(transpose(false)), {1, 16, 0, 16}, {&a, &b, &n}), success);
  EXPECT_EQ(synchronize(), launch_failed);
}

// Thread t writes %value to the word at its `place` in dynamic shared memory.
std::string shared_store(const std::string &place, const std::string &value) {
  return header + R"(
.extern .shared .align 16 .b8 dynamic[];
.visible .entry k()
{
  .reg .b32 %r<4>; .reg .pred %p;
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, dynamic;
  mov.u32 %r3, )" +
         value + R"(;
)" + place +
         R"(
  st.shared.u32 [%r1], %r3;
  ret;
}
)";
}

TEST_F(StandIn, WritesOfTheSameValueAreNoRace) {
  ASSERT_EQ(launch(function(shared_store("", "5")), {2, 32, 4}, {}), success);
  EXPECT_EQ(synchronize(), success);
  ASSERT_EQ(launch(function(shared_store("", "%r0")), {2, 32, 4}, {}), success);
  EXPECT_EQ(synchronize(), launch_failed);
}

TEST_F(StandIn, SharedMemoryOutOfBounds) {
  void *f = function(shared_store("mad.lo.s32 %r1, %r0, 4, %r1;", "%r0"));
  ASSERT_EQ(launch(f, {2, 32, 128}, {}), success);
  EXPECT_EQ(synchronize(), success);
  ASSERT_EQ(launch(f, {2, 32, 127}, {}), success);
  EXPECT_EQ(synchronize(), illegal_address);
}

TEST_F(StandIn, SharedMemoryBeforeTheFirstVariable) {
  void *f = function(shared_store("sub.s32 %r1, %r1, 4;", "%r0"));
  ASSERT_EQ(launch(f, {1, 1, 128}, {}), success);
  EXPECT_EQ(synchronize(), illegal_address);
}

TEST_F(StandIn, DynamicSharedMemoryNeedsOptIn) {
  void *f = function(shared_store("", "5"));
  EXPECT_EQ(launch(f, {1, 1, 48 << 10}, {}), success);
  EXPECT_EQ(launch(f, {1, 1, (48 << 10) + 1}, {}), invalid_value);
  constexpr int max_dynamic_shared = 8;
  const auto set = [&](int size) {
    return call<int(void *, int, int)>("cuFuncSetAttribute", f, max_dynamic_shared, size);
  };
  EXPECT_EQ(set(228 << 10), invalid_value);
  EXPECT_EQ(set(100 << 10), success);
  int size = 0;
  EXPECT_EQ(call<int(int *, int, void *)>("cuFuncGetAttribute", &size, max_dynamic_shared, f),
            success);
  EXPECT_EQ(size, 100 << 10);
  EXPECT_EQ(launch(f, {1, 1, 100 << 10}, {}), success);
  EXPECT_EQ(synchronize(), success);
}

TEST_F(StandIn, SizesOfLaunches) {
  void *f = function(shared_store("", "5"));
  EXPECT_EQ(launch(f, {0, 1, 4}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 1025, 4}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 32, 4, 33}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 1, 4, 1, 65536}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 1, 4, 1, 1, 65}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 32, 4, 32}, {}), success);
  EXPECT_EQ(synchronize(), success);
}

TEST_F(StandIn, AtomicsAndGlobalVariables) {
  void *f = function(header + R"(
.global .align 4 .u32 counter = 40;
.const .align 4 .b8 table[8] = {1, 0, 0, 0, 2};
.visible .entry k(.param .u64 out)
{
  .reg .b32 %r<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [out];
  ld.const.u32 %r1, [table+4];
  mov.u64 %rd2, counter;
  atom.global.add.u32 %r2, [%rd2], %r1;
  red.global.max.u32 [%rd1], %r2;
  ret;
}
)");
  Pointer out = on_device(std::vector<std::uint32_t>{0});
  ASSERT_EQ(launch(f, {2, 16}, {&out}), success);
  EXPECT_EQ(on_host<std::uint32_t>(out, 1)[0], 40 + 31 * 2u);
}

// Errors of memory

// Stores `suffix` of a zero to the address.
std::string global_store(const std::string &suffix) {
  return header +
         ".visible .entry k(.param .u64 at)\n{\n  .reg .b64 %rd; .reg .b64 %v;\n"
         "  ld.param.u64 %rd, [at];\n  mov.u64 %v, 0;\n  st.global." +
         suffix + ";\n  ret;\n}\n";
}

int store_at(Pointer at, const std::string &suffix) {
  void *module = nullptr, *f = nullptr;
  EXPECT_EQ(load(&module, global_store(suffix)), success);
  EXPECT_EQ(get_function(&f, module, "k"), success);
  EXPECT_EQ(launch(f, {}, {&at}), success);
  return synchronize();
}

TEST_F(StandIn, LastBytesAreInBounds) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 17), success);
  EXPECT_EQ(p % 256, 0u);
  EXPECT_EQ(store_at(p + 16, "u8 [%rd], %v"), success);
  EXPECT_EQ(store_at(p, "v2.u64 [%rd], {%v, %v}"), success);
}

TEST_F(StandIn, OneByteBehind) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 17), success);
  EXPECT_EQ(store_at(p + 17, "u8 [%rd], %v"), illegal_address);
}

TEST_F(StandIn, OneByteBefore) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 17), success);
  EXPECT_EQ(store_at(p, "u8 [%rd+-1], %v"), illegal_address);
}

TEST_F(StandIn, VectorHalfBehind) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 24), success);
  EXPECT_EQ(store_at(p + 16, "v2.u64 [%rd], {%v, %v}"), illegal_address);
}

TEST_F(StandIn, MisalignedVector) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 64), success);
  EXPECT_EQ(store_at(p + 8, "v2.u64 [%rd], {%v, %v}"), misaligned_address);
}

TEST_F(StandIn, FreedMemory) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 64), success);
  ASSERT_EQ(deallocate(p), success);
  EXPECT_EQ(deallocate(p), invalid_value);
  EXPECT_EQ(store_at(p, "u64 [%rd], %v"), illegal_address);
}

TEST_F(StandIn, ErrorsAreSticky) {
  Pointer p = 0, q = 0;
  ASSERT_EQ(allocate(&p, 4), success);
  EXPECT_EQ(store_at(p, "u64 [%rd], %v"), illegal_address);
  std::uint32_t x = 0;
  EXPECT_EQ(allocate(&q, 4), illegal_address);
  EXPECT_EQ(to_host(&x, p, 4), illegal_address);
  EXPECT_EQ(deallocate(p), illegal_address);
  EXPECT_EQ(synchronize(), illegal_address);
  // Another context is none the worse.
  void *other = nullptr;
  ASSERT_EQ(call<int(void **, unsigned, int)>("cuCtxCreate_v2", &other, 0u, 0), success);
  EXPECT_EQ(allocate(&q, 4), success);
  EXPECT_EQ(call<int(void *)>("cuCtxDestroy_v2", other), success);
}

TEST_F(StandIn, HostCannotTouchDeviceMemory) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 4), success);
  EXPECT_DEATH(*reinterpret_cast<volatile char *>(static_cast<std::uintptr_t>(p)) = 1, "");
}

TEST_F(StandIn, CopiesOutOfBounds) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 16), success);
  std::uint8_t host[17] = {};
  EXPECT_EQ(to_device(p, host, 17), invalid_value);
  EXPECT_EQ(to_host(host, p + 16, 1), invalid_value);
  EXPECT_EQ(to_device(p, host, 16), success);
  EXPECT_EQ(allocate(&p, std::size_t{1} << 50), out_of_memory);
}

// Streams

const std::string increment = header + R"(
.visible .entry k(.param .u64 at)
{
  .reg .b64 %rd<2>; .reg .b32 %r;
  ld.param.u64 %rd1, [at];
  ld.global.u32 %r, [%rd1];
  add.s32 %r, %r, 1;
  st.global.u32 [%rd1], %r;
  ret;
}
)";

TEST_F(StandIn, WorkIsDeferred) {
  void *f = function(increment), *stream = nullptr, *other = nullptr;
  constexpr unsigned non_blocking = 1;
  ASSERT_EQ(create_stream(&stream, non_blocking), success);
  ASSERT_EQ(create_stream(&other, non_blocking), success);
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 4), success);
  std::uint32_t in = 41, out = 0;
  ASSERT_EQ(to_device_async(p, &in, 4, stream), success);
  in = 0; // a copy of it is what is copied
  ASSERT_EQ(launch(f, {}, {&p}, stream), success);
  ASSERT_EQ(to_host_async(&out, p, 4, stream), success);
  EXPECT_EQ(query(stream), not_ready);
  EXPECT_EQ(query(other), success);
  EXPECT_EQ(synchronize(other), success);
  EXPECT_EQ(out, 0u);
  EXPECT_EQ(synchronize(stream), success);
  EXPECT_EQ(query(stream), success);
  EXPECT_EQ(out, 42u);
}

TEST_F(StandIn, LegacyStreamWaitsForBlockingOnes) {
  void *f = function(increment), *blocking = nullptr, *not_blocking = nullptr;
  ASSERT_EQ(create_stream(&blocking, 0), success);
  ASSERT_EQ(create_stream(&not_blocking, 1), success);
  Pointer p = on_device(std::vector<std::uint32_t>{0}),
          q = on_device(std::vector<std::uint32_t>{0});
  ASSERT_EQ(launch(f, {}, {&p}, blocking), success);
  ASSERT_EQ(launch(f, {}, {&q}, not_blocking), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 1)[0], 1u);
  EXPECT_EQ(on_host<std::uint32_t>(q, 1)[0], 0u);
  ASSERT_EQ(synchronize(), success);
  EXPECT_EQ(on_host<std::uint32_t>(q, 1)[0], 1u);
}

TEST_F(StandIn, NumberedStreams) {
  void *f = function(increment);
  Pointer p = on_device(std::vector<std::uint32_t>{0});
  for (std::uintptr_t number : {0, 1, 2}) {
    void *stream = reinterpret_cast<void *>(number);
    EXPECT_EQ(launch(f, {}, {&p}, stream), success);
    EXPECT_EQ(query(stream), not_ready);
    void *context = nullptr;
    EXPECT_EQ(call<int(void *, void **)>("cuStreamGetCtx", stream, &context), success);
    EXPECT_EQ(context, context_);
  }
  EXPECT_EQ(synchronize(static_cast<void *>(nullptr)), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 1)[0], 3u);
}

TEST_F(StandIn, Events) {
  void *f = function(increment), *first = nullptr, *second = nullptr, *start = nullptr,
       *end = nullptr;
  ASSERT_EQ(create_stream(&first, 1), success);
  ASSERT_EQ(create_stream(&second, 1), success);
  for (void **event : {&start, &end})
    ASSERT_EQ(call<int(void **, unsigned)>("cuEventCreate", event, 0u), success);
  const auto record = [](void *event, void *stream) {
    return call<int(void *, void *)>("cuEventRecord", event, stream);
  };
  float milliseconds = -1;
  const auto elapsed = [&] {
    return call<int(float *, void *, void *)>("cuEventElapsedTime", &milliseconds, start, end);
  };
  Pointer p = on_device(std::vector<std::uint32_t>{0});
  std::uint32_t out = 0;
  EXPECT_EQ(elapsed(), invalid_handle);
  ASSERT_EQ(record(start, first), success);
  ASSERT_EQ(launch(f, {}, {&p}, first), success);
  ASSERT_EQ(record(end, first), success);
  EXPECT_EQ(elapsed(), not_ready);
  ASSERT_EQ(call<int(void *, void *, unsigned)>("cuStreamWaitEvent", second, end, 0u), success);
  ASSERT_EQ(to_host_async(&out, p, 4, second), success);
  ASSERT_EQ(launch(f, {}, {&p}, first), success);
  EXPECT_EQ(synchronize(second), success);
  EXPECT_EQ(out, 1u);
  EXPECT_EQ(query(first), not_ready);
  EXPECT_EQ(call<int(void *)>("cuEventSynchronize", end), success);
  EXPECT_EQ(elapsed(), success);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(call<int(void *)>("cuEventDestroy_v2", end), success);
}

TEST_F(StandIn, MemorySets) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 16), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 4), std::vector<std::uint32_t>(4, 0xffffffff)); // poison
  void *const stream = nullptr;
  EXPECT_EQ(call<int(Pointer, unsigned, std::size_t, void *)>("cuMemsetD32Async", p, 0x01020304u,
                                                              std::size_t{3}, stream),
            success);
  EXPECT_EQ(call<int(Pointer, unsigned char, std::size_t, void *)>(
                "cuMemsetD8Async", p + 1, static_cast<unsigned char>(9), std::size_t{2}, stream),
            success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 4),
            (std::vector<std::uint32_t>{0x01090904, 0x01020304, 0x01020304, 0xffffffff}));
  const auto set_rows = [&](std::size_t height) {
    return call<int(Pointer, std::size_t, unsigned char, std::size_t, std::size_t, void *)>(
        "cuMemsetD2D8Async", p + 3, std::size_t{6}, static_cast<unsigned char>(0), std::size_t{2},
        height, stream);
  };
  EXPECT_EQ(set_rows(3), invalid_value);
  EXPECT_EQ(set_rows(2), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 4),
            (std::vector<std::uint32_t>{0x00090904, 0x01020300, 0x01000004, 0xffffffff}));
}

// Contexts, modules, pointers

TEST_F(StandIn, NoCurrentContext) {
  ASSERT_EQ(set_current(nullptr), success);
  Pointer p = 0;
  EXPECT_EQ(allocate(&p, 4), invalid_context);
  EXPECT_EQ(synchronize(), invalid_context);
}

TEST_F(StandIn, HandlesOfAnotherContext) {
  void *f = function(increment), *other = nullptr, *stream = nullptr, *foreign = nullptr;
  Pointer p = on_device(std::vector<std::uint32_t>{0}), q = 0;
  ASSERT_EQ(create_stream(&stream, 0), success);
  ASSERT_EQ(call<int(void **, unsigned, int)>("cuCtxCreate_v2", &other, 0u, 0), success);
  void *current = nullptr;
  EXPECT_EQ(call<int(void **)>("cuCtxGetCurrent", &current), success);
  EXPECT_EQ(current, other);
  EXPECT_EQ(launch(f, {}, {&p}), invalid_handle);
  EXPECT_EQ(launch(function(increment), {}, {&p}, stream), invalid_handle);
  EXPECT_EQ(create_stream(&foreign, 0), success);
  EXPECT_EQ(allocate(&q, 4), success);
  EXPECT_EQ(call<int(void **)>("cuCtxPopCurrent_v2", &current), success);
  EXPECT_EQ(launch(f, {}, {&p}, foreign), invalid_handle);
  EXPECT_EQ(launch(f, {}, {&q}), success); // memory of the other context
  EXPECT_EQ(synchronize(), illegal_address);
  EXPECT_EQ(call<int(void *)>("cuCtxPushCurrent_v2", other), success);
  EXPECT_EQ(call<int(void *)>("cuCtxDestroy_v2", other), success);
  EXPECT_EQ(call<int(void *)>("cuCtxPushCurrent_v2", other), invalid_context);
}

TEST_F(StandIn, PrimaryContextIsReset) {
  unsigned long long id = 0, new_id = 0;
  unsigned flags = 0;
  int active = 0;
  const auto state = [&] {
    return call<int(int, unsigned *, int *)>("cuDevicePrimaryCtxGetState", 0, &flags, &active);
  };
  EXPECT_EQ(call<int(void *, unsigned long long *)>("cuCtxGetId", context_, &id), success);
  EXPECT_EQ(state(), success);
  EXPECT_EQ(active, 1);
  EXPECT_EQ(release(0), success);
  EXPECT_EQ(release(0), invalid_context);
  EXPECT_EQ(state(), success);
  EXPECT_EQ(active, 0);
  EXPECT_EQ(synchronize(), context_is_destroyed);
  void *again = nullptr;
  EXPECT_EQ(retain(&again, 0), success);
  EXPECT_EQ(again, context_);
  EXPECT_EQ(synchronize(), success);
  EXPECT_EQ(call<int(void *, unsigned long long *)>("cuCtxGetId", again, &new_id), success);
  EXPECT_NE(new_id, id);
}

TEST_F(StandIn, ModulesThatAreRefused) {
  void *module = nullptr;
  const std::string body = ".address_size 64\n.visible .entry k()\n{\n ret;\n}\n";
  EXPECT_EQ(load(&module, ".version 6.0\n.target sm_70\n" + body), success);
  EXPECT_EQ(load(&module, ".version 8.7\n.target sm_100\n" + body), no_binary_for_gpu);
  EXPECT_EQ(load(&module, ".version 9.1\n.target sm_70\n" + body), unsupported_ptx_version);
  EXPECT_EQ(load(&module, body), invalid_ptx);
  char log[200] = "";
  const int options[] = {5, 6};
  void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
  const std::string unknown =
      header + ".visible .entry k()\n{\n .reg .b32 %r<2>;\n frobnicate.b32 %r0, %r1;\n ret;\n}\n";
  const auto load_with_options = [&] {
    return call<int(void **, const void *, unsigned, const int *, void **)>(
        "cuModuleLoadDataEx", &module, static_cast<const void *>(unknown.c_str()), 2u,
        static_cast<const int *>(options), static_cast<void **>(values));
  };
  EXPECT_EQ(load_with_options(), invalid_ptx);
  EXPECT_NE(std::string(log).find("frobnicate.b32 %r0, %r1"), std::string::npos) << log;
}

TEST_F(StandIn, Pointers) {
  Pointer p = 0, base = 0;
  ASSERT_EQ(allocate(&p, 100), success);
  std::size_t size = 0;
  EXPECT_EQ(
      call<int(Pointer *, std::size_t *, Pointer)>("cuMemGetAddressRange_v2", &base, &size, p + 50),
      success);
  EXPECT_EQ(base, p);
  EXPECT_EQ(size, 100u);
  const auto attribute = [](void *data, int which, Pointer of) {
    return call<int(void *, int, Pointer)>("cuPointerGetAttribute", data, which, of);
  };
  unsigned type = 0;
  void *context = nullptr;
  EXPECT_EQ(attribute(&type, 2, p + 99), success);
  EXPECT_EQ(type, 2u);
  EXPECT_EQ(attribute(&context, 1, p), success);
  EXPECT_EQ(context, context_);
  EXPECT_EQ(attribute(&type, 2, reinterpret_cast<std::uintptr_t>(&type)), invalid_value);
  void *pinned = nullptr;
  EXPECT_EQ(
      call<int(void **, std::size_t, unsigned)>("cuMemHostAlloc", &pinned, std::size_t{8}, 0u),
      success);
  EXPECT_EQ(attribute(&type, 2, reinterpret_cast<std::uintptr_t>(pinned)), success);
  EXPECT_EQ(type, 1u);
  int which[] = {2, 9};
  int ordinal = -1;
  void *data[] = {&type, &ordinal};
  EXPECT_EQ(call<int(unsigned, int *, void **, Pointer)>("cuPointerGetAttributes", 2u, +which,
                                                         +data, Pointer{4096}),
            success);
  EXPECT_EQ(type, 0u);
  EXPECT_EQ(ordinal, 0);
  EXPECT_EQ(call<int(void *)>("cuMemFreeHost", pinned), success);
}

TEST_F(StandIn, FailuresAndCounts) {
  const auto calls = [] {
    return call<unsigned long long(const char *)>("hinge_stand_in_calls", "cuMemAlloc_v2");
  };
  const auto before = calls();
  call<void(const char *, int, int)>("hinge_stand_in_fail", "cuMemAlloc_v2", out_of_memory, 1);
  Pointer p = 0;
  EXPECT_EQ(allocate(&p, 4), success);
  EXPECT_EQ(allocate(&p, 4), out_of_memory);
  EXPECT_EQ(allocate(&p, 4), success);
  EXPECT_EQ(calls() - before, 3u);
  const char *name = nullptr;
  EXPECT_EQ(call<int(int, const char **)>("cuGetErrorName", illegal_address, &name), success);
  EXPECT_STREQ(name, "CUDA_ERROR_ILLEGAL_ADDRESS");
}

// In a process of its own, which reads the environment anew.
template <class F>
void in_environment(const char *name, const char *setting, F f) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv(name, setting, 1);
        f();
        std::exit(testing::Test::HasFailure());
      },
      testing::ExitedWithCode(0), "");
}

TEST(Environment, Devices) {
  in_environment("HINGE_STAND_IN_DEVICES", "0", [] { EXPECT_EQ(init(), no_device); });
  in_environment("HINGE_STAND_IN_DEVICES", "2", [] {
    int count = 0;
    EXPECT_EQ(call<int(int *)>("cuDeviceGetCount", &count), not_initialized);
    EXPECT_EQ(init(), success);
    EXPECT_EQ(call<int(int *)>("cuDeviceGetCount", &count), success);
    EXPECT_EQ(count, 2);
    void *first = nullptr, *second = nullptr;
    EXPECT_EQ(retain(&first, 0), success);
    EXPECT_EQ(retain(&second, 1), success);
    EXPECT_NE(first, second);
  });
}

TEST(Environment, Capability) {
  in_environment("HINGE_STAND_IN_CAPABILITY", "70", [] {
    EXPECT_EQ(init(), success);
    int major = 0;
    EXPECT_EQ(call<int(int *, int, int)>("cuDeviceGetAttribute", &major, 75, 0), success);
    EXPECT_EQ(major, 7);
    void *context = nullptr, *module = nullptr;
    EXPECT_EQ(retain(&context, 0), success);
    EXPECT_EQ(set_current(context), success);
    EXPECT_EQ(load(&module, ".version 6.3\n.target sm_75\n.address_size 64\n"), no_binary_for_gpu);
  });
}

TEST(Environment, DriverVersion) {
  in_environment("HINGE_STAND_IN_DRIVER", "10000", [] {
    EXPECT_EQ(init(), success);
    int version = 0;
    EXPECT_EQ(call<int(int *)>("cuDriverGetVersion", &version), success);
    EXPECT_EQ(version, 10000);
    void *context = nullptr, *module = nullptr;
    EXPECT_EQ(retain(&context, 0), success);
    EXPECT_EQ(set_current(context), success);
    const std::string rest = "\n.target sm_70\n.address_size 64\n";
    EXPECT_EQ(load(&module, ".version 6.3" + rest), success);
    EXPECT_EQ(load(&module, ".version 6.4" + rest), unsupported_ptx_version);
  });
}

TEST(Environment, Multiprocessors) {
  in_environment("HINGE_STAND_IN_SMS", "7", [] {
    EXPECT_EQ(init(), success);
    int count = 0;
    EXPECT_EQ(call<int(int *, int, int)>("cuDeviceGetAttribute", &count, 16, 0), success);
    EXPECT_EQ(count, 7);
  });
}

} // namespace
