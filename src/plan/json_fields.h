#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json_position.h"
#include "json_writer.h"
#include "lockstep/core/problem.h"

// Strict reading: everything that is missing, unknown or of another type is a Problem with its
// place; the reader goes on with an empty value, so that one run finds all of them.
//
// A key that a format gets later is read by `flag_or` and the `optional_` functions, with the value
// that documents without it mean: plans that were saved and steps that were stored before stay
// readable. What is in tests/unit/plan/frozen has to be, for ever.

namespace lockstep::plan {

/// What is wrong with one JSON document.
class Complaints {
 public:
  Complaints(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  void add(const JsonPath& path, const std::string& message);

  bool empty() const noexcept { return problems_.empty(); }
  const core::Problems& problems() const noexcept { return problems_; }

 private:
  std::string_view text_;
  std::string file_;
  core::Problems problems_;
};

/// A value in a document, with the way to it.
struct Place {
  const Json* value;
  JsonPath path;
};

/// The elements of an array; a complaint and none where it is no array.
std::vector<Place> elements_of(const Place& place, Complaints& complaints);

/// The members of one object, each asked for once by its name.
class Fields {
 public:
  /// Complains where the place holds no object.
  Fields(Place place, Complaints& complaints);

  std::string text(const std::string& key);
  std::vector<std::string> texts(const std::string& key);
  /// The same, and none without complaint where it is missing.
  std::vector<std::string> optional_texts(const std::string& key);
  bool flag(const std::string& key);
  /// The same, and `otherwise` without complaint where it is missing.
  bool flag_or(const std::string& key, bool otherwise);
  int integer(const std::string& key);
  std::size_t count(const std::string& key);
  double number(const std::string& key);
  QualifiedName name(const std::string& key);

  /// One of `all`, by its to_string().
  template <typename Enum, std::size_t Size>
  Enum one_of(const std::string& key, const std::array<Enum, Size>& all) {
    const auto found = text(key);
    std::string expected;
    for (const auto candidate : all) {
      if (to_string(candidate) == found) return candidate;
      expected += expected.empty() ? "" : ", ";
      expected += to_string(candidate);
    }
    if (has(key)) complain(key, "is \"" + found + "\", expected one of: " + expected);
    return all.front();
  }

  /// The member itself; nothing, with a complaint, where it is missing.
  std::optional<Place> member(const std::string& key);
  /// The same, without complaint.
  std::optional<Place> optional_member(const std::string& key);
  /// As member(), and nothing without complaint where it is null.
  std::optional<Place> nullable(const std::string& key);
  /// The elements of a member that is an array.
  std::vector<Place> elements(const std::string& key);
  /// The same, and none without complaint where it is missing.
  std::vector<Place> optional_elements(const std::string& key);

  void complain(const std::string& key, const std::string& message);

  /// Complains about members that nobody asked for. The last call.
  void finish();

 private:
  bool has(const std::string& key) const;

  template <typename Accepts>
  const Json* typed(const std::string& key, const char* type, const Accepts& accepts);

  Place place_;
  Complaints* complaints_;
  bool is_object_;
  std::set<std::string> asked_;
};

}  // namespace lockstep::plan
