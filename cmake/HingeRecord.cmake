# What a library says of itself in its record (runtime/include/hinge/record.h), as JSON.
include_guard()

# hinge_json(<out> <key>=<value>... <key>:=<JSON>...): an object. Values that are neither numbers nor
# TRUE or FALSE are strings.
function(hinge_json out)
  set(members "")
  foreach(member IN LISTS ARGN)
    string(REGEX MATCH "^([^:=]+)(:?)=(.*)$" ignored "${member}")
    set(key "${CMAKE_MATCH_1}")
    set(json "${CMAKE_MATCH_2}")
    set(value "${CMAKE_MATCH_3}")
    if(value MATCHES "^(TRUE|FALSE)$")
      string(TOLOWER "${value}" value)
    elseif(json STREQUAL "" AND NOT value MATCHES "^[0-9]+$")
      string(REGEX REPLACE "[^] !#-[^-~]" "?" value "${value}") # the name of a profile is a file's
      set(value "\"${value}\"")
    endif()
    list(APPEND members "\"${key}\":${value}")
  endforeach()
  list(JOIN members "," members)
  set(${out} "{${members}}" PARENT_SCOPE)
endfunction()

# hinge_record(<out> <key>=<value>...): and which Hinge and Halide made it, the targets in HINGE_TARGETS,
# and the kernels in the list <out>_kernels, of JSON with symbols that end in a target
function(hinge_record out)
  get_property(versions GLOBAL PROPERTY HINGE_VERSIONS)
  set(targets "")
  set(record_targets ${HINGE_TARGETS})
  if(HINGE_CUDA)
    list(APPEND record_targets ${HINGE_CUDA_TARGET})
  endif()
  foreach(target IN LISTS record_targets)
    set(own ${${out}_kernels})
    list(FILTER own INCLUDE REGEX "_${target}\"")
    list(LENGTH own count)
    if(target STREQUAL HINGE_CUDA_TARGET AND count EQUAL 0) # a layer
      continue()
    endif()
    hinge_json(json target=${target} profile=${${target}.profile} kernels=${count} "needs=${HINGE_REQUIRES_${target}}")
    list(APPEND targets "${json}")
  endforeach()
  list(JOIN targets "," targets)
  list(JOIN ${out}_kernels "," kernels)
  hinge_json(json ${ARGN} ${versions} "targets:=[${targets}]" "kernels:=[${kernels}]")
  set(${out} "${json}" PARENT_SCOPE)
endfunction()
