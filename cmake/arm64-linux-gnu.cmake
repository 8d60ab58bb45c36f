# Toolchain: Debian's cross compiler for 64-bit ARM Linux (apt-get install g++-aarch64-linux-gnu).
# QEMU's user mode runs the programs of a build (apt-get install qemu-user-static).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
find_program(HINGE_QEMU_AARCH64 NAMES qemu-aarch64-static qemu-aarch64 HINTS ${CMAKE_CURRENT_LIST_DIR}/../build/deps/usr/bin)
mark_as_advanced(HINGE_QEMU_AARCH64)
if(HINGE_QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${HINGE_QEMU_AARCH64};-L;/usr/aarch64-linux-gnu")
endif()
