#include "lockstep/plan/kept.h"

#include <utility>
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

void fill_with(Step& part, const std::string& fill) {
  auto* body = std::get_if<BackfillBody>(&part.body);
  if (body == nullptr) return;
  if (fill.empty()) {
    part.body = TransactionBody{};
    part.locks.clear();
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
    fill_with(part, fill);
  }
  if (!parts.empty() && !former.empty()) {
    auto& first = std::get<TransactionBody>(parts.front().body);
    for (const std::string& statement : former) first.sql.push_back(as_printed(statement));
  }
  return parts;
}

}  // namespace lockstep::plan
