# hinge_activations(), hinge_target(), hinge_kernel(): what the list in generators/kernels.cmake and the
# profiles make. Results: HINGE_KERNEL_SYMBOLS and for each of them HINGE_KERNEL_ARGS_<symbol>, the
# generators' arguments; HINGE_ACTIVATIONS_INC and HINGE_KERNELS_INC, the texts of activations.inc and
# kernels.inc. hinge_generate_kernels() makes objects of them in a build; cmake/list_kernels.cmake
# prints them without one.

# No include_guard: each includer gets lists of its own.
include(${CMAKE_CURRENT_LIST_DIR}/HingeSystem.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/HingeProfile.cmake)

set(HINGE_ACTIVATIONS "")
set(HINGE_TARGETS "")
set(HINGE_ALL_TARGETS "")
set(HINGE_KERNEL_SYMBOLS "")
set(HINGE_ACTIVATIONS_INC "")
set(HINGE_KERNELS_INC "")

# Kernels need no runtime of Halide's: they allocate nothing, start no thread and, unless checked,
# report nothing.
if(HINGE_CHECKED_KERNELS)
  set(HINGE_HALIDE_FLAVOUR no_runtime)
else()
  set(HINGE_HALIDE_FLAVOUR no_runtime-no_asserts-no_bounds_query)
endif()
if(HINGE_SANITIZE)
  string(APPEND HINGE_HALIDE_FLAVOUR "-asan")
endif()

hinge_choose_profiles()

# hinge_activations(<name>...): in the order of the enumerators of hinge_activation
macro(hinge_activations)
  foreach(activation IN ITEMS ${ARGN})
    list(APPEND HINGE_ACTIVATIONS ${activation})
    string(TOUPPER ${activation} _a_enumerator)
    string(APPEND HINGE_ACTIVATIONS_INC "HINGE_ACTIVATION(${activation}, ${_a_enumerator})\n")
  endforeach()
endmacro()

# hinge_target(<name> ARCH x86|arm REGISTERS <vector registers> [HALIDE <feature>...] REQUIRES <cpu feature>...)
# Of another architecture than HINGE_ARCH it gives its name to HINGE_ALL_TARGETS and nothing else.
macro(hinge_target name)
  cmake_parse_arguments(_t "" "ARCH;REGISTERS" "HALIDE;REQUIRES" ${ARGN})
  list(APPEND HINGE_ALL_TARGETS ${name})
  if(_t_ARCH STREQUAL HINGE_ARCH)
    _hinge_target(${name})
  endif()
endmacro()

macro(_hinge_target name)
  hinge_read_profile(${name} ${_t_REGISTERS})
  set(${name}.registers ${_t_REGISTERS})
  list(APPEND HINGE_TARGETS ${name})
  list(JOIN _t_HALIDE "-" _t_halide)
  string(JOIN "-" HINGE_HALIDE_TARGET_${name} ${HINGE_HALIDE_SYSTEM} ${_t_halide} ${HINGE_HALIDE_FLAVOUR})

  list(TRANSFORM _t_REQUIRES PREPEND "HINGE_CPU_" OUTPUT_VARIABLE _t_mask)
  list(JOIN _t_mask " | " _t_mask)
  list(JOIN _t_REQUIRES " " _t_names)
  set(HINGE_REQUIRES_${name} "${_t_names}")
  string(APPEND HINGE_KERNELS_INC
    "HINGE_TARGET(${name}, (${_t_mask}), \"${_t_names}\", ${${name}.lanes}, ${${name}.linear.panel}, ${${name}.linear.group}, \"${${name}.profile}\")\n")
  foreach(vectors IN LISTS ${name}.panels)
    string(APPEND HINGE_KERNELS_INC "HINGE_TILE(${name}, ${vectors}, ${${name}.linear.rows.${vectors}}, ${${name}.linear.backward.rows.${vectors}})\n")
  endforeach()
  foreach(vectors IN LISTS ${name}.half_panels)
    string(APPEND HINGE_KERNELS_INC "HINGE_HALF_TILE(${name}, ${vectors}, ${${name}.linear.half.rows.${vectors}})\n")
  endforeach()
endmacro()

# hinge_kernel(<operator> [ACTIVATIONS <activation>...] [PANELS | FULL_PANELS | REST_PANELS | HALF_PANELS])
macro(hinge_kernel operator)
  cmake_parse_arguments(_k "PANELS;FULL_PANELS;REST_PANELS;HALF_PANELS" "" "ACTIVATIONS" ${ARGN})
  foreach(activation IN LISTS _k_ACTIVATIONS)
    if(NOT activation IN_LIST HINGE_ACTIVATIONS)
      message(FATAL_ERROR "hinge_kernel(${operator}): activation \"${activation}\" is unknown; known are: ${HINGE_ACTIVATIONS}")
    endif()
  endforeach()
  if(NOT _k_ACTIVATIONS)
    set(_k_ACTIVATIONS "-")
  endif()
  foreach(target IN LISTS HINGE_TARGETS)
    set(_k_panels "-")
    if(_k_PANELS)
      set(_k_panels ${${target}.panels})
    elseif(_k_FULL_PANELS)
      set(_k_panels ${${target}.linear.panel})
    elseif(_k_REST_PANELS)
      # Wider ones have no register left for the mask.
      foreach(vectors RANGE 1 ${${target}.linear.panel})
        list(APPEND _k_rest_panels ${vectors})
      endforeach()
      set(_k_panels ${_k_rest_panels})
      unset(_k_rest_panels)
    elseif(_k_HALF_PANELS)
      set(_k_panels ${${target}.half_panels})
    endif()
    foreach(activation IN LISTS _k_ACTIVATIONS)
      foreach(vectors IN LISTS _k_panels)
        _hinge_generate(${operator} ${target} ${activation} ${vectors})
      endforeach()
    endforeach()
  endforeach()
endmacro()

# One kernel and one line of kernels.inc. `-` stands for "does not apply", in which case the line has
# the activation none or 0 vectors.
macro(_hinge_generate operator target activation vectors)
  set(_g_symbol hinge_${operator})
  set(_g_activation none)
  set(_g_vectors 0)
  set(_g_lanes ${${target}.lanes})
  if("${operator}" MATCHES "_half$")
    math(EXPR _g_lanes "${_g_lanes} / 2")
  endif()
  set(_g_params lanes=${_g_lanes})
  if(NOT "${activation}" STREQUAL "-")
    set(_g_activation ${activation})
    string(APPEND _g_symbol "_${activation}")
    list(APPEND _g_params activation=${activation})
  endif()
  if(NOT "${vectors}" STREQUAL "-")
    set(_g_vectors ${vectors})
    string(APPEND _g_symbol "_${vectors}v")
    list(APPEND _g_params vectors=${vectors})
  endif()
  # Operators on half vectors are the generators of whole ones, for half as many lanes; those for
  # what is left over are the same ones for one panel.
  string(REGEX REPLACE "_(half|rest)$" "" _g_generator ${operator})
  # The runtime gives what is left over after full panels to one panel of another width.
  if("${operator}" STREQUAL "linear_half")
    list(APPEND _g_params rows=${${target}.linear.half.rows.${vectors}} one_panel=true)
  elseif("${operator}" STREQUAL "linear" AND "${vectors}" EQUAL "${${target}.linear.panel}")
    list(APPEND _g_params rows=${${target}.linear.rows.${vectors}} group=${${target}.linear.group})
  elseif("${operator}" STREQUAL "linear")
    list(APPEND _g_params rows=${${target}.linear.rows.${vectors}} one_panel=true)
  elseif("${operator}" STREQUAL "linear_backward")
    list(APPEND _g_params rows=${${target}.linear.backward.rows.${vectors}})
  elseif("${operator}" STREQUAL "linear_backward_rest")
    list(APPEND _g_params rows=${${target}.linear.backward.rows.${vectors}} one_panel=true)
  elseif("${_g_generator}" MATCHES "^activation(_backward)?(_inplace)?$")
    list(APPEND _g_params unroll=${${target}.elementwise.unroll})
  endif()
  string(APPEND _g_symbol "_${target}")
  list(APPEND HINGE_KERNEL_SYMBOLS ${_g_symbol})
  set(HINGE_KERNEL_ARGS_${_g_symbol} -g ${_g_generator} -f ${_g_symbol} -e object
      target=${HINGE_HALIDE_TARGET_${target}} ${_g_params})
  string(APPEND HINGE_KERNELS_INC
    "HINGE_KERNEL(${operator}, ${target}, ${_g_activation}, ${_g_vectors}, ${_g_symbol})\n")
endmacro()

# An object for each kernel; their paths into <out>.
function(hinge_generate_kernels out)
  set(folder "${PROJECT_BINARY_DIR}/kernels")
  set(objects "")
  foreach(symbol IN LISTS HINGE_KERNEL_SYMBOLS)
    add_custom_command(
      OUTPUT "${folder}/${symbol}.o"
      COMMAND hinge::generators ${HINGE_KERNEL_ARGS_${symbol}} -o "${folder}"
      DEPENDS hinge::generators
      COMMENT "Generating ${symbol}"
      VERBATIM)
    list(APPEND objects "${folder}/${symbol}.o")
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()
