#pragma once

#include <string>
#include <vector>

#include "lockstep/plan/step.h"

namespace lockstep::plan {

/// What takes a step back, as a step of its own, which carries all that its runner needs: a
/// transaction, or where the undo is concurrent, the drop of the index that the step has built or
/// the build of the one that it has dropped. Without a statement where nothing needs to be done.
/// Id, migration, operation and phase are the step's.
///
/// Its locks are those that the undo declares (Undo::locks); else the step's, made as strong as the
/// way back needs: what a trigger or a foreign key was added under takes ACCESS EXCLUSIVE to go.
/// `former`: the statements that the ledger has kept
/// for it (Undo::former).
Step undo_step(const Step& step, const std::vector<std::string>& former = {});

/// A definition that the server has printed, for the renderer, which takes every "${schema" for a
/// placeholder: it holds none.
std::string as_printed(const std::string& statement);

/// Whether a step that stands changes something: checks and gates do not.
bool changes_something(const Step& step) noexcept;

}  // namespace lockstep::plan
