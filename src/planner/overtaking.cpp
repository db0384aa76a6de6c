#include "overtaking.h"

#include <fmt/format.h>

namespace lockstep::planner {

void tell_overtaking(plan::Hazard& hazard, const plan::Step& step, const plan::Step& overtaken,
                     const Conflict& conflict) {
  const bool same_file = overtaken.id.empty();
  hazard.effect = fmt::format(
      "\"{}\" is in expand, and so runs before \"{}\"{}, which stands before it but is in "
      "contract. Both touch {}: rows may end otherwise than after the plain statements in their "
      "order.",
      step.title, overtaken.title,
      same_file ? " of this file" : fmt::format(" of migration {}", overtaken.migration),
      describe(conflict.object));
  hazard.remedy = same_file ? "If the order matters, remove phase = expand."
                            : fmt::format(
                                  "If the order matters, finish {} first (apply --phase "
                                  "contract), or write phase = contract for this statement.",
                                  overtaken.migration);
}

}  // namespace lockstep::planner
