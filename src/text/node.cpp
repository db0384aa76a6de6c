#include "lockstep/text/node.h"

#include <algorithm>
#include <istream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "utf8.h"

namespace lockstep::text {

const Node* Node::find(std::string_view key) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.key == key) {
      return &entry.value;
    }
  }
  return nullptr;
}

Node Node::map_scalars(const Change& change) const {
  return map_scalars_below({}, change);
}

Node Node::map_scalars_below(const std::string& path, const Change& change) const {
  Node result = *this;
  if (kind_ == Kind::kScalar) {
    result.scalar_ = change(path, *this);
  }
  for (Node& item : result.items_) {
    item = item.map_scalars_below(path, change);
  }
  for (Entry& entry : result.entries_) {
    entry.value =
        entry.value.map_scalars_below(path.empty() ? entry.key : path + "." + entry.key, change);
  }
  return result;
}

namespace {

/// Translates the parser's marks: 0-based lines, 0-based columns in bytes.
class Positions {
 public:
  Positions(std::string_view text, std::string file) : file_(std::move(file)) {
    std::size_t begin = 0;
    while (true) {
      const std::size_t end = text.find('\n', begin);
      lines_.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
      if (end == std::string_view::npos) {
        break;
      }
      begin = end + 1;
    }
  }

  core::SourceLocation at(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0) {
      return {file_, 0, 0};
    }
    return at(static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column));
  }

  core::SourceLocation at(std::size_t line, std::size_t byte_column) const {
    if (line >= lines_.size()) {
      return {file_, lines_.size(), 1};
    }
    return {file_, line + 1, count_characters(lines_[line].substr(0, byte_column)) + 1};
  }

  /// Whether the quote that opens here is closed. The parser takes the end of the file for a
  /// closing quote, which would silently swallow the rest of a file.
  bool quote_is_closed(const YAML::Mark& mark) const {
    auto line = static_cast<std::size_t>(mark.line);
    std::string_view rest = lines_[line].substr(static_cast<std::size_t>(mark.column));
    while (!rest.empty() && (rest.front() == '&' || rest.front() == '!')) {
      rest = rest.substr(std::min(rest.find_first_of(" \t"), rest.size()));
      rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    }
    if (rest.empty() || (rest.front() != '\'' && rest.front() != '"')) {
      return true;
    }
    const char quote = rest.front();
    rest.remove_prefix(1);
    while (true) {
      for (std::size_t i = 0; i < rest.size(); ++i) {
        if (quote == '"' && rest[i] == '\\') {
          ++i;
        } else if (rest[i] == quote && quote == '\'' && rest.substr(i + 1, 1) == "'") {
          ++i;
        } else if (rest[i] == quote) {
          return true;
        }
      }
      if (++line >= lines_.size()) {
        return false;
      }
      rest = lines_[line];
    }
  }

  core::SourceLocation at_offset(std::string_view text, std::size_t offset) const {
    const std::string_view before = text.substr(0, offset);
    std::size_t line = 0;
    for (const char c : before) {
      line += c == '\n' ? 1 : 0;
    }
    const std::size_t newline = before.rfind('\n');
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    return {file_, line + 1, count_characters(before.substr(start)) + 1};
  }

 private:
  std::string file_;
  std::vector<std::string_view> lines_;
};

/// Stops the parser; the Problem has been put.
struct Abandoned {};

}  // namespace

/// Builds the tree from the parser's events.
class NodeBuilder : public YAML::EventHandler {
 public:
  NodeBuilder(const Positions& positions, core::Problems& problems)
      : positions_(positions), problems_(problems) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (document_seen_) {
      fail(mark, "a second document begins here",
           "keep one document in a file; remove the \"---\"");
    }
    document_seen_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(mark, Node::Kind::kNull), anchor, 1);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known == anchored_.end()) {
      fail(mark, "this alias lies inside the value that it repeats", "write the value out");
    }
    // A copy: adding to the tree may put an anchored parent beside it.
    const Anchored value = known->second;
    spend(mark, value.weight);
    place(value.node, mark, value.weight);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(mark, Node::Kind::kScalar);
    node.scalar_ = value;
    node.quoted_ = tag == "!" || tag == kStringTag;
    if (tag != "?" && !node.quoted_ && !tag.empty()) {
      fail(mark, fmt::format("the tag {} has no meaning here", tag), "remove the tag");
    }
    if (node.quoted_ && !positions_.quote_is_closed(mark)) {
      fail(mark, "not valid YAML: a quote is not closed", "close it");
    }
    add(std::move(node), anchor, 1 + value.size() / kBytesPerUnit);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  static constexpr const char* kStringTag = "tag:yaml.org,2002:str";
  /// A document's size after its aliases are expanded, in values or 64 bytes of text each.
  static constexpr std::size_t kLargestDocument = 200'000;
  static constexpr std::size_t kBytesPerUnit = 64;

  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::size_t weight = 1;
    std::optional<std::pair<std::string, core::SourceLocation>> key;  ///< read, value to come
    bool skip_value = false;                                          ///< the key was a duplicate
    std::set<std::string> keys;
  };
  struct Anchored {
    Node node;
    std::size_t weight = 1;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message,
                         const std::string& remedy) {
    problems_.push_back({positions_.at(mark), message, remedy});
    throw Abandoned{};
  }

  Node make(const YAML::Mark& mark, Node::Kind kind) const {
    Node node;
    node.kind_ = kind;
    node.where_ = positions_.at(mark);
    return node;
  }

  void spend(const YAML::Mark& mark, std::size_t weight) {
    spent_ += weight;
    if (spent_ > kLargestDocument) {
      fail(mark, "the document is too large once its aliases are expanded",
           "write the values out, or split the file");
    }
  }

  void add(Node node, YAML::anchor_t anchor, std::size_t weight) {
    const YAML::Mark none = YAML::Mark::null_mark();
    spend(none, weight);
    if (anchor != 0) {
      anchored_[anchor] = Anchored{node, weight};
    }
    place(std::move(node), none, weight);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    if (tag != "?" && tag != "!" && !tag.empty()) {
      fail(mark, fmt::format("the tag {} has no meaning here", tag), "remove the tag");
    }
    spend(mark, 1);
    Open opened;
    opened.node = make(mark, kind);
    opened.anchor = anchor;
    opened.mark = mark;
    open_.push_back(std::move(opened));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) {
      anchored_[done.anchor] = Anchored{done.node, done.weight};
    }
    place(std::move(done.node), done.mark, done.weight);
  }

  /// Puts a finished value where it belongs: the root, a sequence, a map's key or a map's value.
  void place(Node node, const YAML::Mark& mark, std::size_t weight) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.weight += weight;
    if (parent.node.kind_ == Node::Kind::kSequence) {
      parent.node.items_.push_back(std::move(node));
    } else if (!parent.key) {
      take_key(parent, node, mark);
    } else {
      if (!parent.skip_value) {
        if (node.kind_ == Node::Kind::kNull) {
          // Nothing has no place of its own; the parser names the token after it.
          node.where_ = parent.key->second;
        }
        parent.node.entries_.push_back(
            Node::Entry{parent.key->first, parent.key->second, std::move(node)});
      }
      parent.key.reset();
    }
  }

  void take_key(Open& parent, const Node& node, const YAML::Mark& mark) {
    if (node.kind() != Node::Kind::kScalar) {
      fail(mark, "a key must be a plain word", "write a name before the colon");
    }
    if (node.scalar() == "<<" && !node.quoted()) {
      problems_.push_back(
          {node.where(), "merge keys (<<) are not supported", "write the keys out"});
    }
    parent.skip_value = !parent.keys.insert(node.scalar()).second;
    if (parent.skip_value) {
      problems_.push_back({node.where(), fmt::format("\"{}\" is given twice", node.scalar()),
                           "remove one of them"});
    }
    parent.key = std::make_pair(node.scalar(), node.where());
  }

  const Positions& positions_;
  core::Problems& problems_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  Node root_;
  std::size_t spent_ = 0;
  bool document_seen_ = false;
};

namespace {

struct Wording {
  std::string_view parser;
  std::string_view message;
  std::string_view remedy;
};

/// The parser's messages in words that say what to do.
constexpr Wording kWordings[] = {
    {"illegal tab", "a tab is used for indentation", "indent with spaces"},
    {"end of map not found", "the indentation or the quoting does not fit here",
     "line the keys of one map up in the same column"},
    {"end of sequence not found", "the indentation or the quoting does not fit here",
     "line the items of one list up in the same column"},
    {"end of map flow not found", "a { is not closed, or a comma is missing before here",
     "close it with }; quote values that hold {, }, [, ], a comma or \": \""},
    {"end of sequence flow not found", "a [ is not closed, or a comma is missing before here",
     "close it with ]; quote values that hold {, }, [, ], a comma or \": \""},
    {"illegal flow end", "a closing bracket has no opening one", "remove it, or quote the value"},
    {"illegal map value", "a second \": \" stands in this value, or the indentation is wrong",
     "quote the value if it holds \": \""},
    {"illegal EOF in scalar", "a quote is not closed", "close it"},
    {"unknown escape character", "an unknown escape stands in a double-quoted value",
     "use single quotes, or double the backslash"},
    {"the referenced anchor is not defined", "this alias refers to an anchor that does not exist",
     "define it with & before, or quote a value that begins with *"},
};

core::Problem worded(const YAML::Exception& error, const Positions& positions) {
  for (const Wording& wording : kWordings) {
    if (error.msg.find(wording.parser) != std::string::npos) {
      return {positions.at(error.mark), fmt::format("not valid YAML: {}", wording.message),
              std::string(wording.remedy)};
    }
  }
  return {positions.at(error.mark), "not valid YAML: " + error.msg, {}};
}

/// Whether a tab stands in the indentation of the line where the parser gave up.
bool tab_indents(std::string_view text, std::size_t line) {
  std::size_t begin = 0;
  for (std::size_t i = 1; i < line; ++i) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) {
      return false;
    }
    ++begin;
  }
  const std::size_t end = text.find_first_not_of(" \t", begin);
  return text.substr(begin, end - begin).find('\t') != std::string_view::npos;
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Node run_parser(std::string_view text, const Positions& positions, core::Problems& problems) {
  NodeBuilder builder(positions, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Abandoned&) {
    return {};
  } catch (const YAML::Exception& error) {
    core::Problem problem = worded(error, positions);
    if (problem.where.line > 0 && tab_indents(text, problem.where.line)) {
      problem.message = "not valid YAML: a tab is used for indentation";
      problem.remedy = "indent with spaces";
    }
    problems.push_back(std::move(problem));
    return {};
  }
  return builder.take();
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& file, core::Problems& problems) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  const Positions positions(text, file);
  if (const auto bad = first_unreadable_byte(text)) {
    problems.push_back({positions.at_offset(text, *bad),
                        "a byte here is a control character or not UTF-8",
                        "save the file as UTF-8 text"});
    return {};
  }
  const std::size_t before = problems.size();
  Node root = run_parser(text, positions, problems);
  return problems.size() == before ? root : Node{};
}

}  // namespace lockstep::text
