# Precompiled headers: what nearly every file includes is parsed once per build, not once per file.
# One set for libraries and programs, one for tests. Only headers of others: our own stay behind the
# views of their layers. The preset `clang` goes without, so that no file lives from what it does not
# include itself.

# Makes `name`, whose headers other targets take over with REUSE_FROM. `links`: where they come from.
function(musubi_precompile name links)
  set(empty ${PROJECT_BINARY_DIR}/precompiled.cpp)
  if(NOT EXISTS ${empty})
    file(WRITE ${empty} "")
  endif()
  add_library(${name} OBJECT ${empty})
  target_link_libraries(${name} PRIVATE ${links})
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

set(musubi_headers
    <algorithm>
    <array>
    <cmath>
    <cstdint>
    <functional>
    <map>
    <memory>
    <optional>
    <set>
    <span>
    <string>
    <string_view>
    <tuple>
    <variant>
    <vector>)

musubi_precompile(musubi_library_headers "" ${musubi_headers})
if(MUSUBI_TESTS)
  musubi_precompile(musubi_test_headers "GTest::gmock;rapidcheck" ${musubi_headers}
                    <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h>
                    <rapidcheck/gtest.h>)
  target_compile_options(musubi_test_headers PRIVATE ${MUSUBI_TEST_OPTIONS})
endif()
