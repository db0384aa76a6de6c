#include "lockstep/sql/variables.h"

#include <algorithm>
#include <optional>

#include "lockstep/core/strings.h"
#include "scan.h"
#include "source_map.h"

namespace lockstep::sql {

namespace {

constexpr std::size_t kLongestIdentifier = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

/// The letters that go on a word of SQL, in whatever encoding.
bool continues_word(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// "12", "-0.5".
bool is_number(std::string_view value) {
  const auto digits = [&value] {
    const std::size_t before = value.size();
    while (!value.empty() && is_digit(value.front())) value.remove_prefix(1);
    return value.size() != before;
  };
  if (value.starts_with('-')) value.remove_prefix(1);
  if (!digits()) return false;
  if (!value.starts_with('.')) return value.empty();
  value.remove_prefix(1);
  return digits() && value.empty();
}

/// Quoted also where it is a keyword of no reserve, which could say more than a name does.
std::string as_identifier(const std::string& value) {
  const bool plain = !value.empty() && (is_lower(value.front()) || value.front() == '_') &&
                     std::all_of(value.begin(), value.end(),
                                 [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
  if (plain) {
    const Scan scanned = scan(value);
    if (scanned.tokens.size() == 1 &&
        scanned.tokens[0].keyword == PG_QUERY__KEYWORD_KIND__NO_KEYWORD) {
      return value;
    }
  }
  return '"' + core::doubled(value, '"') + '"';
}

/// A ${name} in a text.
struct Use {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string name;
  bool escaped = false;  ///< a $ stands before it: $${name}
};

std::vector<Use> find_uses(std::string_view text) {
  std::vector<Use> uses;
  for (std::size_t at = text.find("${"); at != std::string_view::npos;
       at = text.find("${", at + 2)) {
    const std::size_t close = text.find('}', at);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(at + 2, close - at - 2);
    if (is_variable_name(name)) {
      uses.push_back(Use{at, close + 1, std::string(name), at > 0 && text[at - 1] == '$'});
    }
  }
  return uses;
}

core::Problem unknown(const Use& use, const Variables& variables, core::SourceLocation where,
                      bool quoted) {
  std::string remedy = variables.remedy ? variables.remedy(use.name) : std::string();
  if (quoted) {
    remedy += (remedy.empty() ? "" : "; ") + ("the text itself is written $${" + use.name + "}");
  }
  return {std::move(where), "there is no variable \"" + use.name + "\"", std::move(remedy)};
}

class Binder {
 public:
  Binder(std::string_view text, const core::SourceLocation& origin, const Variables& variables,
         bool in_bodies, core::Problems& problems)
      : text_(text),
        map_(text, origin),
        variables_(variables),
        in_bodies_(in_bodies),
        problems_(problems) {}

  Bound run(const std::vector<Use>& uses) {
    scan_text();
    for (const Use& use : uses) {
      if (auto replacement = replacement_of(use)) {
        replace(use.escaped ? use.begin - 1 : use.begin, use.end, *replacement);
      }
    }
    bound_.text.append(text_.substr(done_));
    return std::move(bound_);
  }

 private:
  /// Where the scanner gives up, the rest is left alone: it is a Problem of its own.
  void scan_text() {
    const Scan whole = scan(std::string(text_));
    if (!whole.error) {
      tokens_ = whole.tokens;
      readable_ = text_.size();
      return;
    }
    readable_ = map_.byte_of_character(0, std::max<std::size_t>(whole.error->character, 1));
    tokens_ = scan(std::string(text_.substr(0, readable_))).tokens;
  }

  static const Token* token_around(const std::vector<Token>& tokens, std::size_t byte) {
    const auto after =
        std::upper_bound(tokens.begin(), tokens.end(), byte,
                         [](std::size_t b, const Token& token) { return b < token.begin; });
    if (after == tokens.begin() || std::prev(after)->end <= byte) return nullptr;
    return &*std::prev(after);
  }

  enum class Place { kBare, kLiteral, kIdentifier, kOddLiteral, kLeftAlone };

  Place place_of(const Use& use) {
    in_body_ = false;
    if (use.begin >= readable_) return Place::kLeftAlone;
    return place_in(tokens_, 0, use.begin);
  }

  /// `tokens` are those of the text from `base` on.
  Place place_in(const std::vector<Token>& tokens, std::size_t base, std::size_t byte) {
    const Token* token = token_around(tokens, byte - base);
    if (token == nullptr) return Place::kBare;
    const char first = text_[base + token->begin];
    switch (token->kind) {
      case PG_QUERY__TOKEN__SQL_COMMENT:
      case PG_QUERY__TOKEN__C_COMMENT:
        return Place::kLeftAlone;
      case PG_QUERY__TOKEN__SCONST:
        if (first == '$') return place_in_body(base + token->begin, base + token->end, byte);
        return first == '\'' ? Place::kLiteral : Place::kOddLiteral;
      case PG_QUERY__TOKEN__IDENT:
        return first == '"' ? Place::kIdentifier : Place::kBare;
      case PG_QUERY__TOKEN__USCONST:
      case PG_QUERY__TOKEN__UIDENT:
      case PG_QUERY__TOKEN__BCONST:
      case PG_QUERY__TOKEN__XCONST:
        return Place::kOddLiteral;
      default:
        return Place::kBare;
    }
  }

  /// A body is SQL again: PL/pgSQL's words are cut in the same way.
  Place place_in_body(std::size_t begin, std::size_t end, std::size_t byte) {
    if (!in_bodies_) return Place::kLeftAlone;
    in_body_ = true;
    const std::size_t tag = text_.find('$', begin + 1) + 1 - begin;
    begin += tag;
    end -= tag;
    return place_in(scan(std::string(text_.substr(begin, end - begin))).tokens, begin, byte);
  }

  /// What stands there instead; nothing if it stays.
  std::optional<std::string> replacement_of(const Use& use) {
    const Place place = place_of(use);
    if (place == Place::kLeftAlone) return std::nullopt;
    if (use.escaped && place != Place::kBare) {
      return std::string(text_.substr(use.begin, use.end - use.begin));
    }
    // As long as what was written, so that the rest can be read on.
    const std::string stand_in(use.end - use.begin, 'q');
    const auto variable = variables_.values.find(use.name);
    if (variable == variables_.values.end()) {
      problems_.push_back(
          unknown(use, variables_, map_.location(use.begin), place != Place::kBare));
      return stand_in;
    }
    const std::string& value = variable->second;
    if (in_body_ && value.find('$') != std::string::npos) {
      reject(use, "the value of ${" + use.name + "} has a $ in it, which could end the body",
             "write the body in single quotes");
    }
    switch (place) {
      case Place::kLiteral:
        return core::doubled(value, '\'');
      case Place::kIdentifier:
        return core::doubled(value, '"');
      case Place::kBare:
        return bare(use, value).value_or(stand_in);
      case Place::kOddLiteral:
      case Place::kLeftAlone:
        break;
    }
    reject(use, "${" + use.name + "} cannot stand in this kind of literal",
           "write a plain literal, '...', without E, U&, B or X before it");
    return stand_in;
  }

  /// A number or an identifier, which nothing beside it makes part of something longer.
  std::optional<std::string> bare(const Use& use, const std::string& value) {
    const char before = use.begin > 0 ? text_[use.begin - 1] : ' ';
    const char after = use.end < text_.size() ? text_[use.end] : ' ';
    const auto joins = [](char c) { return continues_word(c) || c == '"' || c == '\''; };
    if (joins(before) || joins(after) || text_.substr(use.end).starts_with("${")) {
      reject(use, "${" + use.name + "} is part of a longer word",
             "write the whole name in double quotes, or the whole text in single ones");
      return std::nullopt;
    }
    const bool number = is_number(value);
    if (!number && (value.empty() || value.size() > kLongestIdentifier)) {
      reject(use,
             "the value of ${" + use.name + "} cannot be a name: it " +
                 (value.empty() ? "is empty" : "is longer than 63 bytes"),
             "write '${" + use.name + "}' for a text");
      return std::nullopt;
    }
    std::string result = number ? value : as_identifier(value);
    if (before == '-' && result.front() == '-') result.insert(0, 1, ' ');  // not a comment
    if (after == '&') result += ' ';                                       // not U&'...'
    return result;
  }

  void reject(const Use& use, std::string message, std::string remedy) {
    problems_.push_back(
        core::Problem{map_.location(use.begin), std::move(message), std::move(remedy)});
  }

  void replace(std::size_t begin, std::size_t end, const std::string& replacement) {
    bound_.text.append(text_.substr(done_, begin - done_));
    const std::size_t at = bound_.text.size();
    bound_.text += replacement;
    bound_.edits.push_back(Edit{begin, end, at, bound_.text.size()});
    done_ = end;
  }

  std::string_view text_;
  SourceMap map_;
  const Variables& variables_;
  bool in_bodies_;
  core::Problems& problems_;
  std::vector<Token> tokens_;
  std::size_t readable_ = 0;
  bool in_body_ = false;
  std::size_t done_ = 0;
  Bound bound_;
};

}  // namespace

Bound bind_variables(std::string_view text, const core::SourceLocation& origin,
                     const Variables& variables, bool in_bodies, core::Problems& problems) {
  const std::vector<Use> uses = find_uses(text);
  if (uses.empty()) return Bound{std::string(text), {}};
  return Binder(text, origin, variables, in_bodies, problems).run(uses);
}

std::string bind_variables_in_text(std::string_view text, const core::SourceLocation& where,
                                   const Variables& variables, core::Problems& problems) {
  std::string result;
  std::size_t done = 0;
  for (const Use& use : find_uses(text)) {
    const auto variable = variables.values.find(use.name);
    result.append(text.substr(done, use.begin - (use.escaped ? 1 : 0) - done));
    done = use.end;
    if (use.escaped) {
      result.append(text.substr(use.begin, use.end - use.begin));
    } else if (variable != variables.values.end()) {
      result += variable->second;
    } else {
      problems.push_back(unknown(use, variables, where, true));
    }
  }
  result.append(text.substr(done));
  return result;
}

bool is_variable_name(std::string_view name) noexcept {
  return !name.empty() && is_lower(name.front()) && name != "schema" &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

}  // namespace lockstep::sql
