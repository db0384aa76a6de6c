#pragma once

#include <string>
#include <vector>

#include "lockstep/text/node.h"

// Keys that are not for every case. All of them are known keys afterwards, whichever are written:
// what is said of an unknown one lists them all.

namespace lockstep::operations {

/// The one of these that is written; empty for none. A Problem where several are.
std::string one_of(text::Fields& fields, const std::vector<std::string>& keys);

/// Keys that mean nothing here, as they go with `beside` and that is not written. A Problem for
/// each that is there.
void none_of(text::Fields& fields, const std::vector<std::string>& keys, const std::string& beside);

}  // namespace lockstep::operations
