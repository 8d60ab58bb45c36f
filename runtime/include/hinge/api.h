/* How other libraries and programs see Hinge's functions.
 *
 * A static Hinge shows nothing: what it is linked into keeps its functions for itself. So two
 * plug-ins in a process may each have a Hinge of their own. A shared Hinge, whose users define
 * HINGE_SHARED, shows the functions that its headers declare with HINGE_API. */
#ifndef HINGE_API_H
#define HINGE_API_H

#if !defined(HINGE_SHARED)
#define HINGE_API
#elif defined(_WIN32) && defined(HINGE_EXPORTS)
#define HINGE_API __declspec(dllexport)
#elif defined(_WIN32)
#define HINGE_API __declspec(dllimport)
#else
#define HINGE_API __attribute__((visibility("default")))
#endif

/* The functions of C++ headers become part of what includes them. Another plug-in's, of the same
 * name, do not replace them. An exception is visible, so that it is caught by its type anywhere. */
#if defined(__ELF__) || defined(__MACH__)
#define HINGE_INLINE __attribute__((visibility("hidden"))) inline
#define HINGE_VISIBLE __attribute__((visibility("default")))
#else
#define HINGE_INLINE inline
#define HINGE_VISIBLE
#endif

/* The arguments of a function that prints like printf. The functions of MinGW replace those of
 * Windows, which read %zu otherwise. */
#if defined(__MINGW32__) && !defined(__clang__)
#define HINGE_FORMAT(text, first) __attribute__((format(gnu_printf, text, first)))
#elif defined(__GNUC__) || defined(__clang__)
#define HINGE_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define HINGE_FORMAT(text, first)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define HINGE_ALWAYS_INLINE __attribute__((always_inline)) inline
#define HINGE_NOINLINE __attribute__((noinline))
#define HINGE_COLD __attribute__((cold))
#define HINGE_LIKELY(condition) __builtin_expect(condition, 1)
#elif defined(_MSC_VER)
#define HINGE_ALWAYS_INLINE __forceinline
#define HINGE_NOINLINE __declspec(noinline)
#define HINGE_COLD
#define HINGE_LIKELY(condition) (condition)
#else
#define HINGE_ALWAYS_INLINE inline
#define HINGE_NOINLINE
#define HINGE_COLD
#define HINGE_LIKELY(condition) (condition)
#endif

#endif /* HINGE_API_H */
