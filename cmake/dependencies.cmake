# External libraries, all from Debian 12 packages; `script/setup` installs them.

find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED) # tl::expected
find_package(nlohmann_json REQUIRED) # nlohmann_json::nlohmann_json
find_package(CLI11 REQUIRED) # CLI11::CLI11
find_package(fmt REQUIRED) # fmt::fmt
find_package(Eigen3 REQUIRED NO_MODULE) # Eigen3::Eigen
find_package(OpenSSL REQUIRED) # OpenSSL::Crypto, OpenSSL::SSL

if(MUSUBI_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  include(GoogleTest)
endif()
if(MUSUBI_BENCH)
  find_package(benchmark REQUIRED)
endif()
