#pragma once

#include <functional>

namespace lockstep::sql {

/// Runs `work` on a thread of its own with a stack of 256 MB, and waits for it. The parser, and
/// everything that walks its trees, recurses once per level of nesting in what the author wrote.
/// An exception of `work` is thrown here.
void on_big_stack(const std::function<void()>& work);

}  // namespace lockstep::sql
