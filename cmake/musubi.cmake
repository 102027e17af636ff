# The functions that the CMakeLists.txt files of the folders call.
#
#   musubi_library(NAME x [LINKS ...])     src/x                     musubi::x and x_test
#   musubi_app(NAME x [LINKS ...])         apps/x                    build/<preset>/x
#   musubi_test(NAME x [LINKS ...])        tests/ or tests/x         x_test
#   musubi_bench(NAME x [LINKS ...])       bench/x_bench.cpp         x_bench
#   musubi_fuzzer(NAME x [LINKS ...])      fuzz/x_fuzz.cpp           x_fuzz, corpus fuzz/corpus/x/
#
# LINKS takes layers by folder name (domain) and imported targets (fmt::fmt). Layers are checked
# against cmake/layers.cmake, and each library shows only its own headers: a header of a layer that
# is not linked cannot be included.

# The folder of a library as seen by its users: view/x/x -> src/x. Adds the view to `target`.
function(musubi_add_view target name folder scope)
  string(REPLACE "/" "_" flat ${name})
  set(view ${PROJECT_BINARY_DIR}/view/${flat})
  get_filename_component(parent ${view}/${name} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${folder} ${view}/${name} SYMBOLIC)
  target_include_directories(${target} ${scope} ${view})
  get_filename_component(root ${folder} DIRECTORY)
  file(RELATIVE_PATH root ${PROJECT_SOURCE_DIR} ${root})
  target_compile_options(${target} ${scope} -fmacro-prefix-map=${view}/=${root}/)
endfunction()

# Links `target` (named `name` in messages) to its LINKS after checking them.
function(musubi_link target name rank scope)
  foreach(link IN LISTS ARGN)
    if(link MATCHES "::")
      target_link_libraries(${target} ${scope} ${link})
    else()
      musubi_check_link(${name} ${rank} ${link})
      string(REPLACE "/" "_" flat ${link})
      target_link_libraries(${target} ${scope} musubi_${flat})
    endif()
  endforeach()
endfunction()

# One GoogleTest executable from `sources`, discovered by ctest under `label`.
function(musubi_gtest target label sources)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE musubi_test_support GTest::gmock GTest::gtest_main
                                          rapidcheck)
  target_precompile_headers(${target} REUSE_FROM musubi_test_headers)
  target_compile_options(${target} PRIVATE ${MUSUBI_TEST_OPTIONS})
  gtest_discover_tests(
    ${target}
    NO_PRETTY_VALUES
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()

# What tests share, tests/support, included as "support/file.hpp". It alone knows where the tree is.
function(musubi_add_test_support)
  set(folder ${PROJECT_SOURCE_DIR}/tests/support)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  add_library(musubi_test_support STATIC ${sources})
  target_link_libraries(musubi_test_support PRIVATE GTest::gtest)
  target_compile_definitions(musubi_test_support PRIVATE MUSUBI_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  musubi_add_view(musubi_test_support support ${folder} PUBLIC)
endfunction()

# Splits the *.cpp of the current folder into sources and *_test.cpp.
macro(musubi_glob sources tests)
  file(GLOB ${sources} CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(${tests} ${${sources}})
  list(FILTER ${sources} EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER ${tests} INCLUDE REGEX "_test\\.cpp$")
endmacro()

# A layer: static library from *.cpp (header-only when there is none), one executable from
# *_test.cpp. A sub-folder is named by its path: NAME adapters/http is musubi::adapters_http.
function(musubi_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "LINKS")
  string(REGEX REPLACE "/.*" "" layer ${arg_NAME})
  string(REPLACE "/" "_" flat ${arg_NAME})
  musubi_rank(${layer} rank)
  if(rank STREQUAL "")
    message(FATAL_ERROR "src/${layer} has no rank. Add it to cmake/layers.cmake.")
  endif()

  musubi_glob(sources tests)
  if(sources)
    add_library(musubi_${flat} STATIC ${sources})
    target_precompile_headers(musubi_${flat} REUSE_FROM musubi_library_headers)
    set(scope PUBLIC)
  else()
    add_library(musubi_${flat} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(musubi::${flat} ALIAS musubi_${flat})
  musubi_add_view(musubi_${flat} ${arg_NAME} ${CMAKE_CURRENT_SOURCE_DIR} ${scope})
  musubi_link(musubi_${flat} ${arg_NAME} ${rank} ${scope} ${arg_LINKS})

  if(tests AND MUSUBI_TESTS)
    musubi_gtest(${flat}_test unit "${tests}")
    target_link_libraries(${flat}_test PRIVATE musubi_${flat})
  endif()
endfunction()

# A program from main.cpp. All other *.cpp form the library that its *_test.cpp link.
# Its headers are included as "<name>/file.hpp".
function(musubi_app)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "LINKS")
  musubi_glob(sources tests)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  set(code musubi_app_${arg_NAME})
  if(sources)
    add_library(${code} STATIC ${sources})
    target_precompile_headers(${code} REUSE_FROM musubi_library_headers)
    set(scope PUBLIC)
  else()
    add_library(${code} INTERFACE)
    set(scope INTERFACE)
  endif()
  musubi_add_view(${code} ${arg_NAME} ${CMAKE_CURRENT_SOURCE_DIR} ${scope})
  musubi_link(${code} apps/${arg_NAME} ${MUSUBI_TOP_RANK} ${scope} ${arg_LINKS})

  add_executable(${arg_NAME} main.cpp)
  target_link_libraries(${arg_NAME} PRIVATE ${code})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  install(TARGETS ${arg_NAME} RUNTIME)

  if(tests AND MUSUBI_TESTS)
    musubi_gtest(app_${arg_NAME}_test unit "${tests}")
    target_link_libraries(app_${arg_NAME}_test PRIVATE ${code})
  endif()
endfunction()

# A cross-cutting test from SOURCES (default: every *.cpp of the current folder).
# LABEL (default: NAME) is its ctest label.
function(musubi_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL" "LINKS;SOURCES")
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL ${arg_NAME})
  endif()
  musubi_gtest(${arg_NAME}_test ${arg_LABEL} "${arg_SOURCES}")
  musubi_link(${arg_NAME}_test tests/${arg_NAME} ${MUSUBI_TOP_RANK} PRIVATE ${arg_LINKS})
endfunction()

# A Google Benchmark from <name>_bench.cpp.
function(musubi_bench)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "LINKS")
  add_executable(${arg_NAME}_bench ${arg_NAME}_bench.cpp)
  target_link_libraries(${arg_NAME}_bench PRIVATE benchmark::benchmark_main)
  musubi_link(${arg_NAME}_bench bench/${arg_NAME} ${MUSUBI_TOP_RANK} PRIVATE ${arg_LINKS})
endfunction()

# A libFuzzer target from <name>_fuzz.cpp, which defines LLVMFuzzerTestOneInput. Its seeds are the
# files of corpus/<name>/. ctest runs it for MUSUBI_FUZZ_SECONDS; inputs it finds stay in the build.
function(musubi_fuzzer)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "LINKS")
  add_executable(${arg_NAME}_fuzz ${arg_NAME}_fuzz.cpp)
  target_link_options(${arg_NAME}_fuzz PRIVATE -fsanitize=fuzzer)
  musubi_link(${arg_NAME}_fuzz fuzz/${arg_NAME} ${MUSUBI_TOP_RANK} PRIVATE ${arg_LINKS})
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${arg_NAME}_fuzz)
  set(found ${PROJECT_BINARY_DIR}/found/${arg_NAME})
  file(MAKE_DIRECTORY ${found} ${PROJECT_BINARY_DIR}/artifacts)
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${arg_NAME})
  if(NOT IS_DIRECTORY ${corpus})
    set(corpus "")
  endif()
  add_test(
    NAME fuzz.${arg_NAME}
    COMMAND
      ${arg_NAME}_fuzz -max_total_time=${MUSUBI_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
      -print_final_stats=1 -artifact_prefix=${PROJECT_BINARY_DIR}/artifacts/${arg_NAME}- ${found}
      ${corpus})
  set_tests_properties(fuzz.${arg_NAME} PROPERTIES LABELS fuzz)
endfunction()

# Adds every folder matching `pattern` that has a CMakeLists.txt.
function(musubi_add_folders pattern)
  file(GLOB lists CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${pattern}/CMakeLists.txt)
  foreach(list IN LISTS lists)
    get_filename_component(folder ${list} DIRECTORY)
    add_subdirectory(${folder})
  endforeach()
endfunction()

# Adds every layer that has a CMakeLists.txt, in rank order.
function(musubi_add_layers)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src
       ${PROJECT_SOURCE_DIR}/src/*/CMakeLists.txt)
  foreach(entry IN LISTS MUSUBI_LAYERS)
    string(REGEX REPLACE "=.*" "" layer ${entry})
    if(${layer}/CMakeLists.txt IN_LIST lists)
      list(REMOVE_ITEM lists ${layer}/CMakeLists.txt)
      add_subdirectory(${PROJECT_SOURCE_DIR}/src/${layer})
    endif()
  endforeach()
  if(lists)
    message(FATAL_ERROR "Without a rank in cmake/layers.cmake: src/${lists}")
  endif()
endfunction()
