#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/core/names.h"
#include "lockstep/database/ledger.h"
#include "lockstep/database/session.h"
#include "lockstep/plan/step.h"

namespace lockstep::execution {

/// Puts one tenant's schema where planned SQL holds a placeholder (core/names.h).
class Renderer {
 public:
  /// `schema` is not quoted. For the shared scope it is empty, and a placeholder is a bug of the
  /// plan.
  /// `tenant`: its number in the ledger.
  Renderer(const database::Session& session, std::string schema, database::TenantId tenant = 0);

  std::string operator()(std::string_view sql) const;
  /// "acme".users
  std::string name(const core::QualifiedName& name) const;
  const std::string& schema() const noexcept { return schema_; }

 private:
  const database::Session& session_;
  std::string schema_;
  std::string number_;
  std::string identifier_;
  std::string in_identifier_;
  std::string in_literal_;
};

/// False for a schema whose name cannot stand where the step puts it: inside of a dollar-quoted
/// body, which a $ in the name could end.
bool can_be_rendered(const plan::Step& step, std::string_view schema);

/// The value of search_path: the tenant, the shared schemas, pg_temp last (RULES.md 27).
std::string search_path(const database::Session& session, const std::string& tenant,
                        const std::vector<std::string>& shared_schemas);

}  // namespace lockstep::execution
