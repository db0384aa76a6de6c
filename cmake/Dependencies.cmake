# Every third-party library, found in this one place and named by an imported target,
# which makes its headers system headers. Only one module uses each of them
# (docs/architecture.md); cmake/Module.cmake links them privately.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)
  # Before 0.8 the target has no namespace.
  add_library(yaml-cpp::yaml-cpp INTERFACE IMPORTED GLOBAL)
  target_link_libraries(yaml-cpp::yaml-cpp INTERFACE yaml-cpp)
endif()

# libpqxx changed its CMake package between 6 and 7; its .pc file is the same on both.
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET GLOBAL libpqxx)
pkg_check_modules(protobuf-c REQUIRED IMPORTED_TARGET GLOBAL libprotobuf-c)

# libpg_query ships neither a CMake package nor a .pc file.
find_path(PG_QUERY_INCLUDE_DIR pg_query.h)
find_library(PG_QUERY_LIBRARY pg_query)
if(NOT PG_QUERY_INCLUDE_DIR OR NOT PG_QUERY_LIBRARY)
  message(FATAL_ERROR "libpg_query not found: install libpg-query-dev (scripts/packages does)")
endif()
add_library(pg_query::pg_query UNKNOWN IMPORTED GLOBAL)
set_target_properties(
  pg_query::pg_query
  PROPERTIES IMPORTED_LOCATION "${PG_QUERY_LIBRARY}"
             INTERFACE_INCLUDE_DIRECTORIES "${PG_QUERY_INCLUDE_DIR}"
             INTERFACE_LINK_LIBRARIES "PkgConfig::protobuf-c;Threads::Threads")

if(LOCKSTEP_TESTS)
  find_package(Catch2 REQUIRED)
endif()
