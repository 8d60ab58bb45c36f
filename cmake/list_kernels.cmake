# What a build with a profile would generate, as JSON, without building anything:
#   cmake -DHINGE_PROFILE=<as for a build> -DHINGE_OUTPUT=<file> -P cmake/list_kernels.cmake
# {"targets": {name: {key: value}}, "kernels": {symbol: arguments of the generators}, "kernels_inc": text,
#  "activations_inc": text}
# A profile that a build would refuse is refused in the same words.
cmake_minimum_required(VERSION 3.28)
set(HINGE_HALIDE_OS linux)
include(${CMAKE_CURRENT_LIST_DIR}/HingeKernels.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../generators/kernels.cmake)
hinge_check_profiles()

set(json "{\"targets\": {}, \"kernels\": {}}")
foreach(target IN LISTS HINGE_TARGETS)
  string(JSON json SET "${json}" targets ${target} "{\"profile\": \"${${target}.profile}\"}")
  set(keys registers lanes elementwise.unroll linear.panel linear.group ${${target}.panels})
  list(TRANSFORM keys REPLACE "^([0-9])$" "linear.rows.\\1")
  foreach(key IN LISTS keys)
    string(JSON json SET "${json}" targets ${target} ${key} ${${target}.${key}})
  endforeach()
endforeach()
foreach(symbol IN LISTS HINGE_KERNEL_SYMBOLS)
  list(JOIN HINGE_KERNEL_ARGS_${symbol} " " arguments)
  string(JSON json SET "${json}" kernels ${symbol} "\"${arguments}\"")
endforeach()
foreach(list IN ITEMS activations kernels)
  string(TOUPPER HINGE_${list}_INC text)
  string(REPLACE "\\" "\\\\" text "${${text}}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n" text "${text}")
  string(JSON json SET "${json}" ${list}_inc "\"${text}\"")
endforeach()
if(HINGE_OUTPUT)
  file(WRITE "${HINGE_OUTPUT}" "${json}\n")
endif()
