#pragma once

#include <string>
#include <vector>

#include "support/judge.h"
#include "support/locks.h"
#include "support/touches.h"

// The one way to make steps. A function for each kind fills what the kind needs; what only some
// steps have (scan, irreversible, direct, note) is set by the caller afterwards.

namespace lockstep::operations {

/// What the steps of one plan() have in common.
struct Maker {
  const Operation& operation;
  const Context& context;

  /// One short transaction. `locks` are declared and, where they can be, taken first, in that
  /// order.
  plan::Step transaction(core::Phase natural, std::string title, std::vector<std::string> sql,
                         const std::vector<plan::LockClaim>& locks, plan::Undo undo,
                         std::vector<plan::Touch> touches) const;
  /// A transaction that reads whole tables under locks that block nobody (VALIDATE).
  plan::Step scan(core::Phase natural, std::string title, std::vector<std::string> sql,
                  const std::vector<plan::LockClaim>& locks, plan::Undo undo,
                  std::vector<plan::Touch> touches) const;
  plan::Step check(core::Phase natural, std::string title, plan::CheckBody body,
                   const std::vector<plan::LockClaim>& locks,
                   std::vector<plan::Touch> touches) const;
  plan::Step backfill(core::Phase natural, std::string title, plan::BackfillBody body,
                      plan::Undo undo, std::vector<plan::Touch> touches) const;
  /// Unlike the others it needs done_when and cleanup from the caller.
  plan::Step concurrent(core::Phase natural, std::string title, plan::ConcurrentBody body,
                        const std::vector<plan::LockClaim>& locks, plan::Undo undo,
                        std::vector<plan::Touch> touches) const;

 private:
  plan::Step base(core::Phase natural, std::string title, const std::vector<plan::LockClaim>& locks,
                  plan::Undo undo, std::vector<plan::Touch> touches) const;
};

/// Gives back exactly what was there; without SQL where nothing needs to be done.
plan::Undo undo_exact(std::vector<std::string> sql = {});
/// The same, by `sql` and by what `former` gives of what the step replaces (Undo::former).
plan::Undo undo_exact(std::vector<std::string> sql, std::vector<std::string> former);
/// The structure comes back; `loses` was written since and does not.
plan::Undo undo_loses(std::string loses, std::vector<std::string> sql);
/// The structure needs nothing; changed data stays changed.
plan::Undo undo_structure_only(std::string stays);
/// Nothing comes back. Set Step::irreversible with it.
plan::Undo undo_none(std::string loses);

/// "ALTER TABLE ${schema}.users " + action.
std::string alter_table(const catalog::QualifiedName& table, const std::string& action);

/// Puts a direct attempt on steps[first] that does the work of steps[first..last] (RULES.md 14).
/// Does nothing where they lie in more than one phase.
void attach_direct(std::vector<plan::Step>& steps, std::size_t first, std::size_t last,
                   std::vector<std::string> sql, const std::vector<plan::LockClaim>& locks,
                   const catalog::QualifiedName& table, const Context& context);

/// `first`, then `second`, whose direct attempts count from the beginning of the list.
std::vector<plan::Step> in_order(std::vector<plan::Step> first, std::vector<plan::Step> second);

}  // namespace lockstep::operations
