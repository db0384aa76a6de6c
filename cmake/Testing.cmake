# lockstep_test(<name> SOURCES file... [LIBRARIES target...] [TIMEOUT seconds])
#
# One Catch2 binary test_<name> and one ctest entry of the same name, labelled with the
# folder directly below tests/ (unit, integration, ...). Those in tests/availability measure
# waits, so they run alone. It links the module <name> where
# there is one, and sees that module's own headers.
function(lockstep_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "lockstep_test(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 900)
  endif()

  set(target test_${name})
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  target_compile_definitions(${target} PRIVATE LOCKSTEP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(TARGET lockstep_${name})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src/${name}")
    target_link_libraries(${target} PRIVATE lockstep_${name})
  endif()
  target_link_libraries(${target} PRIVATE lockstep_test_support ${arg_LIBRARIES}
                                          Catch2::Catch2WithMain)

  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/tests"
             OUTPUT_VARIABLE folder)
  string(REGEX REPLACE "/.*" "" kind "${folder}")
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES LABELS ${kind} TIMEOUT ${arg_TIMEOUT})
  if(kind STREQUAL "availability")
    set_tests_properties(${target} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()
