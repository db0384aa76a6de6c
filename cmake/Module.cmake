# lockstep_module(<name> [SOURCES file...] [DEPENDS module...] [PRIVATE_LIBRARIES target...])
#
# Declares a row of the module map in docs/architecture.md: the static library
# lockstep_<name>, whose border is include/lockstep/<name>/ and whose own headers stay in
# src/<name>/. DEPENDS names modules and repeats the map's "may include" column; third
# parties are private. A module without sources is headers only.
function(lockstep_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "lockstep_module(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(target lockstep_${name})
  list(TRANSFORM arg_DEPENDS PREPEND lockstep_)
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_include_directories(
      ${target}
      PUBLIC "${PROJECT_SOURCE_DIR}/include"
      PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_LIBRARIES})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${PROJECT_SOURCE_DIR}/include")
    target_link_libraries(${target} INTERFACE ${arg_DEPENDS})
  endif()
endfunction()
