#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sequences/steps.h"
#include "support/judge.h"
#include "support/yaml.h"

namespace lockstep::operations {

struct ColumnTarget {
  TableTarget table;
  std::string column;
};

/// `table` (with `if_exists`) and `column` of a YAML operation.
ColumnTarget yaml_column_target(text::Fields& fields, core::Problems& problems);

/// ALTER TABLE ... ALTER COLUMN: what its kinds have in common.
class AlteredColumn : public Operation {
 public:
  AlteredColumn(ColumnTarget target, Origin origin);

  void request(catalog::CatalogRequest& request) const override;

 protected:
  const TableTarget& target() const { return target_.table; }
  const std::string& column() const { return target_.column; }
  /// The table's column; nothing where either is missing.
  const catalog::Column* find(const catalog::Catalog& catalog) const;

  struct Found {
    const catalog::Relation& table;
    catalog::Column column;
  };
  /// Both, or nothing where one is missing, which is reported.
  std::optional<Found> judge_column(Judge& judge) const;

  /// "ALTER TABLE t ALTER COLUMN c " + action.
  std::string alter(const catalog::Relation& table, std::string_view action) const;
  /// The statement as it is, which changes nothing but the catalog.
  plan::Step step(const Context& context, const catalog::Relation& table, core::Phase natural,
                  std::string title, std::string_view action, plan::Undo undo) const;
  /// "table=users column=email"
  std::string described() const;

 private:
  ColumnTarget target_;
};

}  // namespace lockstep::operations
