#pragma once

#include <random>
#include <string>

#include "lockstep/sandbox/traffic.h"

namespace lockstep::test {

/// The application's schema `t1`, with `rows` users and as many orders of theirs, and what else the
/// migrations of these tests change.
std::string application_schema(int rows);

/// The next thing one of its clients does: reads and writes of users and orders, columns named. The
/// data fits every constraint that the migrations of these tests add.
sandbox::Request next_request(int rows, std::mt19937_64& random);

}  // namespace lockstep::test
