# Language level, warnings, and the instrumented builds. Everything here applies to
# all targets of the project, so that no target can be forgotten.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(LOCKSTEP_CCACHE ccache)
  if(LOCKSTEP_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${LOCKSTEP_CCACHE}")
  endif()
endif()

add_compile_options(
  -Wall
  -Wextra
  -Wpedantic
  -Wcast-align
  -Wcast-qual
  -Wconversion
  -Wdouble-promotion
  -Wextra-semi
  -Wformat=2
  -Wimplicit-fallthrough
  -Wmissing-declarations
  -Wnon-virtual-dtor
  -Wold-style-cast
  -Woverloaded-virtual
  -Wshadow
  -Wundef
  -Wvla
  # Sizes are unsigned and offsets into them signed throughout the standard library.
  -Wno-sign-conversion
  # Designated initialisers name what they set; the rest is meant to take its default.
  -Wno-missing-field-initializers)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(
    -Wduplicated-cond
    -Wlogical-op
    -Wsuggest-override
    # Wrong about std::optional and std::variant once optimised; sanitizers find the real ones.
    -Wno-maybe-uninitialized)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC bug 105651: fires on "literal" + std::string when optimised.
    add_compile_options(-Wno-restrict)
  else()
    # Takes every function that returns a reference for one that returns its argument.
    add_compile_options(-Wno-dangling-reference)
  endif()
endif()

if(LOCKSTEP_WERROR)
  add_compile_options(-Werror)
endif()

if(LOCKSTEP_SANITIZE)
  add_compile_options(-fsanitize=${LOCKSTEP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LOCKSTEP_SANITIZE})
endif()

if(LOCKSTEP_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(LOCKSTEP_TIDY)
  find_program(LOCKSTEP_CLANG_TIDY NAMES clang-tidy clang-tidy-14 REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY "${LOCKSTEP_CLANG_TIDY}")
endif()
