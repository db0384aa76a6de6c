#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lockstep/plan/plan.h"

namespace lockstep::plan {

/// Keeps the order in which keys were put in.
using Json = nlohmann::ordered_json;

Json hazards_tree(const std::vector<Hazard>& hazards);
Json steps_tree(const std::vector<Step>& steps);
Json plan_tree(const Plan& plan);

/// The text of a tree: with `indent` spaces a level, or on one line where that is negative.
std::string text_of(const Json& tree, int indent);

/// Two spaces a level and a final newline.
std::string canonical(const Json& tree);

/// A step list as it is hashed: the same list has other estimates on another day.
Json without_estimates(Json steps);

/// The id that a plan's tree asks for, whichever version wrote it.
/// Precondition: the tree has been read as a plan without complaint.
std::string content_id(Json plan);

/// "reads", "writes": what a lock of that mode keeps out.
std::vector<std::string> blocked_by(const std::optional<LockClaim>& lock);

/// core::display(), and `"".name` for a name without a schema.
std::string name_text(const QualifiedName& name);

}  // namespace lockstep::plan
