# hinge_add_linear(<name> IN <in_features> OUT <out_features>
#                  [BATCH <rows> | BATCH any]    default: any
#                  [ACTIVATION none|relu|relu6]  default: none
#                  [NO_BIAS]
#                  [TARGETS <target>...]         default: all; which runs is decided when the program does.
#                                               Those of another architecture are left out
#                  [PROFILE <profile>...]        default: HINGE_PROFILE; names, paths or native
#                  [NAMESPACE <namespace>])
#
# A static library <name> with one Linear layer, its sizes known to the compiler of its kernels, and its
# headers <name>.hpp (C++17, sizes are types) and <name>.h (C). See docs/your-shapes.md.
include_guard()
include("${CMAKE_CURRENT_LIST_DIR}/HingeLayer.cmake")

# The register tile for a layer on a target that costs least by a model of its inner loop: <out>, a list
# of lanes, vectors and rows.
function(_hinge_layer_tile out target in out_features batch)
  if(batch STREQUAL "any")
    set(batch 64) # large enough to be many tiles
  endif()
  # In half cycles: a vector's multiplication and addition. Profiles with half vectors are for CPUs
  # on which one of half width takes half the time.
  set(whole 1)
  if(${target}.half_panels)
    set(whole 2)
  endif()
  math(EXPR half_lanes "${${target}.lanes} / 2")
  set(best "")
  foreach(kind IN ITEMS linear linear.half)
    if(kind STREQUAL "linear")
      set(lanes ${${target}.lanes})
      set(cost ${whole})
      set(widths ${${target}.panels})
    else()
      set(lanes ${half_lanes})
      set(cost 1)
      set(widths ${${target}.half_panels})
    endif()
    foreach(vectors IN LISTS widths)
      set(tallest ${${target}.${kind}.rows.${vectors}})
      math(EXPR panels "(${out_features} + ${lanes} * ${vectors} - 1) / (${lanes} * ${vectors})")
      math(EXPR tiles "(${batch} + ${tallest} - 1) / ${tallest}")
      math(EXPR rows "(${batch} + ${tiles} - 1) / ${tiles}")
      # A step over k takes as long as its multiplications, but no less than one takes to be done, 4
      # cycles: the next step adds to the same accumulators. Some 20 cycles a tile besides.
      math(EXPR step "${rows} * ${vectors} * ${cost}")
      if(step LESS 8)
        set(step 8)
      endif()
      math(EXPR time "${tiles} * ${panels} * (${step} * (${in_features} + 2) + 40)")
      if(best STREQUAL "" OR time LESS best)
        set(best ${time})
        set(tile ${lanes} ${vectors} ${rows})
      endif()
    endforeach()
  endforeach()
  set(${out} ${tile} PARENT_SCOPE)
endfunction()

function(hinge_add_linear name)
  set(one_value IN OUT BATCH ACTIVATION NAMESPACE)
  set(options NO_BIAS)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one_value}" "TARGETS;PROFILE")
  _hinge_layer_begin(hinge_add_linear "${one_value}" "${options}")
  if(NOT DEFINED arg_BATCH)
    set(arg_BATCH any)
  endif()
  if(NOT DEFINED arg_ACTIVATION)
    set(arg_ACTIVATION none)
  endif()
  _hinge_layer_check_size(IN 65536)
  _hinge_layer_check_size(OUT 65536)
  _hinge_layer_check_size(BATCH 65536 any)
  _hinge_layer_check_activation(${HINGE_ACTIVATIONS})
  set(IN ${arg_IN})
  set(OUT ${arg_OUT})
  # Kernels index with 32 bits, and the padding of a panel is less than 128 features.
  math(EXPR elements "${IN} * (${OUT} + 128)")
  if(NOT arg_BATCH STREQUAL "any")
    foreach(width IN ITEMS ${IN} ${OUT})
      math(EXPR matrix "${arg_BATCH} * ${width}")
      if(matrix GREATER elements)
        set(elements ${matrix})
      endif()
    endforeach()
  endif()
  if(elements GREATER 2147483647)
    message(FATAL_ERROR "${where}: IN ${IN}, OUT ${OUT}, BATCH ${arg_BATCH}: a matrix has more than 2^31 elements")
  endif()

  # What the templates ask.
  list(APPEND flags ANY_BATCH BIAS)
  set(about "Linear(${IN}, ${OUT})")
  set(parameters in_features=${IN} out_features=${OUT} activation=${arg_ACTIVATION})
  if(NOT arg_ACTIVATION STREQUAL "none")
    string(APPEND about " + ${arg_ACTIVATION}")
  endif()
  set(BIAS TRUE)
  if(arg_NO_BIAS)
    set(BIAS FALSE)
    list(APPEND parameters has_bias=false)
  endif()
  if(arg_BATCH STREQUAL "any")
    set(ANY_BATCH TRUE)
    set(batch batch) # in the text of C and
    set(rows hinge::any) # of C++
  else()
    set(ANY_BATCH FALSE)
    set(batch ${arg_BATCH})
    set(rows ${arg_BATCH})
    string(APPEND about ", batches of ${batch}")
    list(APPEND parameters batch=${batch})
  endif()

  # Kernels, and a line for each target: its name, what it requires, nr, mr.
  set(packed_floats 0)
  foreach(target IN LISTS HINGE_TARGETS)
    _hinge_layer_tile(tile ${target} ${IN} ${OUT} ${arg_BATCH})
    list(POP_FRONT tile lanes vectors mr)
    math(EXPR nr "${lanes} * ${vectors}")
    math(EXPR floats "(${OUT} + ${nr} - 1) / ${nr} * ${nr} * ${IN}")
    if(floats GREATER packed_floats)
      set(packed_floats ${floats})
    endif()
    _hinge_layer_kernel(${c_name}_${target} ${target} linear_layer
      lanes=${lanes} vectors=${vectors} rows=${mr} ${parameters})
    string(APPEND target_lines " \\\n  TARGET(${target}, \"${HINGE_REQUIRES_${target}}\", ${nr}, ${mr})")
  endforeach()
  _hinge_layer_library(linear)
endfunction()
