#include "ensure_partitions.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "create_partition.h"
#include "support/list.h"
#include "support/partition_bounds.h"
#include "support/yaml.h"

// A recipe: partitions of one day, week, month or year each, from one date to another. Both dates
// are written down, so that the same file gives the same plan on every day (decision 021).

namespace lockstep::operations::ensure_partitions {

namespace {

using Date = std::chrono::year_month_day;

constexpr long kMostPartitions = 1000;

enum class Every { kDay, kWeek, kMonth, kYear };

constexpr std::pair<std::string_view, Every> kPeriods[] = {
    {"day", Every::kDay}, {"week", Every::kWeek}, {"month", Every::kMonth}, {"year", Every::kYear}};

std::optional<Every> period_named(std::string_view word) {
  for (const auto& [name, period] : kPeriods) {
    if (name == word) return period;
  }
  return std::nullopt;
}

std::string_view word_of(Every period) {
  const auto* found = std::find_if(std::begin(kPeriods), std::end(kPeriods),
                                   [&](const auto& each) { return each.second == period; });
  return found->first;
}

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// 2024-01-31.
std::optional<Date> date_named(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const Date date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                  std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::string text_of(const Date& date, std::string_view between) {
  return fmt::format("{:04}{}{:02}{}{:02}", static_cast<int>(date.year()), between,
                     static_cast<unsigned>(date.month()), between,
                     static_cast<unsigned>(date.day()));
}

std::string suffix_of(Every every, const Date& date) {
  const std::string whole = text_of(date, "_");
  if (every == Every::kYear) return whole.substr(0, 4);
  return every == Every::kMonth ? whole.substr(0, 7) : whole;
}

bool begins_a_period(Every every, const Date& date) {
  const bool first = date.day() == std::chrono::day(1);
  if (every == Every::kMonth) return first;
  if (every == Every::kYear) return first && date.month() == std::chrono::January;
  return true;
}

Date next_period(Every every, const Date& date) {
  switch (every) {
    case Every::kDay:
      return std::chrono::sys_days(date) + std::chrono::days(1);
    case Every::kWeek:
      return std::chrono::sys_days(date) + std::chrono::days(7);
    case Every::kMonth:
      return date + std::chrono::months(1);
    case Every::kYear:
      break;
  }
  return date + std::chrono::years(1);
}

class Recipe {
 public:
  Recipe(text::Fields& fields, core::Problems& problems) : fields_(fields), problems_(problems) {
    table_ = yaml_name(fields, "table", problems);
    const std::string word = fields.required_text("every");
    every_ = period_named(word);
    if (!word.empty() && !every_)
      fields.problem("every", fmt::format("{} is no period", word),
                     "Write day, week, month or year.");
    from_ = read_date("from");
    if (fields.node("until") != nullptr) until_ = read_date("until");
    ahead_ = fields.integer("ahead");
    if ((fields.node("until") != nullptr) == (fields.node("ahead") != nullptr))
      fields.problem("from", "it does not say up to when",
                     "Write until: a date, the first without a partition; or ahead: a number of "
                     "partitions.");
    prefix_ = fields.node("prefix") != nullptr ? yaml_identifier(fields, "prefix", problems)
                                               : table_.name + "_";
  }

  std::vector<OperationPtr> operations(const Origin& origin) {
    std::vector<OperationPtr> operations;
    if (!every_ || !from_ || (!until_ && !ahead_)) return operations;
    Date begin = *from_;
    long count = 0;
    for (; ahead_ ? count < *ahead_ : begin < *until_; ++count) {
      if (count == kMostPartitions) {
        fields_.problem("from", fmt::format("these are more than {} partitions", kMostPartitions),
                        "Make fewer at a time, or longer ones.");
        return {};
      }
      const Date end = next_period(*every_, begin);
      append(operations, one(create_partition::operation_of(partition(begin, end), origin)));
      begin = end;
    }
    if (count == 0) {
      fields_.problem("from", "no partition lies between from and until",
                      "Write an end that lies behind from.");
    } else if (until_ && begin != *until_) {
      fields_.problem("until",
                      fmt::format("no {} that is counted from there ends at {}", word_of(*every_),
                                  text_of(*until_, "-")),
                      fmt::format("Write {}, where the last one ends.", text_of(begin, "-")));
    }
    return operations;
  }

 private:
  std::optional<Date> read_date(std::string_view key) {
    const std::string text = fields_.required_text(key);
    const std::optional<Date> date = date_named(text);
    if (!text.empty() && !date) {
      fields_.problem(key, fmt::format("{} is no date", text), "Write it as 2024-01-31.");
    } else if (date && every_ && !begins_a_period(*every_, *date)) {
      fields_.problem(key, fmt::format("no {} begins at {}", word_of(*every_), text),
                      "Write the first day of one.");
      return std::nullopt;
    }
    return date;
  }

  create_partition::Parameters partition(const Date& begin, const Date& end) {
    create_partition::Parameters made;
    made.operation = "ensure_partitions";
    made.table = table_;
    made.partition = {table_.schema, prefix_ + suffix_of(*every_, begin)};
    made.if_not_exists = true;
    const std::string bound =
        fmt::format("FOR VALUES FROM ('{}') TO ('{}')", text_of(begin, "-"), text_of(end, "-"));
    made.bound =
        parse_bound(bound, fields_.where("from"), problems_).value_or(sql::PartitionBound{});
    return made;
  }

  text::Fields& fields_;
  core::Problems& problems_;
  catalog::QualifiedName table_;
  std::optional<Every> every_;
  std::optional<Date> from_;
  std::optional<Date> until_;
  std::optional<long> ahead_;
  std::string prefix_;
};

}  // namespace

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation ensure_partitions", problems);
  Recipe recipe(fields, problems);
  std::vector<OperationPtr> operations = recipe.operations(origin);
  fields.finish();
  return operations;
}

}  // namespace lockstep::operations::ensure_partitions
