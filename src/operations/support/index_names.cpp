#include "support/index_names.h"

#include "lockstep/sql/parse.h"

namespace lockstep::operations {

namespace {

std::string name_of(const sql::IndexElement& element) {
  if (element.column) return *element.column;
  return sql::index_column_name(element.expression ? element.expression->text : element.text);
}

}  // namespace

std::vector<std::string> index_column_names(const std::vector<sql::IndexElement>& elements,
                                            const std::vector<std::string>& include) {
  std::vector<std::string> names;
  for (const sql::IndexElement& element : elements) names.push_back(name_of(element));
  names.insert(names.end(), include.begin(), include.end());
  return names;
}

}  // namespace lockstep::operations
