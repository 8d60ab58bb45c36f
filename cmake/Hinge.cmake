# hinge_add_linear(<name> IN <in_features> OUT <out_features>
#                  [BATCH <rows> | BATCH any]    default: any
#                  [ACTIVATION none|relu|relu6]  default: none
#                  [NO_BIAS]
#                  [MASK]                        the forward writes a bit mask of the activation too
#                  [BACKWARD]                    the gradients as well, from the mask if there is one, else from y
#                  [MINIMAL]                     one target, for a program that has nothing but C's memory functions
#                  [TARGETS <target>...]         default: all; the program chooses when it runs. Those of another
#                                                architecture are left out
#                  [PROFILE <profile>...]        default: HINGE_PROFILE; names, paths or native
#                  [NAMESPACE <namespace>])
# hinge_add_activation(<name> ACTIVATION relu|relu6
#                      [SIZE <elements> | SIZE any]  default: any
#                      [INPLACE]                     y replaces x, and dx replaces dy
#                      [MASK] [BACKWARD] [TARGETS <target>...] [PROFILE <profile>...] [NAMESPACE <namespace>])
#
# Makes a static library <name> with one Linear layer or one activation, and its headers <name>.hpp (C++17, sizes are
# types) and <name>.h (C). The compiler of its kernels knows its sizes. See docs/your-shapes.md.
#
# These functions know files and commands. hingec knows the keywords, and the configuration stops if it refuses one.

cmake_policy(VERSION 3.28) # a function has the policies of its file, whatever the project's are

function(hinge_add_linear name)
  _hinge_add_layer(linear ${name} ${ARGN})
endfunction()

function(hinge_add_activation name)
  _hinge_add_layer(activation ${name} ${ARGN})
endfunction()

# The processor that this build is for, as CMake calls it.
function(_hinge_processor out)
  set(processor "${CMAKE_SYSTEM_PROCESSOR}")
  if(CMAKE_SYSTEM_NAME STREQUAL "Darwin" AND CMAKE_OSX_ARCHITECTURES)
    string(REPLACE ";" "\\;" processor "${CMAKE_OSX_ARCHITECTURES}")
  endif()
  set(${out} "${processor}" PARENT_SCOPE)
endfunction()

# Stops unless the compiler with its flags makes code for that processor. Without a toolchain file CMake asks the
# system, even if CXX is a cross compiler.
function(_hinge_check_compiler)
  _hinge_processor(processor)
  try_compile(compiled SOURCES "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/architecture.cpp" NO_CACHE OUTPUT_VARIABLE output)
  string(REGEX MATCH "makes code for .([A-Za-z0-9_|]+)" found "${output}")
  set(names "${CMAKE_MATCH_1}")
  if(found AND NOT processor MATCHES "^(${names}|.*;.*)$")
    string(REGEX REPLACE "[|].*" "" made "${names}")
    message(FATAL_ERROR "Hinge has kernels for x86-64 and arm-64, with pointers of 64 bits. "
      "CMAKE_CXX_COMPILER \"${CMAKE_CXX_COMPILER}\" with CMAKE_CXX_FLAGS \"${CMAKE_CXX_FLAGS}\" makes code for "
      "${made}, and CMAKE_SYSTEM_PROCESSOR is \"${processor}\": expected the same. "
      "To cross-compile, set CMAKE_TOOLCHAIN_FILE to a file that sets CMAKE_SYSTEM_NAME and CMAKE_SYSTEM_PROCESSOR.")
  endif()
endfunction()

# The options of hingec that say what this build is for.
function(_hinge_options out)
  get_property(targets GLOBAL PROPERTY HINGE_TARGETS_FOLDER)
  _hinge_processor(processor)
  set(options --system "${CMAKE_SYSTEM_NAME}" --processor "${processor}" --targets "${targets}"
    --profiles-base "${CMAKE_SOURCE_DIR}")
  if(CMAKE_SIZEOF_VOID_P)
    list(APPEND options --pointer-bytes ${CMAKE_SIZEOF_VOID_P})
  endif()
  foreach(profile IN LISTS HINGE_PROFILE)
    list(APPEND options --profile "${profile}")
  endforeach()
  if(HINGE_SANITIZE)
    list(APPEND options --sanitize)
  endif()
  set(${out} "${options}" PARENT_SCOPE)
endfunction()

# Runs hingec's planner. The configuration stops if it refuses something.
function(_hinge_plan)
  get_property(planner GLOBAL PROPERTY HINGE_PLANNER)
  execute_process(COMMAND "${planner}" ${ARGN} RESULT_VARIABLE failed ERROR_VARIABLE message OUTPUT_QUIET)
  if(failed)
    message(FATAL_ERROR "${message}")
  elseif(message)
    string(STRIP "${message}" message)
    message(STATUS "${message}")
  endif()
endfunction()

# A command that makes the file <out>: hingec <command> --out <out> <argument>...
function(_hinge_make out command)
  cmake_path(GET out STEM LAST_ONLY name)
  add_custom_command(OUTPUT "${out}"
    COMMAND hinge::hingec ${command} --out "${out}" --depfile "${out}.d" ${ARGN}
    DEPENDS hinge::hingec
    DEPFILE "${out}.d"
    COMMENT "Generating ${name}"
    VERBATIM)
endfunction()

# How Hinge's own code is compiled, whatever the flags and variables of the project are. Its results depend on neither
# -ffast-math nor contraction: the source asks for every FMA.
function(_hinge_compile_as_written target)
  set_target_properties(${target} PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_compile_options(${target} PRIVATE -ffp-contract=off -fno-fast-math)
endfunction()

function(_hinge_add_layer kind name)
  if(TARGET ${name})
    get_target_property(place ${name} SOURCE_DIR)
    message(FATAL_ERROR "hinge_add_${kind}(${name}): \"${name}\" is a target of ${place}: expected another name, "
      "because a layer is a target, and CMake has one of each name. Layers in several NAMESPACEs need several too.")
  endif()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.layer")
  get_property(taken GLOBAL PROPERTY HINGE_LAYER_SYMBOLS)
  list(TRANSFORM taken PREPEND "--taken;")
  _hinge_options(options)
  _hinge_plan(layer ${kind} ${name} --sources "${folder}" ${taken} ${options} -- ${ARGN})
  include("${folder}/plan.cmake") # kernels, files, symbols, minimal
  set_property(GLOBAL APPEND PROPERTY HINGE_LAYER_SYMBOLS ${symbols})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(objects "")
  foreach(kernel IN LISTS kernels)
    _hinge_make("${folder}/${kernel}.o" layer ${kind} ${name} --kernel ${kernel} ${options} -- ${ARGN})
    list(APPEND objects "${folder}/${kernel}.o")
  endforeach()

  add_library(${name} STATIC "${folder}/${name}.cpp" ${objects})
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX COMPILE_WARNING_AS_ERROR OFF)
  _hinge_compile_as_written(${name})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${folder}" FILES "${folder}/${name}.h" "${folder}/${name}.hpp")
  target_link_libraries(${name} PRIVATE $<BUILD_LOCAL_INTERFACE:hinge::halide_header>)
  if(minimal) # only headers of the runtime, and nothing of the C++ runtime library
    target_link_libraries(${name} PUBLIC $<COMPILE_ONLY:hinge::runtime>)
    target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables
      -fno-stack-protector -ffunction-sections -fdata-sections)
  else()
    target_link_libraries(${name} PUBLIC hinge::runtime)
  endif()
endfunction()
