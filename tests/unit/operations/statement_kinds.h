#pragma once

#include <map>
#include <string>
#include <vector>

namespace lockstep::operations {

/// A statement of each kind that PostgreSQL's grammar has, and of each kind of object where that
/// decides; or the heading of those that follow.
struct StatementExample {
  std::string heading;
  std::string sql;
};

/// In reading order.
std::vector<StatementExample> statement_examples();

/// Kinds that no migration can hold by themselves, and why.
std::map<std::string, std::string> kinds_without_statement();

}  // namespace lockstep::operations
