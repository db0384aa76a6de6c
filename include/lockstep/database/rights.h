#pragma once

#include <string>
#include <vector>

#include "lockstep/core/names.h"

namespace lockstep::database {

/// What the role of a session must be allowed for a step to succeed (RULES.md 26).
struct Need {
  enum class What {
    kUseSchema,
    kCreateInSchema,
    kOwn,  ///< be, or be a member of, the owner of a relation
    kSelect,
    kInsert,
    kUpdate,
    kDelete,
    kTrigger,
    kReferences,
    kLock,          ///< LOCK TABLE in a mode that writers conflict with
    kCreateSchema,  ///< CREATE on the database
  };
  What what = What::kOwn;
  /// A relation, or a schema (then `name` is empty). A tenant's by core::kTenantSchema.
  core::QualifiedName object;
  std::string step;  ///< the first that needs it; empty for the ledger
};

/// What the steps of some tenants need. The shared scope is the tenant "".
struct Needs {
  std::vector<std::string> tenants;
  std::vector<Need> needs;
};

/// A need that is not met.
struct Lack {
  std::string tenant;
  Need need;          ///< its schema is the one that is there
  std::string owner;  ///< of the relation or schema
};

struct Rights {
  std::string role;  ///< in whose name statements run, after SET ROLE
  std::string database;
  std::vector<Lack> lacks;
};

}  // namespace lockstep::database
