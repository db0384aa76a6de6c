#pragma once

#include <string>

// The text of carried_over.h: what the server is asked, and told.

namespace lockstep::operations {

struct TakeOff {
  // Literals within a body.
  std::string schema;
  std::string table;
  std::string column;
  // What there is to be asked for; what the column has itself is asked for always.
  bool views = false;
  bool triggers = false;
  bool policies = false;
  bool statistics = false;
  bool publications = false;
  bool identity = false;
};

std::string take_off_sql(const TakeOff& what);
std::string put_back_sql();

}  // namespace lockstep::operations
