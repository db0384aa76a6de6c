#include "transaction_scan.h"

#include <algorithm>
#include <array>
#include <string>

namespace lockstep::postgres {

namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Gives the words and semicolons of a text, as far as PostgreSQL's lexer would see any.
class Words {
 public:
  explicit Words(std::string_view sql) : sql_(sql) {}

  /// The next word in upper case, ";" between statements, "" at the end.
  std::string next() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      if (c == ';') {
        ++at_;
        return ";";
      }
      if (starts_with("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (starts_with("/*")) {
        skip_block_comment();
      } else if (c == '\'' || c == '"') {
        skip_quoted(c, false);
      } else if (c == '$') {
        skip_dollar();
      } else if (is_word_character(c)) {
        auto word = take_word();
        if ((word != "E") || at_ >= sql_.size() || sql_[at_] != '\'') return word;
        skip_quoted('\'', true);
      } else {
        ++at_;
      }
    }
    return {};
  }

 private:
  bool starts_with(std::string_view prefix) const {
    return sql_.compare(at_, prefix.size(), prefix) == 0;
  }

  std::string take_word() {
    std::string word;
    while (at_ < sql_.size() && (is_word_character(sql_[at_]) || sql_[at_] == '$')) {
      word += upper(sql_[at_++]);
    }
    return word;
  }

  void skip_block_comment() {
    int depth = 0;
    do {
      if (starts_with("/*")) {
        ++depth;
        at_ += 2;
      } else if (starts_with("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < sql_.size());
  }

  void skip_quoted(char quote, bool backslashes) {
    for (++at_; at_ < sql_.size() && sql_[at_] != quote; ++at_) {
      if (backslashes && sql_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void skip_dollar() {
    auto end = at_ + 1;
    while (end < sql_.size() && is_word_character(sql_[end])) ++end;
    const bool is_tag = end < sql_.size() && sql_[end] == '$' &&
                        (end == at_ + 1 || sql_[at_ + 1] < '0' || sql_[at_ + 1] > '9');
    if (!is_tag) {
      at_ = end;
      return;
    }
    const auto tag = sql_.substr(at_, end - at_ + 1);
    const auto closing = sql_.find(tag, end + 1);
    at_ = closing == std::string_view::npos ? sql_.size() : closing + tag.size();
  }

  std::string_view sql_;
  std::size_t at_ = 0;
};

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void note_statement(const std::string& first, const std::string& second, bool names_savepoint,
                    TransactionScan& scan) {
  if (first == "BEGIN" || first == "START") {
    scan.begins = true;
    scan.open_after = true;
  } else if (is_one_of(first, {"COMMIT", "END"}) ||
             (first == "PREPARE" && second == "TRANSACTION")) {
    scan.commits = true;
    scan.open_after = false;
  } else if (is_one_of(first, {"ROLLBACK", "ABORT"})) {
    if (!names_savepoint) scan.open_after = false;
  } else if (!is_one_of(first, {"SELECT", "SHOW", "SET", "RESET", "VALUES", "TABLE", "LOCK",
                                "SAVEPOINT", "RELEASE"})) {
    scan.only_reads = false;
  }
}

}  // namespace

TransactionScan scan_transactions(std::string_view sql, bool open_before) {
  TransactionScan scan;
  scan.open_after = open_before;
  Words words(sql);
  for (auto word = words.next(); !word.empty(); word = words.next()) {
    if (word == ";") continue;
    const auto first = word;
    const auto second = words.next();
    bool names_savepoint = second == "TO";
    // A function's BEGIN ATOMIC ... END is one statement, and ends with the END that closes no
    // CASE.
    int open_bodies = 0;
    std::string before = second;
    for (word = second; !word.empty() && (word != ";" || open_bodies > 0); word = words.next()) {
      if (word == "TO") names_savepoint = true;
      if (word == "ATOMIC" && before == "BEGIN") ++open_bodies;
      if (open_bodies > 0 && word == "CASE") ++open_bodies;
      if (open_bodies > 0 && word == "END") --open_bodies;
      before = word;
    }
    note_statement(first, second, names_savepoint, scan);
    if (word.empty()) break;
  }
  return scan;
}

}  // namespace lockstep::postgres
