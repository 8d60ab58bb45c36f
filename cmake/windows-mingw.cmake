# Toolchain: Debian's cross compiler for 64-bit Windows (apt-get install g++-mingw-w64-x86-64-posix).
# Wine runs the programs of a build (apt-get install wine64).
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
# GCC's libraries are in each program: Windows would not find their DLLs.
foreach(kind IN ITEMS EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT -static)
endforeach()
find_program(HINGE_WINE NAMES wine64 wine PATHS /usr/lib/wine)
mark_as_advanced(HINGE_WINE)
if(HINGE_WINE)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/run-in-wine;${HINGE_WINE}")
endif()
