#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lockstep/database/session.h"

namespace lockstep::test {

/// A session without a server: answers statements by what they contain, and keeps what it was sent.
class ScriptedSession : public database::Session {
 public:
  using Answer = std::function<database::Result()>;

  /// The next statement that contains `text` is answered so, once. Others get an empty result.
  void answer(std::string text, Answer answer) {
    script_.emplace_back(std::move(text), std::move(answer));
  }
  void answer(std::string text, std::vector<std::vector<std::optional<std::string>>> rows) {
    database::Result result;
    result.columns.resize(rows.empty() ? 0 : rows.front().size());
    result.rows = std::move(rows);
    answer(std::move(text), [result] { return result; });
  }
  const std::vector<std::string>& sent() const noexcept { return sent_; }

  database::Result execute(std::string_view sql) override {
    sent_.emplace_back(sql);
    for (auto step = script_.begin(); step != script_.end(); ++step) {
      if (sql.find(step->first) != std::string_view::npos) {
        const Answer give = std::move(step->second);
        script_.erase(step);
        return give();
      }
    }
    return {};
  }
  database::Result execute(std::string_view sql,
                           const std::vector<std::optional<std::string>>& /*parameters*/) override {
    return execute(sql);
  }
  std::string quote_identifier(std::string_view name) const override { return quoted(name, '"'); }
  std::string quote_literal(std::string_view text) const override { return quoted(text, '\''); }
  int backend_pid() const override { return 1; }
  bool alive() const noexcept override { return true; }
  int server_version() const noexcept override { return 150000; }
  std::size_t statement_number() const noexcept override { return sent_.size(); }
  void cancel(std::size_t number) noexcept override { cancelled_.push_back(number); }
  std::vector<std::string> take_notices() override { return {}; }

 private:
  static std::string quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (char c : text) {
      out += c;
      if (c == quote) {
        out += c;
      }
    }
    return out + quote;
  }

  std::deque<std::pair<std::string, Answer>> script_;
  std::vector<std::string> sent_;
  std::vector<std::size_t> cancelled_;
};

}  // namespace lockstep::test
