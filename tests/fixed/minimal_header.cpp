// The C++ header of a MINIMAL layer compiles without exceptions and RTTI.
#include "tiny.hpp"

#include <type_traits>

using TinyCall = hinge_status(hinge::Matrix<const float, hinge::any, 10>, const app::tiny_weights &,
                              hinge::Vector<const float, 20>,
                              hinge::Matrix<float, hinge::any, 20>) noexcept;
static_assert(std::is_same_v<decltype(app::tiny), TinyCall>);
