#pragma once

// The one way to include Catch2, whose header is named differently in 2 and 3. Tests are
// written in the words of Catch2 3; what differs in 2 is given the newer name here.

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>

#else

#include <catch2/catch.hpp>

namespace Catch {

using Detail::Approx;

namespace Matchers {

// NOLINTNEXTLINE(readability-identifier-naming): Catch2's own name
inline StdString::ContainsMatcher ContainsSubstring(
    const std::string& text, CaseSensitive::Choice sensitivity = CaseSensitive::Yes) {
  return Contains(text, sensitivity);
}

}  // namespace Matchers
}  // namespace Catch

#endif
