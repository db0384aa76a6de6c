#include "connection_string.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "lockstep/core/error.h"

namespace lockstep::postgres {

namespace {

constexpr std::string_view kMask = "***";
// A shorter secret may be a piece of any word.
constexpr std::size_t kShortestAnywhere = 4;
// What stands around a value in a connection string, and in messages about one.
constexpr std::string_view kBeforeValue = "\"':=";
constexpr std::string_view kAfterValue = "\"'@&";

[[noreturn]] void refuse(const std::string& message, const std::string& remedy) {
  throw core::InvalidInput("the database connection string cannot be understood: " + message,
                           remedy);
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/// libpq's parameters whose value nobody may see.
bool is_secret(std::string_view name) {
  static constexpr std::array kSecret{"password", "sslpassword", "oauth_client_secret",
                                      "scram_client_key", "scram_server_key"};
  return std::find(kSecret.begin(), kSecret.end(), name) != kSecret.end();
}

/// libpq's parameters that may follow a password. Others there are taken for a piece of it.
bool is_known_parameter(std::string_view name) {
  static constexpr std::array kKnown{"application_name",
                                     "channel_binding",
                                     "client_encoding",
                                     "connect_timeout",
                                     "dbname",
                                     "fallback_application_name",
                                     "gssdelegation",
                                     "gssencmode",
                                     "gsslib",
                                     "host",
                                     "hostaddr",
                                     "keepalives",
                                     "keepalives_count",
                                     "keepalives_idle",
                                     "keepalives_interval",
                                     "krbsrvname",
                                     "load_balance_hosts",
                                     "max_protocol_version",
                                     "min_protocol_version",
                                     "oauth_client_id",
                                     "oauth_client_secret",
                                     "oauth_issuer",
                                     "oauth_scope",
                                     "options",
                                     "passfile",
                                     "password",
                                     "port",
                                     "replication",
                                     "require_auth",
                                     "requirepeer",
                                     "requiressl",
                                     "scram_client_key",
                                     "scram_server_key",
                                     "service",
                                     "ssl",
                                     "ssl_max_protocol_version",
                                     "ssl_min_protocol_version",
                                     "sslcert",
                                     "sslcertmode",
                                     "sslcompression",
                                     "sslcrl",
                                     "sslcrldir",
                                     "sslkey",
                                     "sslkeylogfile",
                                     "sslmode",
                                     "sslnegotiation",
                                     "sslpassword",
                                     "sslrootcert",
                                     "sslsni",
                                     "target_session_attrs",
                                     "tcp_user_timeout",
                                     "user"};
  return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) {
      refuse("a '%' is not followed by two hexadecimal digits", "write a literal '%' as %25");
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

/// Whether a piece of the text stands alone between the signs that values stand between.
bool is_whole_value(std::string_view text, std::size_t at, std::size_t size) {
  const auto among = [](std::string_view signs, char c) {
    return signs.find(c) != std::string_view::npos;
  };
  const std::size_t end = at + size;
  return at > 0 && among(kBeforeValue, text[at - 1]) &&
         (end == text.size() || among(kAfterValue, text[end]) || is_space(text[end]));
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace

ConnectionString::ConnectionString(std::string text) : text_(std::move(text)) {
  constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};
  for (const auto scheme : kSchemes) {
    if (text_.compare(0, scheme.size(), scheme) == 0) {
      is_uri_ = true;
      parse_uri(scheme.size());
      break;
    }
  }
  if (!is_uri_) parse_key_values();
  remember_secret(environment("PGPASSWORD"));
  // Longest first, so that a secret that holds another one is replaced as a whole.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void ConnectionString::remember_secret(std::string secret) {
  if (!secret.empty()) secrets_.push_back(std::move(secret));
}

void ConnectionString::remember(std::string name, std::string value) {
  const bool after_secret = std::any_of(parameters_.begin(), parameters_.end(),
                                        [](const auto& p) { return is_secret(p.first); });
  if (after_secret && !is_known_parameter(name)) {
    refuse("the password is followed by a parameter that does not exist",
           is_uri_ ? "percent-encode special characters in the password"
                   : "put a password with spaces in single quotes: password='...'");
  }
  if (is_secret(name)) remember_secret(value);
  parameters_.emplace_back(std::move(name), std::move(value));
}

// The rules are those of libpq's conninfo_parse: name = value, blanks around both, values in
// single quotes where they hold blanks, a backslash before a quote or a backslash.
void ConnectionString::parse_key_values() {
  const auto& s = text_;
  std::size_t i = 0;
  const auto skip_spaces = [&] {
    while (i < s.size() && is_space(s[i])) ++i;
  };
  for (skip_spaces(); i < s.size(); skip_spaces()) {
    std::string name;
    while (i < s.size() && s[i] != '=' && !is_space(s[i])) name += s[i++];
    skip_spaces();
    if (i == s.size() || s[i] != '=') {
      refuse("a word stands there without '='",
             "write name=value pairs, or a URI: postgresql://user@host/database; values with "
             "spaces go in single quotes");
    }
    ++i;
    skip_spaces();
    const bool quoted = i < s.size() && s[i] == '\'';
    if (quoted) ++i;
    std::string value;
    while (i < s.size() && (quoted ? s[i] != '\'' : !is_space(s[i]))) {
      if (s[i] == '\\' && ++i == s.size()) break;
      value += s[i++];
    }
    if (quoted && i++ >= s.size()) {
      refuse("a quoted value has no closing quote", "close it with a single quote");
    }
    remember(std::move(name), std::move(value));
  }
}

// As libpq's conninfo_uri_parse_options reads it: the first '@' before any '/' ends user and
// password. A further '@' means that the password holds one, which libpq would take for the host.
void ConnectionString::parse_uri(std::size_t scheme_length) {
  std::string_view rest = std::string_view(text_).substr(scheme_length);
  const auto end_of_user = rest.find_first_of("@/");
  const bool has_user = end_of_user != std::string_view::npos && rest[end_of_user] == '@';
  if (has_user) {
    const auto user_info = rest.substr(0, end_of_user);
    const auto colon = user_info.find(':');
    remember("user", percent_decode(user_info.substr(0, colon)));
    if (colon != std::string_view::npos) {
      remember_secret(std::string(user_info.substr(colon + 1)));
      remember("password", percent_decode(user_info.substr(colon + 1)));
    }
    rest.remove_prefix(end_of_user + 1);
  }
  const auto question = rest.find('?');
  const auto place = rest.substr(0, question);
  if (place.find('@') != std::string_view::npos) {
    refuse("it holds a second '@', or a '/' before the '@'",
           "percent-encode special characters in the password: '@' as %40, '/' as %2F");
  }
  const auto slash = place.find('/');
  std::string hosts;
  std::string ports;
  for (std::string_view list = place.substr(0, slash); !list.empty();) {
    const auto comma = list.find(',');
    const auto one = list.substr(0, comma);
    const auto bracket = one.empty() || one.front() != '[' ? std::string_view::npos : one.find(']');
    const auto colon = one.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const auto port = colon == std::string_view::npos ? std::string_view{} : one.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      refuse("the port is not a number",
             "percent-encode special characters in the password: ':' as %3A, '@' as %40");
    }
    const auto name =
        bracket == std::string_view::npos ? one.substr(0, colon) : one.substr(1, bracket - 1);
    hosts += (hosts.empty() ? "" : ",") + percent_decode(name);
    ports += (ports.empty() ? "" : ",") + std::string(port);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  if (!hosts.empty()) remember("host", hosts);
  if (!ports.empty() && ports.find_first_not_of(',') != std::string::npos) remember("port", ports);
  if (slash != std::string_view::npos && slash + 1 < place.size()) {
    remember("dbname", percent_decode(place.substr(slash + 1)));
  }
  if (question != std::string_view::npos) {
    has_query_ = true;
    parse_uri_parameters(rest.substr(question + 1));
  }
}

void ConnectionString::parse_uri_parameters(std::string_view query) {
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const auto pair = query.substr(0, ampersand);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) {
      refuse("a parameter after '?' has no '='", "write ?name=value&name=value");
    }
    const auto name = percent_decode(pair.substr(0, equals));
    if (is_secret(name)) remember_secret(std::string(pair.substr(equals + 1)));
    remember(name, percent_decode(pair.substr(equals + 1)));
    query = ampersand == std::string_view::npos ? std::string_view{} : query.substr(ampersand + 1);
  }
}

std::optional<std::string> ConnectionString::parameter(std::string_view name) const {
  // The last one wins, as in libpq.
  const auto found = std::find_if(parameters_.rbegin(), parameters_.rend(),
                                  [&](const auto& p) { return p.first == name; });
  if (found == parameters_.rend()) return std::nullopt;
  return found->second;
}

void ConnectionString::add(std::string_view name, std::string_view value) {
  if (is_uri_) {
    text_ += fmt::format("{}{}={}", has_query_ ? "&" : "?", name, value);
    has_query_ = true;
  } else {
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : " ", name, value);
  }
  parameters_.emplace_back(name, value);
}

void ConnectionString::add_default(std::string_view name, std::string_view value) {
  if (!parameter(name)) add(name, value);
}

std::string ConnectionString::value_of(std::string_view name, const char* variable) const {
  const auto written = parameter(name);
  return written && !written->empty() ? *written : environment(variable);
}

bool ConnectionString::has_several_hosts() const {
  return value_of("host", "PGHOST").find(',') != std::string::npos ||
         value_of("hostaddr", "PGHOSTADDR").find(',') != std::string::npos;
}

std::string ConnectionString::description() const {
  auto user = value_of("user", "PGUSER");
  if (user.empty()) user = environment("USER");
  auto database = value_of("dbname", "PGDATABASE");
  if (database.empty()) database = user.empty() ? "the default database" : user;
  auto host = value_of("host", "PGHOST");
  if (host.empty()) host = value_of("hostaddr", "PGHOSTADDR");
  const auto port = value_of("port", "PGPORT");
  auto service = value_of("service", "PGSERVICE");

  std::string text = database;
  if (!service.empty() && host.empty()) {
    text += " of service " + service;
  } else if (host.empty()) {
    text += " on the local socket";
  } else {
    text += " on " + host + (host.front() == '/' || port.empty() ? "" : ":" + port);
  }
  if (!user.empty()) text += " as " + user;
  return scrub(std::move(text), secrets_);
}

std::string scrub(std::string text, const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      if (secret.size() < kShortestAnywhere && !is_whole_value(text, at, secret.size())) {
        ++at;
        continue;
      }
      text.replace(at, secret.size(), kMask);
      at += kMask.size();
    }
  }
  return text;
}

}  // namespace lockstep::postgres
