#include "masked_statement.h"

#include <algorithm>
#include <utility>

namespace lockstep::execution {
namespace {

constexpr std::size_t kShown = 200;
constexpr std::string_view kSpaces = " \t\n\r\f\v";
constexpr std::string_view kDigits = "0123456789";

bool is_one_of(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

bool begins_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || byte >= 0x80U;
}

bool in_name(char c) {
  return begins_name(c) || is_one_of(kDigits, c) || c == '$';
}

class Mask {
 public:
  explicit Mask(std::string_view sql) : sql_(sql) {}

  std::string text() {
    while (!rest().empty() && out_.size() <= kShown) {
      token();
    }
    return clipped();
  }

 private:
  std::string_view rest() const { return sql_.substr(at_); }
  char here(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  void go_to(std::size_t place) { at_ = std::min(place, sql_.size()); }

  void token() {
    const char c = here();
    if (is_one_of(kSpaces, c)) {
      ++at_;
      space();
    } else if (rest().starts_with("--")) {
      go_to(sql_.find('\n', at_));
      space();
    } else if (rest().starts_with("/*")) {
      comment();
      space();
    } else if (c == '\'') {
      string(false);
    } else if (c == '"') {
      quoted_name();
    } else if (c == '$') {
      dollar();
    } else if (is_one_of(kDigits, c) || (c == '.' && is_one_of(kDigits, here(1)))) {
      number();
    } else if (begins_name(c)) {
      name();
    } else {
      out_ += c;
      ++at_;
    }
  }

  void space() {
    if (!out_.empty() && out_.back() != ' ') {
      out_ += ' ';
    }
  }

  void comment() {
    int depth = 0;
    do {
      if (rest().starts_with("/*")) {
        ++depth;
        at_ += 2;
      } else if (rest().starts_with("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < sql_.size());
  }

  /// Whether a backslash escapes in a plain string is that session's setting: where it makes a
  /// difference to what is a literal, all of the rest counts as one.
  void string(bool escapes) {
    out_ += '?';
    for (++at_; at_ < sql_.size(); ++at_) {
      const char c = here();
      if (c == '\\' && escapes) {
        ++at_;
      } else if (c == '\\' && here(1) == '\'') {
        break;
      } else if (c == '\'' && here(1) == '\'') {
        ++at_;
      } else if (c == '\'') {
        ++at_;
        return;
      }
    }
    at_ = sql_.size();
  }

  void quoted_name() {
    const std::size_t end = sql_.find('"', at_ + 1);
    const std::size_t from = at_;
    go_to(end == std::string_view::npos ? end : end + 1);
    out_ += sql_.substr(from, at_ - from);
  }

  /// $1, or $tag$...$tag$.
  void dollar() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && sql_[end] != '$' && in_name(sql_[end])) {
      ++end;
    }
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    if (is_one_of(kDigits, here(1)) || tag.back() != '$' || tag.size() < 2) {
      out_ += sql_.substr(at_, end - at_);
      at_ = end;
      return;
    }
    out_ += '?';
    const std::size_t close = sql_.find(tag, end + 1);
    go_to(close == std::string_view::npos ? close : close + tag.size());
  }

  void number() {
    out_ += '?';
    while (in_name(here()) || here() == '.' ||
           (is_one_of("+-", here()) && is_one_of("eE", sql_[at_ - 1]))) {
      ++at_;
    }
  }

  void name() {
    const std::size_t from = at_;
    while (in_name(here())) {
      ++at_;
    }
    const std::string_view word = sql_.substr(from, at_ - from);
    out_ += word;
    if (here() == '\'' && word.size() == 1) {
      string(is_one_of("eE", word.front()));  // E'', and B'', X'', N'' without escapes
    }
  }

  /// No half characters at the end.
  std::string clipped() {
    if (out_.size() > kShown) {
      std::size_t size = kShown;
      while (size > 0 && (static_cast<unsigned char>(out_[size]) & 0xC0U) == 0x80U) {
        --size;
      }
      out_.resize(size);
    }
    while (!out_.empty() && out_.back() == ' ') {
      out_.pop_back();
    }
    return std::move(out_);
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string masked_statement(std::string_view sql) {
  return Mask(sql).text();
}

}  // namespace lockstep::execution
