// _hinge_check_compiler() compiles this, because only the compiler knows what it makes code for. The error has what
// CMake calls that processor.
#if (defined(__x86_64__) && !defined(__ILP32__)) || defined(_M_X64)
#error makes code for [x86_64|amd64|AMD64]
#elif (defined(__aarch64__) && !defined(__ILP32__)) || defined(_M_ARM64)
#error makes code for [aarch64|arm64|ARM64]
#else
#error makes code for [neither]
#endif
