#include "lockstep/plan/kept.h"

#include <algorithm>
#include <variant>

#include "lockstep/plan/undo_step.h"

namespace lockstep::plan {
namespace {

void replace_all(std::string& text, std::string_view mark, const std::string& value) {
  for (std::size_t at = text.find(mark); at != std::string::npos;
       at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
}

/// Where nobody says with what, it is asked instead whether there is anything to fill: the part
/// is done once there is not.
void fill_with(Step& part, const std::string& fill, const std::vector<Step>& parts) {
  auto* body = std::get_if<BackfillBody>(&part.body);
  if (body == nullptr) return;
  if (fill.empty()) {
    const auto check = std::find_if(parts.begin(), parts.end(), [](const Step& each) {
      return std::holds_alternative<CheckBody>(each.body);
    });
    part.title = check->title;
    part.body = check->body;
    part.locks = check->locks;
    part.scan = check->scan;
    return;
  }
  for (BackfillBody::Assignment& assignment : body->assignments) {
    replace_all(assignment.value, kFill, "(" + fill + ")");
  }
}

}  // namespace

std::vector<Step> restore_parts(const Step& kept, const std::string& fill,
                                const std::vector<std::string>& former) {
  std::vector<Step> parts = kept.restore;
  for (Step& part : parts) {
    part.id = kept.id;
    part.migration = kept.migration;
    part.phase = kept.phase;
    fill_with(part, fill, kept.restore);
  }
  if (!parts.empty() && !former.empty()) {
    auto& first = std::get<TransactionBody>(parts.front().body);
    for (const std::string& statement : former) first.sql.push_back(as_printed(statement));
  }
  return parts;
}

}  // namespace lockstep::plan
