#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lockstep/planner/planner.h"

namespace lockstep::planner {

using catalog::Catalog;
using catalog::Column;
using catalog::Relation;

namespace {

using Lines = std::vector<std::string>;

template <class Item>
const Item* named(const std::vector<Item>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

/// "lacks index i", "has an extra index i", and what `change` says of those on both sides.
template <class Item, class Change>
void compare(const std::vector<Item>& these, const std::vector<Item>& those,
             const std::string& what, const std::string& of, Lines& lines, Change change) {
  for (const Item& that : those) {
    if (!named(these, that.name))
      lines.push_back(fmt::format("lacks {} {}{}", what, of, that.name));
  }
  for (const Item& item : these) {
    const Item* that = named(those, item.name);
    if (!that) {
      lines.push_back(fmt::format("has an extra {} {}{}", what, of, item.name));
    } else {
      change(item, *that);
    }
  }
}

void compare_columns(const Column& one, const Column& other, const std::string& name,
                     Lines& lines) {
  if (one.type != other.type) {
    lines.push_back(fmt::format("column {} is {} instead of {}", name, one.type, other.type));
  }
  if (one.not_null != other.not_null) {
    lines.push_back(fmt::format("column {} is {}", name, one.not_null ? "NOT NULL" : "nullable"));
  }
  const std::string of_one = one.default_value ? one.default_value->text : "none";
  const std::string of_other = other.default_value ? other.default_value->text : "none";
  if (of_one != of_other) {
    lines.push_back(fmt::format("column {} has default {} instead of {}", name, of_one, of_other));
  }
  if (one.identity != other.identity || one.generated != other.generated) {
    lines.push_back(fmt::format("column {} is generated differently", name));
  }
}

void compare_relations(const Relation& one, const Relation& other, Lines& lines) {
  const std::size_t before = lines.size();
  const std::string name = core::display(one.name);
  if (one.kind != other.kind) {
    lines.push_back(fmt::format("{} is a {} instead of a {}", name, catalog::to_string(one.kind),
                                catalog::to_string(other.kind)));
  }
  compare(one.columns, other.columns, "column", name + ".", lines,
          [&](const auto& a, const auto& b) { compare_columns(a, b, name + "." + a.name, lines); });
  compare(one.constraints, other.constraints, "constraint", name + ".", lines,
          [&](const auto& a, const auto& b) {
            if (a.definition != b.definition || a.validated != b.validated) {
              lines.push_back(fmt::format("constraint {}.{} is {}{} instead of {}{}", name, a.name,
                                          a.definition, a.validated ? "" : " (not valid)",
                                          b.definition, b.validated ? "" : " (not valid)"));
            }
          });
  compare(one.indexes, other.indexes, "index", "", lines, [&](const auto& a, const auto& b) {
    if (a.definition != b.definition) {
      lines.push_back(
          fmt::format("index {} is {} instead of {}", a.name, a.definition, b.definition));
    } else if (a.valid != b.valid) {
      lines.push_back(fmt::format("index {} is {}", a.name, a.valid ? "valid" : "invalid"));
    }
  });
  compare(one.triggers, other.triggers, "trigger", name + ".", lines,
          [&](const auto& a, const auto& b) {
            if (!(a == b)) lines.push_back(fmt::format("trigger {}.{} differs", name, a.name));
          });
  if (lines.size() != before) return;
  // Equal by everything above: the rest is said only then, in one line each.
  const bool same_order =
      std::equal(one.columns.begin(), one.columns.end(), other.columns.begin(),
                 [](const Column& a, const Column& b) { return a.name == b.name; });
  if (!same_order) lines.push_back(fmt::format("{} has its columns in another order", name));
  if (one.owner != other.owner) {
    lines.push_back(fmt::format("{} belongs to {} instead of {}", name, one.owner, other.owner));
  }
  if (one.privileges != other.privileges)
    lines.push_back(fmt::format("{} has other privileges", name));
  if (one.publications != other.publications) {
    lines.push_back(fmt::format("{} is in other publications", name));
  }
  if (lines.size() == before && !(one == other)) {
    lines.push_back(fmt::format("{} {} differs", catalog::to_string(one.kind), name));
  }
}

/// Names that the plan chooses in the one and not in the other.
void compare_names(const Catalog& these, const Catalog& those, Lines& lines) {
  const auto compare = [&](const std::string& what, const auto& names, const auto& others) {
    for (const auto& name : names) {
      if (others.count(name) == 0) {
        lines.push_back(fmt::format("has a {} {} elsewhere", what, core::display(name)));
      }
    }
    for (const auto& name : others) {
      if (names.count(name) == 0) {
        lines.push_back(fmt::format("lacks a {} {} elsewhere", what, core::display(name)));
      }
    }
  };
  compare("relation", these.other_relations, those.other_relations);
  compare("constraint", these.other_constraints, those.other_constraints);
}

}  // namespace

std::vector<std::string> describe_difference(const Catalog& these, const Catalog& those) {
  Lines lines;
  for (const auto& [name, relation] : those.relations) {
    if (these.relations.count(name) == 0) {
      lines.push_back(
          fmt::format("lacks {} {}", catalog::to_string(relation.kind), core::display(name)));
    }
  }
  for (const auto& [name, relation] : these.relations) {
    const auto other = those.relations.find(name);
    if (other == those.relations.end()) {
      lines.push_back(fmt::format("has an extra {} {}", catalog::to_string(relation.kind),
                                  core::display(name)));
    } else {
      compare_relations(relation, other->second, lines);
    }
  }
  const auto function_name = [](const catalog::Function& function) {
    return fmt::format("function {}({})", core::display(function.name), function.signature);
  };
  const auto find_function = [](const Catalog& in, const catalog::Function& wanted) {
    return std::find_if(in.functions.begin(), in.functions.end(),
                        [&](const catalog::Function& each) {
                          return each.name == wanted.name && each.signature == wanted.signature;
                        });
  };
  for (const catalog::Function& function : those.functions) {
    const auto found = find_function(these, function);
    if (found == these.functions.end()) {
      lines.push_back("lacks " + function_name(function));
    } else if (!(*found == function)) {
      lines.push_back(function_name(function) + " differs");
    }
  }
  for (const catalog::Function& function : these.functions) {
    if (find_function(those, function) == those.functions.end()) {
      lines.push_back("has an extra " + function_name(function));
    }
  }
  for (const auto& [name, type] : those.types) {
    const auto found = these.types.find(name);
    if (found == these.types.end()) {
      lines.push_back("lacks type " + core::display(name));
    } else if (!(found->second == type)) {
      lines.push_back("type " + core::display(name) + " differs");
    }
  }
  for (const auto& [name, type] : these.types) {
    if (those.types.count(name) == 0) lines.push_back("has an extra type " + core::display(name));
  }
  compare_names(these, those, lines);
  return lines;
}

}  // namespace lockstep::planner
