#include "settings.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lockstep/text/units.h"

namespace lockstep::config {
namespace {

using Values = std::vector<std::string>;

std::optional<std::int64_t> number(const std::string& text, std::int64_t least, std::int64_t most,
                                   const Complain& complain) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || value < least || value > most) {
    complain(fmt::format("\"{}\" is not a whole number from {} to {}", text, least, most), {});
    return std::nullopt;
  }
  return value;
}

template <typename Duration>
void set_duration(Duration& target, const std::string& text, bool may_be_zero,
                  const Complain& complain) {
  const auto value = text::parse_duration(text);
  if (!value) {
    complain(fmt::format("\"{}\" is not a duration", text),
             "write a whole number with its unit: 250us, 50ms, 10s, 5m, 2h or 7d");
    return;
  }
  const auto rounded = std::chrono::duration_cast<Duration>(*value);
  if (rounded != *value) {
    complain(fmt::format("\"{}\" is finer than this setting can be", text),
             fmt::format("write a multiple of {}", text::format_duration(Duration(1))));
    return;
  }
  if (value->count() == 0 && !may_be_zero) {
    complain("this must be longer than 0", {});
    return;
  }
  target = rounded;
}

void set_size(std::int64_t& target, const std::string& text, const Complain& complain) {
  const auto value = text::parse_size(text);
  if (!value) {
    complain(fmt::format("\"{}\" is not a size", text),
             "write a whole number with its unit: 100B, 512kB, 8MB or 1GB; or 0");
    return;
  }
  target = *value;
}

constexpr std::size_t kLongestName = 63;  // PostgreSQL's NAMEDATALEN - 1

bool is_schema_name(const std::string& name, const Complain& complain) {
  if (name.empty() || name.size() > kLongestName || name.find('\0') != std::string::npos) {
    complain(fmt::format("\"{}\" cannot be a schema's name", name), "a name has 1 to 63 bytes");
    return false;
  }
  return true;
}

void set_schemas(Values& target, const Values& values, const Complain& complain) {
  for (const std::string& name : values) {
    if (!is_schema_name(name, complain)) {
      return;
    }
    if (std::count(values.begin(), values.end(), name) > 1) {
      complain(fmt::format("\"{}\" is named twice", name), "remove one of them");
      return;
    }
  }
  target = values;
}

void not_empty(std::string& target, const Values& values, const Complain& complain) {
  if (values[0].empty()) {
    complain("this is empty", {});
    return;
  }
  target = values[0];
}

/// A higher source replaces where tenants come from as a whole.
void clear_tenant_source(Options& o) {
  o.tenants.query.clear();
  o.tenants.pattern.clear();
  o.tenants.schemas.clear();
}

std::vector<Setting> make_settings() {
  return {
      {"", "database", false,
       [](Options& o, const Values& v, const Complain&) { o.database = v[0]; }},
      {"", "migrations", false,
       [](Options& o, const Values& v, const Complain& c) { not_empty(o.migrations, v, c); }},
      {"", "shared_schemas", true,
       [](Options& o, const Values& v, const Complain& c) { set_schemas(o.shared_schemas, v, c); }},
      {"", "ledger_schema", false,
       [](Options& o, const Values& v, const Complain& c) {
         if (!is_schema_name(v[0], c)) {
           return;
         }
         if (v[0].rfind("pg_", 0) == 0) {
           c("names that begin with pg_ are PostgreSQL's own", "choose another");
           return;
         }
         o.ledger_schema = v[0];
       }},
      {"", "role", false, [](Options& o, const Values& v, const Complain&) { o.role = v[0]; }},
      {"tenants", "query", false,
       [](Options& o, const Values& v, const Complain& c) {
         clear_tenant_source(o);
         not_empty(o.tenants.query, v, c);
       }},
      {"tenants", "pattern", false,
       [](Options& o, const Values& v, const Complain& c) {
         clear_tenant_source(o);
         not_empty(o.tenants.pattern, v, c);
       }},
      {"tenants", "schemas", true,
       [](Options& o, const Values& v, const Complain& c) {
         clear_tenant_source(o);
         set_schemas(o.tenants.schemas, v, c);
       }},
      {"tenants", "exclude", true,
       [](Options& o, const Values& v, const Complain&) { o.tenants.exclude = v; }},
      {"rollout", "jobs", false,
       [](Options& o, const Values& v, const Complain& c) {
         if (const auto n = number(v[0], 1, 1000, c)) {
           o.rollout.jobs = static_cast<std::size_t>(*n);
         }
       }},
      {"rollout", "max_failures", false,
       [](Options& o, const Values& v, const Complain& c) {
         if (const auto n = number(v[0], 0, 1'000'000, c)) {
           o.rollout.max_failures = static_cast<std::size_t>(*n);
         }
       }},
      {"rollout", "wait", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.rollout.wait, v[0], true, c);
       }},
      {"locks", "lock_timeout", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.locks.lock_timeout, v[0], false, c);
       }},
      {"locks", "max_hold", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.locks.max_hold, v[0], false, c);
       }},
      {"locks", "give_up_after", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.locks.give_up_after, v[0], false, c);
       }},
      {"locks", "direct_below", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_size(o.locks.direct_below, v[0], c);
       }},
      {"backfill", "batch_duration", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.backfill.batch_duration, v[0], false, c);
       }},
      {"backfill", "max_rows_per_second", false,
       [](Options& o, const Values& v, const Complain& c) {
         if (const auto n = number(v[0], 0, 1'000'000'000, c)) {
           o.backfill.max_rows_per_second = *n;
         }
       }},
      {"backfill", "max_replica_lag", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.backfill.max_replica_lag, v[0], true, c);
       }},
      {"backfill", "max_active_sessions", false,
       [](Options& o, const Values& v, const Complain& c) {
         if (const auto n = number(v[0], 0, 1'000'000, c)) {
           o.backfill.max_active_sessions = static_cast<int>(*n);
         }
       }},
      {"backfill", "pause_when", false,
       [](Options& o, const Values& v, const Complain&) { o.backfill.pause_when = v[0]; }},
      {"", "drop_grace", false,
       [](Options& o, const Values& v, const Complain& c) {
         set_duration(o.drop_grace, v[0], true, c);
       }},
  };
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = make_settings();
  return all;
}

const Setting* find_setting(std::string_view section, std::string_view key) {
  for (const Setting& setting : settings()) {
    if (setting.section == section && setting.key == key) {
      return &setting;
    }
  }
  return nullptr;
}

std::string variable_name(const Setting& setting) {
  std::string name = "LOCKSTEP_";
  if (!setting.section.empty()) {
    name += std::string(setting.section) + "_";
  }
  name += setting.key;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

void check_together(const Options& options, const Complain& complain) {
  const auto& shared = options.shared_schemas;
  if (std::find(shared.begin(), shared.end(), options.ledger_schema) != shared.end()) {
    complain(fmt::format("\"{}\" is the ledger's schema and named in shared_schemas too",
                         options.ledger_schema),
             "the ledger's schema is Lockstep's own; remove it from shared_schemas");
  }
  // PostgreSQL's 63 bytes, less "_grace".
  constexpr std::size_t kLongestWithGrace = 57;
  if (options.drop_grace.count() > 0 && options.ledger_schema.size() > kLongestWithGrace) {
    complain(
        fmt::format("\"{}\" is too long a name for the ledger's schema where drop_grace is set",
                    options.ledger_schema),
        "dropped tables are kept in the schema of that name with _grace behind it, and a name has "
        "at most 63 bytes");
  }
  if (options.locks.give_up_after < options.locks.lock_timeout) {
    complain("locks.give_up_after is shorter than locks.lock_timeout", {});
  }
}

}  // namespace lockstep::config
