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

function(hinge_add_linear name)
  _hinge_add_layer(linear ${name} ${ARGN})
endfunction()

function(hinge_add_activation name)
  _hinge_add_layer(activation ${name} ${ARGN})
endfunction()

# The options of hingec that say what this build is for.
function(_hinge_options out)
  get_property(targets GLOBAL PROPERTY HINGE_TARGETS_FOLDER)
  set(processor "${CMAKE_SYSTEM_PROCESSOR}")
  if(CMAKE_SYSTEM_NAME STREQUAL "Darwin" AND CMAKE_OSX_ARCHITECTURES)
    string(REPLACE ";" "\\;" processor "${CMAKE_OSX_ARCHITECTURES}")
  endif()
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

function(_hinge_add_layer kind name)
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
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON LINKER_LANGUAGE CXX
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_features(${name} PUBLIC cxx_std_17)
  target_include_directories(${name} PUBLIC "${folder}")
  target_link_libraries(${name} PRIVATE hinge::halide_header)
  if(minimal) # only headers of the runtime, and nothing of the C++ runtime library
    target_link_libraries(${name} PUBLIC $<COMPILE_ONLY:hinge::runtime>)
    target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables
      -fno-stack-protector -ffunction-sections -fdata-sections)
  else()
    target_link_libraries(${name} PUBLIC hinge::runtime)
  endif()
endfunction()
