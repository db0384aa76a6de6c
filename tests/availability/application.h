#pragma once

#include <random>
#include <string>

#include "lockstep/sandbox/traffic.h"

namespace lockstep::test {

/// The application's schema `t1`, with `rows` users and as many orders of theirs, and what else the
/// migrations of these tests change.
std::string application_schema(int rows);

/// What a release of the application calls them.
struct Names {
  std::string age = "age";
  std::string orders = "orders";
};

/// The next thing one of its clients does: reads and writes of users and orders, columns named. The
/// data fits every constraint that the migrations of these tests add.
sandbox::Request next_request(int rows, const Names& names, std::mt19937_64& random);

}  // namespace lockstep::test
