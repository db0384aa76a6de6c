#include "sequences/partitioned_build.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lockstep/sql/quote.h"
#include "sequences/constraint.h"
#include "support/fold.h"
#include "support/partitions.h"

namespace lockstep::operations {

using catalog::Catalog;
using catalog::Index;
using catalog::LockMode;
using catalog::QualifiedName;
using catalog::Relation;
using plan::LockClaim;
using plan::Step;
using How = plan::Touch::How;

namespace {

QualifiedName beside(const QualifiedName& table, const std::string& name) {
  return {table.schema, name};
}

/// The index as the catalog will have it on the partitioned table itself.
Index on_top(const PartitionedBuild& build) {
  Index index;
  index.name = build.index.name;
  index.method = build.index.method;
  for (const sql::IndexElement& element : build.shape.elements) {
    index.columns.push_back(element.column.value_or(std::string{}));
  }
  index.include = build.shape.include;
  index.unique = build.index.unique;
  return index;
}

class Sequence {
 public:
  Sequence(const Maker& make, core::Phase natural, const PartitionedBuild& build)
      : make_(make),
        natural_(natural),
        build_(build),
        table_(build.index.table),
        root_(beside(table_.name, build.index.name)),
        parts_(foretell()) {}

  std::vector<Step> steps() const {
    std::vector<Step> steps{create_on_top()};
    std::vector<LockClaim> whole = steps.back().undo.locks;
    for (const IndexPart& part : parts_) {
      if (!part.partitioned && !part.there) steps.push_back(build_on(part));
    }
    std::vector<std::string> again;  // what goes with the whole index, and was there before it
    bool lost = false;
    for (const IndexPart& part : parts_) {
      lost = lost || (part.there && is_constraint());
      if (part.there && !part.definition.empty()) again.push_back(rebuilt(part));
      if (part.partitioned) continue;
      steps.push_back(attach(part, again));
      whole.push_back({beside(part.table, part.name), LockMode::kAccessExclusive});
      steps.back().undo.locks = whole;
      if (lost) steps.back().undo = goes_along(part);
    }
    steps.push_back(check_complete());
    return steps;
  }

 private:
  std::vector<IndexPart> foretell() const {
    Catalog after = make_.context.catalog;
    after.find(table_.name)->indexes.push_back(on_top(build_));
    return fold_partition_indexes(after, table_.name, build_.index.name, build_.shape);
  }

  bool is_constraint() const { return !build_.constraint.empty(); }

  const Relation& relation(const QualifiedName& name) const {
    return *make_.context.catalog.find(name);
  }

  std::string attach_sql(const IndexPart& part) const {
    return fmt::format("ALTER INDEX {} ATTACH PARTITION {}",
                       sql::quote(beside(part.parent, part.attached_to)),
                       sql::quote(beside(part.table, part.name)));
  }

  std::string create_only_sql(const QualifiedName& table, const std::string& name) const {
    if (is_constraint()) {
      return fmt::format("ALTER TABLE ONLY {} ADD CONSTRAINT {} {}", sql::quote(table),
                         sql::quote_identifier(name), build_.constraint);
    }
    return fmt::format("CREATE {}INDEX {} ON ONLY {} USING {} {}",
                       build_.index.unique ? "UNIQUE " : "", sql::quote_identifier(name),
                       sql::quote(table), sql::quote_identifier(build_.index.method),
                       build_.index.tail);
  }

  /// With everything that is attached to it.
  std::string drop_all_sql() const {
    if (is_constraint()) {
      return alter_table(table_.name,
                         "DROP CONSTRAINT IF EXISTS " + sql::quote_identifier(build_.index.name));
    }
    return "DROP INDEX IF EXISTS " + sql::quote(root_);
  }

  std::vector<plan::Touch> touches(std::vector<plan::Touch> own) const {
    std::vector<plan::Touch> touches{touch_relation(How::kNeeds, table_.name)};
    for (const std::string& column : build_.index.uses) {
      touches.push_back(touch_column(How::kNeeds, table_.name, column));
    }
    touches.insert(touches.end(), own.begin(), own.end());
    return touches;
  }

  /// An index that no partition has is made in an instant, and is valid once all have it. LOCK
  /// TABLE would go down to the partitions, which nobody has to wait for here: the statements take
  /// the locks themselves.
  Step create_on_top() const {
    const LockMode mode = is_constraint() ? LockMode::kAccessExclusive : LockMode::kShare;
    std::vector<std::string> sql{create_only_sql(table_.name, build_.index.name)};
    std::vector<LockClaim> locks{{table_.name, mode}};
    std::vector<plan::Touch> own{touch_index(How::kCreates, root_)};
    if (is_constraint())
      own.push_back(touch_constraint(How::kCreates, table_.name, build_.index.name));
    for (const IndexPart& part : parts_) {
      if (!part.partitioned) continue;
      if (!part.there) {
        sql.push_back(create_only_sql(part.table, part.name));
        locks.push_back({part.table, mode});
        own.push_back(touch_index(How::kCreates, beside(part.table, part.name)));
      } else {
        locks.push_back({beside(part.table, part.name), LockMode::kAccessExclusive});
        locks.push_back({part.table, LockMode::kAccessShare});
      }
      sql.push_back(attach_sql(part));
    }
    Step step = make_.transaction(
        natural_, fmt::format("create {} on {} alone", build_.index.name, shown(table_.name)),
        std::move(sql), locks, undo_exact({drop_all_sql()}), touches(std::move(own)));
    std::get<plan::TransactionBody>(step.body).lock_first.clear();
    step.undo.locks = family(make_.context.catalog, table_, LockMode::kAccessExclusive);
    step.undo.locks.push_back({root_, LockMode::kAccessExclusive});
    for (const IndexPart& part : parts_) {
      if (!part.partitioned) continue;
      step.undo.locks.push_back({beside(part.table, part.name), LockMode::kAccessExclusive});
    }
    for (const IndexPart& part : parts_) {
      if (part.partitioned && part.there) step.undo = goes_along(part);
    }
    return step;
  }

  Step build_on(const IndexPart& part) const {
    IndexBuild below{relation(part.table), part.name,           build_.index.method,
                     build_.index.tail,    build_.index.unique, build_.index.uses};
    return build_concurrently(make_, natural_, below);
  }

  Step attach(const IndexPart& part, const std::vector<std::string>& again) const {
    const QualifiedName index = beside(part.table, part.name);
    std::vector<std::string> sql;
    std::vector<LockClaim> locks{
        {part.parent, LockMode::kAccessShare},
        {beside(part.parent, part.attached_to), LockMode::kShareUpdateExclusive}};
    std::vector<plan::Touch> own{touch_index(How::kNeeds, root_), touch_index(How::kNeeds, index)};
    const bool becomes_constraint = is_constraint() && !part.there;
    if (becomes_constraint) {
      sql.push_back(
          add_constraint_sql(part.table, part.name,
                             fmt::format("{} USING INDEX {}{}", build_.constraint_words,
                                         sql::quote_identifier(part.name), build_.deferral)));
      locks.push_back({part.table, LockMode::kAccessExclusive});
      own.push_back(touch_constraint(How::kCreates, part.table, part.name));
    } else {
      locks.push_back({part.table, LockMode::kAccessShare});
      locks.push_back({index, LockMode::kAccessExclusive});
    }
    for (const QualifiedName& above : validated_by(part)) {
      locks.push_back({above, LockMode::kAccessExclusive});
    }
    sql.push_back(attach_sql(part));
    std::vector<std::string> undo{drop_all_sql()};
    undo.insert(undo.end(), again.begin(), again.end());
    Step step = make_.transaction(
        natural_, fmt::format("attach {} to {}", part.name, part.attached_to), std::move(sql),
        locks, undo_exact(std::move(undo)), touches(std::move(own)));
    auto& body = std::get<plan::TransactionBody>(step.body);
    body.lock_first.clear();
    // Queries that are planned meanwhile wait for the partition's index: never for several at once.
    body.alone = true;
    return step;
  }

  /// The tables whose indexes may become valid because this part is the last of its parent's: later
  /// minor versions (15.20, 17.12) lock them, earlier ones do not.
  std::vector<QualifiedName> validated_by(const IndexPart& part) const {
    const auto siblings = [&](const IndexPart& other) {
      return !other.partitioned && other.parent == part.parent;
    };
    const auto last = std::find_if(parts_.rbegin(), parts_.rend(), siblings);
    std::vector<QualifiedName> tables;
    if (last == parts_.rend() || last->table != part.table) return tables;
    for (QualifiedName table = part.parent; table != table_.name;) {
      const auto found = std::find_if(parts_.begin(), parts_.end(),
                                      [&](const IndexPart& other) { return other.table == table; });
      if (found == parts_.end()) break;
      table = found->parent;
      tables.push_back(table);
    }
    return tables;
  }

  /// What a partition had before goes with the whole, and nothing takes it out again.
  static plan::Undo goes_along(const IndexPart& part) {
    return undo_none(
        fmt::format("{} of {}, which goes with the whole", part.name, shown(part.table)));
  }

  std::string rebuilt(const IndexPart& part) const {
    constexpr std::string_view kWord = " INDEX ";
    std::string again = part.definition;
    const std::size_t word = again.find(kWord);
    if (word != std::string::npos) again.insert(word + kWord.size(), "IF NOT EXISTS ");
    return again;
  }

  /// A partition that came after the tenant's steps were stored, and before the first of them, has
  /// no part of the index; a later one is given it by PostgreSQL.
  Step check_complete() const {
    plan::CheckBody body;
    body.query = partitions_without(root_);
    body.failure = fmt::format(
        "{} is not valid: a partition that {} got after the plan was made has no part of it",
        build_.index.name, shown(table_.name));
    body.hint = fmt::format(
        "On each of them, build the same index concurrently{} and write ALTER INDEX {} ATTACH "
        "PARTITION with it; then run apply again.",
        is_constraint() ? ", make it a constraint with USING INDEX," : "", build_.index.name);
    body.sqlstate = "55000";
    std::vector<plan::Touch> own{touch_index(How::kNeeds, root_)};
    // It looks at the tree below the table.
    std::vector<LockClaim> locks = family(make_.context.catalog, table_, LockMode::kAccessShare);
    locks.erase(locks.begin());
    Step step = make_.check(natural_, fmt::format("check that {} is valid", build_.index.name),
                            std::move(body), locks, touches(std::move(own)));
    step.scan = false;
    return step;
  }

  const Maker& make_;
  core::Phase natural_;
  const PartitionedBuild& build_;
  const Relation& table_;
  QualifiedName root_;
  std::vector<IndexPart> parts_;
};

}  // namespace

bool judge_partitions(Judge& judge, const Context& context, const Relation& table,
                      const IndexShape& shape, std::string_view what) {
  const PartitionTree tree = partition_tree(context.catalog, table);
  bool fine = judge_partitions_in_reach(judge, tree, what);
  std::vector<const Relation*> partitions = tree.leaves;
  partitions.insert(partitions.end(), tree.partitioned.begin() + 1, tree.partitioned.end());
  for (const Relation* partition : partitions) {
    for (const Index& index : partition->indexes) {
      if (!can_be_attached(index, shape) || likeness(index, shape) != Likeness::kUnclear) continue;
      judge.refuse(
          "partition-index-unclear",
          fmt::format("{} of {} may be {} already: PostgreSQL would attach it if it is, and nobody "
                      "but the server can compare them.",
                      index.name, shown(partition->name), what),
          "Drop it in an earlier statement; it is built again with the others.");
      fine = false;
    }
  }
  return fine;
}

std::vector<Step> build_on_partitions(const Maker& make, core::Phase natural,
                                      const PartitionedBuild& build) {
  return Sequence(make, natural, build).steps();
}

}  // namespace lockstep::operations
