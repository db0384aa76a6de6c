# The example application's migrations, built into the program for `lockstep demo`.

# lockstep_embed(<symbol> <output variable> FILES...): a source of cmake/EmbedFiles.cmake.
function(lockstep_embed symbol output)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp")
  list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/" OUTPUT_VARIABLE inputs)
  string(REPLACE ";" "$<SEMICOLON>" names "${ARGN}")
  add_custom_command(
    OUTPUT "${source}"
    COMMAND
      "${CMAKE_COMMAND}" "-DOUT=${source}" "-DROOT=${PROJECT_SOURCE_DIR}" "-DFILES=${names}"
      -DNAMESPACE=lockstep::cli::demo "-DSYMBOL=${symbol}" -P
      "${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    DEPENDS ${inputs} "${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    VERBATIM)
  set(${output} "${source}" PARENT_SCOPE)
endfunction()

file(GLOB migrations RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/migrations/*.sql" "${PROJECT_SOURCE_DIR}/migrations/*.yaml")
file(GLOB repeatables RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/migrations/repeatable/*.sql")
file(GLOB naive_scripts RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/src/cli/demo/naive/*.sql")
lockstep_embed(embedded_migrations embedded_migrations ${migrations} ${repeatables})
lockstep_embed(embedded_naive_scripts embedded_naive_scripts ${naive_scripts})
