#include "create_partition.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/attaching.h"
#include "support/fold_partitions.h"
#include "support/list.h"
#include "support/partition_bounds.h"
#include "support/partitions.h"
#include "support/yaml.h"

// CREATE TABLE ... PARTITION OF locks the partitioned table against everybody. A table like it
// that is attached, in the same transaction, is the same partition under a lock that stops nobody.

namespace lockstep::operations::create_partition {

using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class CreatePartition final : public Operation {
 public:
  CreatePartition(Parameters parameters, Origin origin)
      : Operation(std::move(origin)), parameters_(std::move(parameters)) {}

  std::string_view name() const noexcept override { return parameters_.operation; }

  void request(catalog::CatalogRequest& request) const override {
    request.relations.insert(parameters_.table);
    request.relations.insert(parameters_.partition);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    const Relation* table = judge.table({parameters_.table, false, false});
    if (!table) return judge.take();
    if (!parameters_.form.empty()) {
      judge.refuse("create-table-form",
                   fmt::format("CREATE TABLE ... PARTITION OF with {} is not something Lockstep "
                               "knows how to plan.",
                               parameters_.form),
                   "Create the partition plainly; change it in later statements.");
      return judge.take();
    }
    if (table->assumed) {
      report(judge, *table);
      return judge.take();
    }
    const Attaching what = attaching(*this, *table, full_name(context), parameters_.bound);
    if (covered(context.catalog, *table)) return judge.take();
    if (const Relation* there = existing(context.catalog)) {
      judge_existing(judge, *table, *there);
      return judge.take();
    }
    if (!judge_bound(judge, context, what) || is_new(*table, *this, context)) return judge.take();
    judge_default(judge, context, what);
    report(judge, *table);
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Relation* table = context.catalog.find(parameters_.table);
    if (!table || existing(context.catalog) || covered(context.catalog, *table)) return {};
    const Maker make{*this, context};
    const QualifiedName partition = full_name(context);
    const Attaching what = attaching(*this, *table, partition, parameters_.bound);
    const bool fresh = is_new(*table, *this, context);
    std::vector<Step> steps;
    if (!fresh) steps = prove_default(make, Phase::kExpand, what);
    const std::vector<std::string> plain{
        fmt::format("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING "
                    "GENERATED INCLUDING STORAGE INCLUDING COMPRESSION)",
                    sql::quote(partition), sql::quote(table->name)),
        attach_sql(what)};
    std::vector<std::string> sql = plain;
    if (!fresh) {
      for (std::string& drop : drop_default_helper(context, what)) sql.push_back(std::move(drop));
    }
    const std::vector<plan::LockClaim> locks = attach_locks(context, what, false);
    Step step = make.transaction(
        Phase::kExpand,
        fmt::format("create {} and attach it to {}", shown(partition), shown(table->name)),
        std::move(sql), locks,
        undo_loses(fmt::format("what was written to {}", shown(partition)),
                   {alter_table(table->name, "DETACH PARTITION " + sql::quote(partition)),
                    "DROP TABLE " + sql::quote(partition)}),
        {touch_relation(How::kNeeds, table->name), touch_relation(How::kCreates, partition)});
    lock_itself(std::get<plan::TransactionBody>(step.body).lock_first, table->name);
    // Of a table without rows; PostgreSQL asks all the same.
    step.scan = std::any_of(table->constraints.begin(), table->constraints.end(),
                            [](const catalog::Constraint& key) {
                              return key.kind == catalog::ConstraintKind::kForeignKey;
                            });
    steps.push_back(std::move(step));
    const Relation* other = default_partition(context.catalog, *table);
    if (steps.size() > 1 && other) {
      attach_direct(steps, 0, steps.size() - 1, plain, locks, other->name, context);
      if (steps.front().direct) lock_itself(steps.front().direct->lock_first, table->name);
    }
    return steps;
  }

  void apply(catalog::Catalog& catalog, Phase phase) const override {
    if (phase != phase_of(*this, Context{catalog}, Phase::kExpand)) return;
    const Relation* table = catalog.find(parameters_.table);
    if (!table || covered(catalog, *table)) return;
    fold_create_partition(catalog, parameters_.table, parameters_.partition, parameters_.bound,
                          origin().migration);
  }

  std::string describe() const override {
    return fmt::format("{} table={} partition={} bound={}{}", parameters_.operation,
                       shown(parameters_.table), shown(parameters_.partition),
                       parameters_.bound.text, parameters_.if_not_exists ? " if_not_exists" : "");
  }

 private:
  QualifiedName full_name(const Context& context) const {
    const QualifiedName& written = parameters_.partition;
    return {written.schema.empty() ? context.catalog.creation_schema : written.schema,
            written.name};
  }

  /// Of ensure_partitions: there are bounds like these, by whatever name.
  bool covered(const catalog::Catalog& catalog, const Relation& table) const {
    if (parameters_.operation == "create_partition") return false;
    return std::any_of(table.partitions.begin(), table.partitions.end(),
                       [&](const QualifiedName& name) {
                         const Relation* partition = catalog.find(name);
                         return partition && partition->partition_bound == parameters_.bound.text;
                       });
  }

  const Relation* existing(const catalog::Catalog& catalog) const {
    const auto found = catalog.relations.find(full_name(Context{catalog}));
    return found == catalog.relations.end() || found->second.assumed ? nullptr : &found->second;
  }

  void judge_existing(Judge& judge, const Relation& table, const Relation& there) const {
    if (!parameters_.if_not_exists) {
      judge.problem(
          fmt::format("{} {} exists already", catalog::to_string(there.kind), shown(there.name)),
          "Choose another name, or write IF NOT EXISTS if it is this very partition.");
      return;
    }
    if (there.parent == table.name) return;
    judge.refuse("create-table-drift",
                 fmt::format("{} exists and is no partition of {}, and IF NOT EXISTS would hide "
                             "that.",
                             shown(there.name), shown(table.name)),
                 "Attach it in an earlier statement, or choose another name.");
  }

  static void report(Judge& judge, const Relation& table) {
    judge.report(
        {.id = "create-partition-locks-table",
         .effect = fmt::format("Takes AccessExclusiveLock on {}: while it waits for that behind a "
                               "long query, every query on it waits behind it.",
                               shown(table.name)),
         .remedy = "Staged: a table like it is created and attached, in one transaction, under a "
                   "lock that stops no reader or writer.",
         .lock = plan::LockClaim{table.name, LockMode::kAccessExclusive}});
  }

  Parameters parameters_;
};

}  // namespace

OperationPtr operation_of(Parameters parameters, const Origin& origin) {
  return std::make_unique<CreatePartition>(std::move(parameters), origin);
}

std::vector<OperationPtr> from_statement(const sql::CreateTable& statement, const Origin& origin) {
  Parameters read;
  read.table = *statement.partition_of;
  read.partition = statement.name;
  read.bound = statement.bound.value_or(sql::PartitionBound{});
  read.if_not_exists = statement.if_not_exists;
  if (!statement.columns.empty() || !statement.constraints.empty()) read.form = "columns";
  if (statement.partitioned) read.form = "PARTITION BY";
  if (statement.temporary) read.form = "TEMPORARY";
  if (statement.unlogged) read.form = "UNLOGGED";
  if (statement.has_options) read.form = "WITH, USING or TABLESPACE";
  return one(operation_of(std::move(read), origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_partition", problems);
  Parameters read;
  read.table = yaml_name(fields, "table", problems);
  read.partition = yaml_name(fields, "name", problems);
  read.bound = yaml_bound(fields, problems).value_or(sql::PartitionBound{});
  read.if_not_exists = fields.boolean("if_not_exists").value_or(false);
  fields.finish();
  return one(operation_of(std::move(read), origin));
}

}  // namespace lockstep::operations::create_partition
