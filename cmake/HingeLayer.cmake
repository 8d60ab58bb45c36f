# What hinge_add_linear and hinge_add_activation share. They are functions; these are macros, and see and set
# their variables: `name` and arg_<keyword> of the call, and what is said below.
include_guard()
include("${CMAKE_CURRENT_LIST_DIR}/HingeRecord.cmake")

# _hinge_layer_begin(<command> <keywords with a value> <options>): checks what both calls have. Sets
# `where`, which messages begin with; HINGE_TARGETS, those that the call asks for, with their profiles;
# `c_name`, which C names begin with; `flags`, what templates ask; `record`, what the library says of
# itself, <key>=<value>...
macro(_hinge_layer_begin command one_value options)
  set(where "${command}(${name})")
  if(arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " unknown)
    set(known ${one_value} TARGETS PROFILE ${options})
    list(JOIN known " " known)
    message(FATAL_ERROR "${where}: \"${unknown}\" is unknown; known are: ${known}")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${where}: ${arg_KEYWORDS_MISSING_VALUES} has no value")
  endif()
  if(NOT name MATCHES "^[A-Za-z][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${where}: expected a name that C allows")
  endif()
  if(DEFINED arg_NAMESPACE AND NOT arg_NAMESPACE MATCHES "^[A-Za-z][A-Za-z0-9_]*(::[A-Za-z][A-Za-z0-9_]*)*$")
    message(FATAL_ERROR "${where}: NAMESPACE is \"${arg_NAMESPACE}\": expected one that C++ allows, e.g. app or app::layers")
  endif()

  # The list of targets and their profiles, for this layer.
  if(DEFINED arg_PROFILE)
    set(HINGE_PROFILE ${arg_PROFILE})
  endif()
  set(HINGE_CHECKED_KERNELS OFF) # the call does not describe the buffers, of which it knows all
  include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/HingeKernels.cmake")
  include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../generators/kernels.cmake")
  hinge_check_profiles()
  foreach(target IN LISTS arg_TARGETS)
    if(NOT target IN_LIST HINGE_ALL_TARGETS)
      list(JOIN HINGE_ALL_TARGETS " " HINGE_ALL_TARGETS)
      message(FATAL_ERROR "${where}: TARGETS has \"${target}\": expected some of: ${HINGE_ALL_TARGETS}")
    endif()
  endforeach()
  if(arg_TARGETS) # in the order of the list, worst first; those of other architectures are for other builds
    set(unwanted ${HINGE_TARGETS})
    list(REMOVE_ITEM unwanted ${arg_TARGETS})
    if(unwanted STREQUAL HINGE_TARGETS)
      list(JOIN HINGE_TARGETS " " HINGE_TARGETS)
      message(FATAL_ERROR "${where}: TARGETS has none for ${HINGE_HALIDE_SYSTEM}: expected some of: ${HINGE_TARGETS}")
    endif()
    list(REMOVE_ITEM HINGE_TARGETS ${unwanted} "")
  endif()

  set(c_name "${name}")
  set(record layer=${name})
  set(NAMESPACE FALSE)
  if(DEFINED arg_NAMESPACE)
    set(NAMESPACE TRUE)
    string(REPLACE "::" "_" c_name "${arg_NAMESPACE}_${name}")
    set(record layer=${arg_NAMESPACE}::${name})
  endif()
  string(TOUPPER "${c_name}_H" guard)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.layer")
  set(flags NAMESPACE)
  set(objects "")
  set(target_lines "")
  set(record_kernels "")
endmacro()

# _hinge_layer_check_size(<keyword> <largest> [any]): arg_<keyword> is a number, or `any`.
function(_hinge_layer_check_size keyword largest)
  set(value "${arg_${keyword}}")
  if(value STREQUAL "")
    message(FATAL_ERROR "${where}: ${keyword} is missing")
  endif()
  if(NOT value IN_LIST ARGN AND (NOT value MATCHES "^[1-9][0-9]*$" OR value GREATER largest))
    list(TRANSFORM ARGN PREPEND ", or " OUTPUT_VARIABLE or)
    message(FATAL_ERROR "${where}: ${keyword} is \"${value}\": expected 1 to ${largest}${or}")
  endif()
endfunction()

# _hinge_layer_check_activation(<allowed>...)
function(_hinge_layer_check_activation)
  if(NOT arg_ACTIVATION IN_LIST ARGN)
    list(JOIN ARGN " " allowed)
    message(FATAL_ERROR "${where}: ACTIVATION is \"${arg_ACTIVATION}\": expected one of: ${allowed}")
  endif()
endfunction()

# _hinge_layer_kernel(<symbol> <target> <generator> <parameter>=<value>...): an object, into `objects` and the
# record
macro(_hinge_layer_kernel symbol target generator)
  add_custom_command(
    OUTPUT "${folder}/${symbol}.o"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}"
    COMMAND hinge::generators -g ${generator} -f ${symbol} -e object -o "${folder}"
            target=${HINGE_HALIDE_TARGET_${target}} ${ARGN}
    DEPENDS hinge::generators
    COMMENT "Generating ${symbol}"
    VERBATIM)
  list(APPEND objects "${folder}/${symbol}.o")
  set(own ${ARGN})
  # Of the register tile and the loop; the rest is the layer's, and `rows` of an element-wise kernel too.
  if("${generator}" MATCHES "^linear")
    list(FILTER own INCLUDE REGEX "^(lanes|vectors|rows)=")
  else()
    list(FILTER own INCLUDE REGEX "^(lanes|unroll)=")
  endif()
  hinge_json(json kernel=${symbol} ${own})
  list(APPEND record_kernels "${json}")
endmacro()

# The template's text, where `@if <flag>@ ... [@else <flag>@ ...] @end <flag>@` leaves the part for what
# the flag is, and @variable@ its value. A line with nothing but one of these three goes altogether.
function(_hinge_layer_configure template file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${template}")
  file(READ "${template}" text)
  foreach(flag IN LISTS flags)
    foreach(mark IN ITEMS if else end)
      string(REPLACE "@${mark} ${flag}@\n" "@${mark} ${flag}@" text "${text}")
    endforeach()
    while(TRUE)
      string(FIND "${text}" "@if ${flag}@" begin)
      if(begin EQUAL -1)
        break()
      endif()
      string(SUBSTRING "${text}" 0 ${begin} before)
      string(SUBSTRING "${text}" ${begin} -1 text)
      string(FIND "${text}" "@end ${flag}@" end)
      string(SUBSTRING "${text}" 0 ${end} part)
      string(SUBSTRING "${text}" ${end} -1 after)
      string(REPLACE "@if ${flag}@" "" part "${part}")
      string(FIND "${part}" "@else ${flag}@" else)
      if(${flag})
        string(SUBSTRING "${part}" 0 ${else} part)
      elseif(else EQUAL -1)
        set(part "")
      else()
        string(SUBSTRING "${part}" ${else} -1 part)
        string(REPLACE "@else ${flag}@" "" part "${part}")
      endif()
      string(LENGTH "@end ${flag}@" length)
      string(SUBSTRING "${after}" ${length} -1 after)
      set(text "${before}${part}${after}")
    endwhile()
  endforeach()
  file(CONFIGURE OUTPUT "${file}" CONTENT "${text}" @ONLY)
endfunction()

# _hinge_layer_library(<kind>): the library, of layer/<kind>.{h,hpp,cpp}.in and `objects`
macro(_hinge_layer_library kind)
  list(JOIN HINGE_TARGETS ", " target_names)
  hinge_record(record ${record})
  foreach(extension IN ITEMS h hpp cpp)
    _hinge_layer_configure("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/layer/${kind}.${extension}.in"
      "${folder}/${name}.${extension}")
  endforeach()
  add_library(${name} STATIC "${folder}/${name}.cpp" ${objects})
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON LINKER_LANGUAGE CXX)
  target_compile_features(${name} PUBLIC cxx_std_17)
  target_include_directories(${name} PUBLIC "${folder}" PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/layer")
  target_link_libraries(${name} PUBLIC hinge::runtime PRIVATE hinge::halide_header)
endmacro()
