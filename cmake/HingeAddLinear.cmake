# hinge_add_linear(<name> IN <in_features> OUT <out_features>
#                  [BATCH <rows> | BATCH any]    default: any
#                  [ACTIVATION none|relu|relu6]  default: none
#                  [NO_BIAS]
#                  [MASK]                        the forward writes a bit mask of the activation too
#                  [BACKWARD]                    the gradients as well, from the mask if there is one, else from y
#                  [MINIMAL]                     one target, for a program that has nothing but C's memory functions
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
# of lanes, vectors and rows. NOT_PADDED, for gradients: what is multiplied from the right is not packed, so
# what is left over of a row is masked, for which the widest tiles have no register left.
function(_hinge_layer_tile out target in out_features batch)
  foreach(size IN ITEMS in_features batch)
    if(${size} STREQUAL "any")
      set(${size} 64) # large enough to be many tiles
    endif()
  endforeach()
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
      math(EXPR rest "${out_features} % (${lanes} * ${vectors})")
      if("NOT_PADDED" IN_LIST ARGN AND rest AND kind STREQUAL "linear" AND vectors GREATER ${target}.linear.panel)
        continue()
      endif()
      set(tallest ${${target}.${kind}.rows.${vectors}})
      if("NOT_PADDED" IN_LIST ARGN AND kind STREQUAL "linear")
        set(tallest ${${target}.linear.backward.rows.${vectors}})
      endif()
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

# _hinge_elementwise_shape(<out> <rows or any> <cols> <has a mask>): of an element-wise kernel over a matrix
# without gaps. It is one row, unless the rows of a mask end within a byte.
function(_hinge_elementwise_shape out rows cols has_mask)
  if(rows STREQUAL "any")
    set(rows 0) # how the generators say it
  endif()
  math(EXPR bits "${cols} % 8")
  if(NOT has_mask OR bits EQUAL 0)
    math(EXPR cols "${rows} * ${cols}")
    set(rows 1)
  endif()
  set(${out} cols=${cols} rows=${rows} PARENT_SCOPE)
endfunction()

function(hinge_add_linear name)
  set(one_value IN OUT BATCH ACTIVATION NAMESPACE)
  set(options NO_BIAS MASK BACKWARD MINIMAL)
  cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "${one_value}" "TARGETS;PROFILE")
  _hinge_layer_begin(hinge_add_linear "${one_value}" "${options}")
  foreach(option IN ITEMS MASK BACKWARD)
    if(MINIMAL AND arg_${option})
      message(FATAL_ERROR "${where}: MINIMAL is for inference: expected no ${option}")
    endif()
  endforeach()
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

  # What the templates ask, and the words for it.
  list(APPEND flags ANY_BATCH ANY_TERMS BIAS ACTIVATION MASK BACKWARD)
  set(ANY_BATCH FALSE)
  set(BIAS TRUE)
  set(ACTIVATION TRUE)
  set(MASK ${arg_MASK})
  set(BACKWARD ${arg_BACKWARD})
  set(about "Linear(${IN}, ${OUT})")
  set(shape in_features=${IN} out_features=${OUT})
  set(forward ${shape} activation=${arg_ACTIVATION})
  if(arg_ACTIVATION STREQUAL "none")
    set(ACTIVATION FALSE)
    if(MASK)
      message(FATAL_ERROR "${where}: MASK is the activation's: expected an ACTIVATION other than none")
    endif()
  else()
    string(APPEND about " + ${arg_ACTIVATION}")
  endif()
  if(arg_NO_BIAS)
    set(BIAS FALSE)
    list(APPEND forward has_bias=false)
  endif()
  if(arg_BATCH STREQUAL "any")
    set(ANY_BATCH TRUE)
    set(batch batch) # in the text of C and
    set(rows hinge::any) # of C++
  else()
    set(batch ${arg_BATCH})
    set(rows ${arg_BATCH})
    string(APPEND about ", batches of ${batch}")
    list(APPEND forward batch=${batch})
  endif()
  math(EXPR mask_bytes "(${OUT} + 7) / 8")
  # The gradients' g = act'(y) * dy is made on the stack, a block of rows at a time: 48 KiB, or one row.
  set(block_rows 0)
  set(ANY_TERMS ${ANY_BATCH})
  set(terms ${arg_BATCH})
  if(ACTIVATION)
    math(EXPR block_rows "12288 / ${OUT}")
    if(block_rows EQUAL 0)
      set(block_rows 1)
    endif()
    if(ANY_BATCH OR batch GREATER block_rows)
      set(ANY_TERMS TRUE)
      set(terms any)
    else()
      set(block_rows ${batch})
    endif()
  endif()
  set(known_terms "")
  if(NOT ANY_TERMS)
    set(known_terms batch=${terms})
  endif()
  _hinge_elementwise_shape(mask_shape ${arg_BATCH} ${OUT} TRUE)
  _hinge_elementwise_shape(g_shape ${terms} ${OUT} ${MASK})

  list(APPEND record in=${IN} out=${OUT} batch=${arg_BATCH} activation=${arg_ACTIVATION} bias=${BIAS} mask=${MASK}
    backward=${BACKWARD})

  # Kernels, and a line for each target.
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
      lanes=${lanes} vectors=${vectors} rows=${mr} ${forward})
    if(MASK)
      # The kernel takes four vectors a step, of half as many lanes where a row then has enough: 32 rows of 20
      # went from 131 to 101 ns on a Zen 4.
      set(lanes ${${target}.lanes})
      math(EXPR half_step "${lanes} * 2")
      if(NOT mask_shape MATCHES "rows=1$" AND lanes GREATER 8 AND NOT OUT GREATER half_step)
        math(EXPR lanes "${lanes} / 2")
      endif()
      _hinge_layer_kernel(${c_name}_mask_${target} ${target} activation_mask
        lanes=${lanes} activation=${arg_ACTIVATION} ${mask_shape})
    endif()
    set(dx_mr 0)
    set(dweight_mr 0)
    if(BACKWARD)
      if(MASK)
        _hinge_layer_kernel(${c_name}_g_${target} ${target} activation_backward_mask
          lanes=${${target}.lanes} ${g_shape})
      elseif(ACTIVATION)
        _hinge_layer_kernel(${c_name}_g_${target} ${target} activation_backward
          lanes=${${target}.lanes} unroll=${${target}.elementwise.unroll} activation=${arg_ACTIVATION} ${g_shape})
      endif()
      # dx = g W, dweight = g^T x, dbias = the sum of g's rows: in_features, out_features and batch of each
      # as a forward's.
      _hinge_layer_tile(dx ${target} ${OUT} ${IN} ${terms} NOT_PADDED)
      _hinge_layer_tile(dweight ${target} ${terms} ${IN} ${OUT} NOT_PADDED)
      _hinge_layer_tile(dbias ${target} ${terms} ${OUT} 1 NOT_PADDED)
      foreach(gradient IN ITEMS dx dweight dbias)
        list(POP_FRONT ${gradient} lanes vectors ${gradient}_mr)
        if(BIAS OR NOT gradient STREQUAL "dbias")
          _hinge_layer_kernel(${c_name}_${gradient}_${target} ${target} linear_layer_backward
            gradient=${gradient} lanes=${lanes} vectors=${vectors} rows=${${gradient}_mr} ${shape} ${known_terms})
        endif()
      endforeach()
    endif()
    string(APPEND target_lines
      " \\\n  TARGET(${target}, \"${HINGE_REQUIRES_${target}}\", ${nr}, ${mr}, ${dx_mr}, ${dweight_mr})")
  endforeach()
  _hinge_layer_library(linear)
endfunction()
