# Language, warnings and code generation for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(MUSUBI_DELIBERATE_BUGS)
  add_compile_definitions(MUSUBI_DELIBERATE_BUGS)
endif()
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${MUSUBI_IPO})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
# NDEBUG silences third-party asserts only. Our own contracts (base/contract.hpp) are always on.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g0 -DNDEBUG")
# The code of the tests themselves is compiled longer than it runs.
set(MUSUBI_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)

add_compile_options(
  -Wall
  -Wextra
  -Wpedantic
  -Wconversion
  -Wsign-conversion
  -Wshadow
  -Wswitch-enum
  # A fused multiply-add rounds differently from machine to machine; results must not.
  -ffp-contract=off
  # File names in messages are the same wherever the tree stands.
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(MUSUBI_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives in std::string (restrict), and in optional, variant and expected
  # (maybe-uninitialized, which stays a plain warning).
  add_compile_options(-Wno-restrict -Wno-error=maybe-uninitialized)
else()
  # Clang misses the use of `this` in calls that depend on a template parameter pack.
  add_compile_options(-Wno-unused-lambda-capture)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache takes precompiled headers into account only where it is told how exactly.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
                                  CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()
