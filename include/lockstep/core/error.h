#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lockstep/core/problem.h"

namespace lockstep::core {

// Which errors throw and which are returned, once for the whole program:
//  - What a user wrote wrongly is a Problem; loaders return all of them, and the command line
//    wraps them in InvalidInput once it gives up (exit 4).
//  - What a verdict forbids (unsafe, stale, edited) throws Refused (exit 3).
//  - What a server reports throws database::DatabaseError (see lockstep/database/error.h).
//  - A broken promise of our own code throws std::logic_error.

/// The input cannot be used: usage, configuration, migration files, plan files. Exit code 4.
class InvalidInput : public std::runtime_error {
 public:
  explicit InvalidInput(Problems problems);
  explicit InvalidInput(Problem problem) : InvalidInput(Problems{std::move(problem)}) {}
  explicit InvalidInput(const std::string& message, const std::string& remedy = {})
      : InvalidInput(Problem{{}, message, remedy}) {}

  const Problems& problems() const noexcept { return problems_; }

 private:
  Problems problems_;
};

/// A verdict that needs a human: unsafe, stale, edited, blocked by design. Exit code 3.
class Refused : public std::runtime_error {
 public:
  explicit Refused(Problems reasons);
  explicit Refused(const std::string& message, const std::string& remedy = {})
      : Refused(Problems{Problem{{}, message, remedy}}) {}

  const Problems& reasons() const noexcept { return reasons_; }

 private:
  Problems reasons_;
};

}  // namespace lockstep::core
