# hinge_add_linear(<name> IN <in_features> OUT <out_features>
#                  [BATCH <rows> | BATCH any]    default: any
#                  [ACTIVATION none|relu|relu6]  default: none
#                  [NO_BIAS]
#                  [TARGETS <target>...]         default: all; which runs is decided when the program does
#                  [PROFILE <profile>...]        default: HINGE_PROFILE; names, paths or native
#                  [NAMESPACE <namespace>])
#
# A static library <name> with one Linear layer, its sizes known to the compiler of its kernels, and its
# headers <name>.hpp (C++17, sizes are types) and <name>.h (C). See docs/your-shapes.md.
include_guard()

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
  set(where "hinge_add_linear(${name})")
  set(one_value IN OUT BATCH ACTIVATION NAMESPACE)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_BIAS" "${one_value}" "TARGETS;PROFILE")
  if(arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " unknown)
    list(JOIN one_value " " one_value)
    message(FATAL_ERROR "${where}: \"${unknown}\" is unknown; known are: ${one_value} TARGETS PROFILE NO_BIAS")
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
  if(NOT DEFINED arg_BATCH)
    set(arg_BATCH any)
  endif()
  if(NOT DEFINED arg_ACTIVATION)
    set(arg_ACTIVATION none)
  endif()
  foreach(size IN ITEMS IN OUT BATCH)
    if(size STREQUAL "BATCH" AND arg_BATCH STREQUAL "any")
      continue()
    endif()
    if(NOT DEFINED arg_${size})
      message(FATAL_ERROR "${where}: ${size} is missing")
    endif()
    if(NOT arg_${size} MATCHES "^[1-9][0-9]*$" OR arg_${size} GREATER 65536)
      set(or_any "")
      if(size STREQUAL "BATCH")
        set(or_any ", or any")
      endif()
      message(FATAL_ERROR "${where}: ${size} is \"${arg_${size}}\": expected 1 to 65536${or_any}")
    endif()
  endforeach()
  # Kernels index with 32 bits, and the padding of a panel is less than 128 features.
  math(EXPR elements "${arg_IN} * (${arg_OUT} + 128)")
  if(NOT arg_BATCH STREQUAL "any")
    foreach(width IN ITEMS ${arg_IN} ${arg_OUT})
      math(EXPR matrix "${arg_BATCH} * ${width}")
      if(matrix GREATER elements)
        set(elements ${matrix})
      endif()
    endforeach()
  endif()
  if(elements GREATER 2147483647)
    message(FATAL_ERROR "${where}: IN ${arg_IN}, OUT ${arg_OUT}, BATCH ${arg_BATCH}: a matrix has more than 2^31 elements")
  endif()

  # The list of targets and their profiles, for this layer.
  if(DEFINED arg_PROFILE)
    set(HINGE_PROFILE ${arg_PROFILE})
  endif()
  set(HINGE_CHECKED_KERNELS OFF) # the call does not describe the buffers, of which it knows all
  include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/HingeKernels.cmake")
  include("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../generators/kernels.cmake")
  hinge_check_profiles()
  if(NOT arg_ACTIVATION IN_LIST HINGE_ACTIVATIONS)
    list(JOIN HINGE_ACTIVATIONS " " HINGE_ACTIVATIONS)
    message(FATAL_ERROR "${where}: ACTIVATION is \"${arg_ACTIVATION}\": expected one of: ${HINGE_ACTIVATIONS}")
  endif()
  foreach(target IN LISTS arg_TARGETS)
    if(NOT target IN_LIST HINGE_TARGETS)
      list(JOIN HINGE_TARGETS " " HINGE_TARGETS)
      message(FATAL_ERROR "${where}: TARGETS has \"${target}\": expected some of: ${HINGE_TARGETS}")
    endif()
  endforeach()
  if(NOT arg_TARGETS)
    set(arg_TARGETS ${HINGE_TARGETS})
  endif()

  # Names.
  string(REPLACE "::" "_" c_name "${arg_NAMESPACE}_${name}")
  set(namespace_begin "")
  set(namespace_end "")
  if(DEFINED arg_NAMESPACE)
    set(namespace_begin "namespace ${arg_NAMESPACE} {\n")
    set(namespace_end "\n} // namespace ${arg_NAMESPACE}")
  else()
    set(c_name "${name}")
  endif()
  string(TOUPPER "${c_name}" guard)
  set(IN ${arg_IN})
  set(OUT ${arg_OUT})
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.layer")

  # Kernels, worst target first.
  set(objects "")
  set(kernel_declarations "")
  set(target_lines "")
  set(kernel_lines "")
  set(target_names "")
  set(packed_floats 0)
  unset(first_kernel) # or the caller's variable of that name would be seen
  foreach(target IN LISTS HINGE_TARGETS)
    if(NOT target IN_LIST arg_TARGETS)
      continue()
    endif()
    _hinge_layer_tile(tile ${target} ${IN} ${OUT} ${arg_BATCH})
    list(POP_FRONT tile lanes vectors rows)
    math(EXPR nr "${lanes} * ${vectors}")
    math(EXPR floats "(${OUT} + ${nr} - 1) / ${nr} * ${nr} * ${IN}")
    if(floats GREATER packed_floats)
      set(packed_floats ${floats})
    endif()
    set(symbol ${c_name}_${target})
    set(parameters lanes=${lanes} vectors=${vectors} rows=${rows} in_features=${IN} out_features=${OUT}
                   activation=${arg_ACTIVATION})
    set(signature "halide_buffer_t *x, halide_buffer_t *packed")
    if(arg_NO_BIAS)
      list(APPEND parameters has_bias=false)
    else()
      string(APPEND signature ", halide_buffer_t *bias")
    endif()
    if(arg_BATCH STREQUAL "any")
      string(APPEND signature ", std::int32_t tile_rows")
    else()
      list(APPEND parameters batch=${arg_BATCH})
    endif()
    add_custom_command(
      OUTPUT "${folder}/${symbol}.o"
      COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}"
      COMMAND hinge::generators -g linear_layer -f ${symbol} -e object -o "${folder}"
              target=${HINGE_HALIDE_TARGET_${target}} ${parameters}
      DEPENDS hinge::generators
      COMMENT "Generating ${symbol}"
      VERBATIM)
    list(APPEND objects "${folder}/${symbol}.o")
    string(APPEND kernel_declarations "int ${symbol}(${signature}, halide_buffer_t *y);\n")
    string(APPEND target_lines "    {\"${target}\", \"${HINGE_REQUIRES_${target}}\"},\n")
    string(APPEND kernel_lines "    {${symbol}, ${nr}, ${rows}},\n")
    list(APPEND target_names ${target})
    if(NOT DEFINED first_kernel)
      set(first_kernel ${symbol})
    endif()
  endforeach()
  list(JOIN target_names ", " target_names)

  # The text of the call.
  set(about "Linear(${IN}, ${OUT})")
  if(NOT arg_ACTIVATION STREQUAL "none")
    string(APPEND about " + ${arg_ACTIVATION}")
  endif()
  set(rows batch)
  set(batch_text batch)
  set(c_parameters "const float *x, const ${c_name}_packed_weights *packed")
  set(cpp_parameters "hinge::Matrix<const float, hinge::any, ${IN}> x")
  set(cpp_check "\n  if (x.rows() != y.rows())\n    throw hinge::Error(HINGE_INVALID_ARGUMENT, \"${c_name}: y has not as many rows as x\");")
  set(cpp_arguments "x.data(), &packed")
  set(c_checks "")
  set(arguments "")
  foreach(argument IN ITEMS x packed bias y)
    if(NOT argument STREQUAL "bias" OR NOT arg_NO_BIAS)
      list(APPEND arguments ${argument})
    endif()
  endforeach()
  if(NOT arg_BATCH STREQUAL "any")
    set(rows ${arg_BATCH})
    set(batch_text ${arg_BATCH})
    set(cpp_parameters "hinge::Matrix<const float, ${arg_BATCH}, ${IN}> x")
    set(cpp_check "")
    string(APPEND about ", batches of ${arg_BATCH}")
  else()
    string(APPEND c_checks "  if (batch < 0)\n    return refuse(\"batch is negative\");\n")
    string(APPEND c_checks "  if (batch == 0)\n    return HINGE_OK;\n")
    string(APPEND c_checks "  if (batch > INT64_MAX / (4 * std::max(in_features, out_features)))\n    return refuse(\"batch: its rows overflow the address space\");\n")
  endif()
  string(APPEND cpp_parameters ",\n    const ${name}_weights &packed")
  set(plus_b "")
  set(bias_text "")
  set(kernel_bias "")
  if(NOT arg_NO_BIAS)
    set(plus_b " + b")
    set(bias_text " bias: ${OUT} floats,")
    string(APPEND c_parameters ", const float *bias")
    string(APPEND cpp_parameters ", hinge::Vector<const float, ${OUT}> bias")
    string(APPEND cpp_arguments ", bias.data()")
    set(kernel_bias "&bias_buffer, ")
  endif()
  string(APPEND c_parameters ", float *y")
  string(APPEND cpp_arguments ", y.data()")
  if(arg_BATCH STREQUAL "any")
    string(APPEND c_parameters ", int64_t batch")
    string(APPEND cpp_parameters ",\n    hinge::Matrix<float, hinge::any, ${OUT}> y")
    string(APPEND cpp_arguments ", x.rows()")
  else()
    string(APPEND cpp_parameters ",\n    hinge::Matrix<float, ${arg_BATCH}, ${OUT}> y")
  endif()
  foreach(argument IN LISTS arguments)
    string(APPEND c_checks "  if (!${argument})\n    return refuse(\"${argument} is null\");\n")
  endforeach()
  string(APPEND c_checks "  const std::size_t y_bytes = sizeof(float) * out_features * std::size_t(${rows});\n")
  string(APPEND c_checks "  if (overlap(y, y_bytes, x, sizeof(float) * in_features * std::size_t(${rows})))\n    return refuse(\"y overlaps x\");\n")
  string(APPEND c_checks "  if (overlap(y, y_bytes, packed, sizeof *packed))\n    return refuse(\"y overlaps packed\");")
  if(NOT arg_NO_BIAS)
    string(APPEND c_checks "\n  if (overlap(y, y_bytes, bias, sizeof(float) * out_features))\n    return refuse(\"y overlaps bias\");")
  endif()
  set(c_call "  halide_buffer_t packed_buffer = buffer(packed->values);\n")
  if(NOT arg_NO_BIAS)
    string(APPEND c_call "  halide_buffer_t bias_buffer = buffer(bias);\n")
  endif()
  if(arg_BATCH STREQUAL "any")
    string(APPEND c_call [=[
  // Tiles as tall as they can be, of two heights a row apart, so that no row is computed twice; no
  // more rows a call than the kernel's 32 bits can index.
  constexpr std::int64_t widest = std::max(in_features, out_features);
  for (std::int64_t row = 0; row < batch;) {
    const std::int64_t rows = std::min(batch - row, INT32_MAX / widest);
    const std::int64_t tiles = (rows + t.rows - 1) / t.rows, height = (rows + tiles - 1) / tiles;
    const std::int64_t low = tiles * height - rows; // tiles that are a row lower
    auto run = [&](std::int64_t count, std::int64_t tile_rows) {
      halide_dimension_t x_dim[] = {{0, std::int32_t(in_features), 1, 0},
                                    {0, std::int32_t(count), std::int32_t(in_features), 0}};
      halide_dimension_t y_dim[] = {{0, std::int32_t(out_features), 1, 0},
                                    {0, std::int32_t(count), std::int32_t(out_features), 0}};
      halide_buffer_t x_buffer = buffer(x + row * in_features);
      halide_buffer_t y_buffer = buffer(y + row * out_features);
      x_buffer.dim = x_dim;
      y_buffer.dim = y_dim;
      row += count;
      t.run(&x_buffer, &packed_buffer, @kernel_bias@std::int32_t(tile_rows), &y_buffer);
    };
    if (tiles > low)
      run((tiles - low) * height, height);
    if (low > 0)
      run(low * (height - 1), height - 1);
  }
  return HINGE_OK;]=])
    string(REPLACE "@kernel_bias@" "${kernel_bias}" c_call "${c_call}")
  else()
    string(APPEND c_call "  halide_buffer_t x_buffer = buffer(x), y_buffer = buffer(y);\n")
    string(APPEND c_call "  t.run(&x_buffer, &packed_buffer, ${kernel_bias}&y_buffer);\n  return HINGE_OK;")
  endif()

  foreach(file IN ITEMS ${name}.h ${name}.hpp ${name}.cpp)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/layer/layer${extension}.in" "${folder}/${file}" @ONLY)
  endforeach()
  add_library(${name} STATIC "${folder}/${name}.cpp" ${objects})
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON LINKER_LANGUAGE CXX)
  target_compile_features(${name} PUBLIC cxx_std_17)
  target_include_directories(${name} PUBLIC "${folder}")
  target_link_libraries(${name} PUBLIC hinge::runtime PRIVATE hinge::halide_header)
endfunction()
