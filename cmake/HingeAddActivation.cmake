# hinge_add_activation(<name> ACTIVATION relu|relu6
#                      [SIZE <elements> | SIZE any]  default: any
#                      [INPLACE]                     y where x was, and dx where dy was
#                      [MASK]                        the forward writes a bit mask too
#                      [BACKWARD]                    the gradient as well, from the mask if there is one, else from y
#                      [TARGETS <target>...]         default: all; which runs is decided when the program does
#                      [PROFILE <profile>...]        default: HINGE_PROFILE; names, paths or native
#                      [NAMESPACE <namespace>])
#
# A static library <name> with one activation and its headers <name>.hpp (C++17, the size is a type) and
# <name>.h (C). See docs/your-shapes.md.
include_guard()
include("${CMAKE_CURRENT_LIST_DIR}/HingeLayer.cmake")

function(hinge_add_activation name)
  set(one_value ACTIVATION SIZE NAMESPACE)
  set(options INPLACE MASK BACKWARD)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one_value}" "TARGETS;PROFILE")
  _hinge_layer_begin(hinge_add_activation "${one_value}" "${options}")
  if(NOT DEFINED arg_SIZE)
    set(arg_SIZE any)
  endif()
  list(REMOVE_ITEM HINGE_ACTIVATIONS none)
  _hinge_layer_check_activation(${HINGE_ACTIVATIONS})
  _hinge_layer_check_size(SIZE 1073741824 any) # kernels index with 32 bits

  # What the templates ask, and the words for it.
  list(APPEND flags ANY_SIZE INPLACE MASK BACKWARD)
  foreach(option IN LISTS options)
    set(${option} ${arg_${option}})
  endforeach()
  list(APPEND record activation=${arg_ACTIVATION} size=${arg_SIZE} inplace=${INPLACE} mask=${MASK}
    backward=${BACKWARD})
  set(about "${arg_ACTIVATION}")
  if(arg_SIZE STREQUAL "any")
    set(ANY_SIZE TRUE)
    set(shape rows=1)
    set(size size) # in the text of C,
    set(count hinge::any) # and of C++
    set(mask_bytes "(size + 7) / 8")
    set(mask_count hinge::any)
  else()
    set(ANY_SIZE FALSE)
    set(shape rows=1 cols=${arg_SIZE})
    string(APPEND about " of ${arg_SIZE} elements")
    set(size ${arg_SIZE})
    set(count ${arg_SIZE})
    math(EXPR mask_bytes "(${arg_SIZE} + 7) / 8")
    set(mask_count ${mask_bytes})
  endif()
  set(inplace "")
  if(INPLACE)
    string(APPEND about ", in place")
    set(inplace _inplace)
  endif()

  foreach(target IN LISTS HINGE_TARGETS)
    set(parameters lanes=${${target}.lanes} ${shape})
    set(forward activation=${arg_ACTIVATION} unroll=${${target}.elementwise.unroll})
    _hinge_layer_kernel(${c_name}_activation_${target} ${target} activation${inplace} ${parameters} ${forward})
    if(MASK)
      _hinge_layer_kernel(${c_name}_mask_${target} ${target} activation_mask
        ${parameters} activation=${arg_ACTIVATION})
    endif()
    if(BACKWARD AND MASK)
      _hinge_layer_kernel(${c_name}_backward_${target} ${target} activation_backward_mask${inplace} ${parameters})
    elseif(BACKWARD)
      _hinge_layer_kernel(${c_name}_backward_${target} ${target} activation_backward${inplace} ${parameters} ${forward})
    endif()
    string(APPEND target_lines " \\\n  TARGET(${target}, \"${HINGE_REQUIRES_${target}}\")")
  endforeach()
  _hinge_layer_library(activation)
endfunction()
