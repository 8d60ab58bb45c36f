// What no_exceptions.cpp, which is compiled without exceptions and RTTI, tells the tests.
#pragma once

#include <string>
#include <vector>

/// Calls every function of the C++ interface, rightly and wrongly. Returns what is not as expected.
std::vector<std::string> call_without_exceptions();
