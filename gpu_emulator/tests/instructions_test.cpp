// Every instruction on values where it may go wrong, compared with C++ on the host. Each thread has
// three values of 64 bits in %x0, %x1 and %x2. Their low bits are in %r, %h (16 bits), %f and %g
// (f64). It computes %x3.
#include "emulator.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

namespace {

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
// These compute %x3 from results of other types.
const std::string from_h = " cvt.u64.u16 %x3, %h3;", from_r = " cvt.u64.u32 %x3, %r3;",
                  from_f = " mov.b32 %r3, %f3; cvt.u64.u32 %x3, %r3;",
                  from_g = " mov.b64 %x3, %g3;", from_p = " selp.u64 %x3, 1, 0, %p0;";

class Instructions : public Emulator {
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

/// Checks every rounding, with and without subnormal numbers.
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
  // a * b is 1 + 2^-11 + 2^-24. Its last bit decides the rounding of the sum.
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
  check("selp.f32 %f3, %f0, %f1, %p0;" + from_f, {{0xff812345, 0, 0}}, [](const Operands &) {
    return Word{0xff812345};
  }); // select by a predicate that was never written
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

} // namespace
