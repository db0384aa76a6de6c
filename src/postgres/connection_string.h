#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::postgres {

/// A connection string as libpq would read it. libpq remains the one who uses it; we read it to
/// know what the user set, what to call the database, and which words must never be printed.
class ConnectionString {
 public:
  /// Throws core::InvalidInput, without quoting what follows a password.
  explicit ConnectionString(std::string text);

  /// The value of a parameter as written in the string, if it is.
  std::optional<std::string> parameter(std::string_view name) const;

  /// The string with this parameter too. REQUIRES: a name and value of ASCII letters, digits, '_',
  /// '-'.
  void add(std::string_view name, std::string_view value);
  /// The same, unless the string sets it already.
  void add_default(std::string_view name, std::string_view value);

  /// More than one host, so that libpq has to be told which one to look for.
  bool has_several_hosts() const;

  /// For people: "orders on db1:5432 as deploy". Uses the PG* variables for what is not written.
  std::string description() const;

  /// What libpq gets.
  const std::string& text() const noexcept { return text_; }

  /// Passwords, keys and client secrets found in the string or the environment, as written and as
  /// meant.
  const std::vector<std::string>& secrets() const noexcept { return secrets_; }

 private:
  void parse_key_values();
  void parse_uri(std::size_t scheme_length);
  void parse_uri_parameters(std::string_view query);
  void remember(std::string name, std::string value);
  void remember_secret(std::string secret);
  std::string value_of(std::string_view name, const char* variable) const;

  std::string text_;
  bool is_uri_ = false;
  bool has_query_ = false;
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::vector<std::string> secrets_;
};

/// The text with every secret replaced by "***". One of up to three characters is replaced only
/// where it is a whole value, in quotes or as in "password=abc" and "user:abc@host": cut out of
/// other words it would be told by them.
std::string scrub(std::string text, const std::vector<std::string>& secrets);

}  // namespace lockstep::postgres
