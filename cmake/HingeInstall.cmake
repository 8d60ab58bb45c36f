# The files that `cmake --install` puts in place, by component:
#   runtime     libraries, headers, package: for programs, and for layers that are generated elsewhere
#   generators  hinge_add_... and its needs: hingec with its libHalide, targets and profiles
#   tools       hinge_info
# find_package(hinge CONFIG [COMPONENTS runtime generators]) finds the first two, even if they are moved.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The path of one folder of GNUInstallDirs as seen from another. It is absolute if either is, because then it does not
# move with the prefix.
function(hinge_path out from to origin)
  if(IS_ABSOLUTE "${from}" OR IS_ABSOLUTE "${to}")
    cmake_path(ABSOLUTE_PATH to BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
  else()
    file(RELATIVE_PATH to "/prefix/${from}" "/prefix/${to}")
    string(PREPEND to "${origin}/")
  endif()
  set(${out} "${to}" PARENT_SCOPE)
endfunction()

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/hinge")
set(halide_dir "lib/hinge") # beside bin/, whatever the system calls its own

set_target_properties(hinge_runtime PROPERTIES EXPORT_NAME runtime)
if(BUILD_SHARED_LIBS)
  set_target_properties(hinge hinge_runtime PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN")
endif()

install(TARGETS hinge hinge_runtime EXPORT hinge-runtime COMPONENT runtime
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY runtime/include/hinge plan/include/hinge DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT runtime)
install(EXPORT hinge-runtime NAMESPACE hinge:: DESTINATION ${package} COMPONENT runtime)
install(FILES LICENSE DESTINATION share/hinge COMPONENT runtime)

if(CMAKE_CROSSCOMPILING)
  # Only the executable is for one architecture, that of the machine that compiles.
  install(CODE "execute_process(COMMAND_ERROR_IS_FATAL ANY
    COMMAND \"${CMAKE_COMMAND}\" --install \"${HINGE_NATIVE_BUILD}\" --prefix \"\${CMAKE_INSTALL_PREFIX}\" --component generators)"
    COMPONENT generators)
else()
  set_target_properties(hingec PROPERTIES INSTALL_RPATH "$ORIGIN/../${halide_dir}")
  install(TARGETS hingec RUNTIME DESTINATION bin COMPONENT generators)
  install(IMPORTED_RUNTIME_ARTIFACTS Halide::Halide LIBRARY DESTINATION ${halide_dir} COMPONENT generators)
  install(FILES "${halide_include}/HalideRuntime.h" DESTINATION share/hinge/include COMPONENT generators)
  install(FILES cmake/Hinge.cmake cmake/architecture.cpp cmake/hinge-generators.cmake DESTINATION share/hinge/cmake COMPONENT generators)
  install(DIRECTORY generators/targets DESTINATION share/hinge COMPONENT generators)
endif()

if(TARGET hinge_info)
  hinge_path(rpath "${CMAKE_INSTALL_BINDIR}" "${CMAKE_INSTALL_LIBDIR}" "$ORIGIN")
  set_target_properties(hinge_info PROPERTIES INSTALL_RPATH "${rpath}")
  install(TARGETS hinge_info COMPONENT tools)
endif()

configure_package_config_file(cmake/hinge-config.cmake.in "${PROJECT_BINARY_DIR}/hinge-config.cmake"
  INSTALL_DESTINATION ${package} PATH_VARS CMAKE_INSTALL_PREFIX)
# Before 1.0 a minor version may break programs of another.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/hinge-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/hinge-config.cmake" "${PROJECT_BINARY_DIR}/hinge-config-version.cmake"
  DESTINATION ${package} COMPONENT runtime)

# The paths in hinge.pc are relative to it, so that it can be moved too. A static library needs the
# C++ runtime of the program that links it.
hinge_path(prefix "${CMAKE_INSTALL_LIBDIR}/pkgconfig" "." "\${pcfiledir}")
hinge_path(includedir "${CMAKE_INSTALL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_INCLUDEDIR}" "\${pcfiledir}")
string(REPLACE " " "\\ " includedir "${includedir}") # pkg-config does so in pcfiledir
set(pc_shared "")
if(BUILD_SHARED_LIBS)
  set(pc_shared " -DHINGE_SHARED")
endif()
set(pc_dl "")
if(HINGE_CUDA)
  set(pc_dl " -ldl")
endif()
configure_file(cmake/hinge.pc.in "${PROJECT_BINARY_DIR}/hinge.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/hinge.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT runtime)
