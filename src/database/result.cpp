#include <fmt/format.h>

#include <stdexcept>

#include "lockstep/database/session.h"

namespace lockstep::database {

const std::string& Result::at(std::size_t row, std::size_t column) const {
  const auto& value = rows.at(row).at(column);
  if (!value) {
    throw std::logic_error(fmt::format("column \"{}\" of row {} is NULL", columns.at(column), row));
  }
  return *value;
}

bool Result::as_bool() const {
  if (rows.size() != 1 || rows.front().size() != 1) {
    throw std::logic_error(fmt::format("expected one boolean, got {} rows of {} columns",
                                       rows.size(), columns.size()));
  }
  const auto& value = at(0, 0);
  if (value != "t" && value != "f") {
    throw std::logic_error(fmt::format("expected a boolean, got \"{}\"", value));
  }
  return value == "t";
}

}  // namespace lockstep::database
