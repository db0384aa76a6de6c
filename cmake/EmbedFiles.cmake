# cmake -DOUT=file.cpp -DROOT=dir -DFILES=a;b -DNAMESPACE=x -DSYMBOL=y -P EmbedFiles.cmake
#
# Writes a C++ source that holds the files' bytes as string literals, in the order given:
#   const std::vector<std::pair<std::string, std::string>> NAMESPACE::SYMBOL();
# Run at build time, so that a changed file is embedded anew.
set(entries "")
foreach(file IN LISTS FILES)
  file(READ "${ROOT}/${file}" content)
  string(APPEND entries "      {R\"~~(${file})~~\", R\"~~(${content})~~\"},\n")
endforeach()
file(
  WRITE "${OUT}.new"
  "// Generated from the files it names.
#include <string>
#include <utility>
#include <vector>

namespace ${NAMESPACE} {
std::vector<std::pair<std::string, std::string>> ${SYMBOL}();
std::vector<std::pair<std::string, std::string>> ${SYMBOL}() {
  return {
${entries}  };
}
}  // namespace ${NAMESPACE}
")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
