#include "create_function.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lockstep/sql/parse.h"
#include "lockstep/sql/quote.h"
#include "lockstep/sql/within.h"
#include "sequences/steps.h"
#include "support/dml.h"
#include "support/former.h"
#include "support/known_names.h"
#include "support/list.h"
#include "support/objects.h"
#include "support/row_locks.h"
#include "support/signatures.h"
#include "support/text.h"
#include "support/types.h"

namespace lockstep::operations::create_function {

using catalog::Catalog;
using catalog::Function;
using catalog::QualifiedName;
using core::Phase;
using plan::Step;
using How = plan::Touch::How;

namespace {

class CreateFunction final : public Operation {
 public:
  CreateFunction(std::string text, sql::CreateFunction statement, Origin origin)
      : Operation(std::move(origin)),
        text_(std::move(text)),
        statement_(std::move(statement)),
        within_(sql::look_within(text_)) {}

  std::string_view name() const noexcept override { return "create_function"; }

  void request(catalog::CatalogRequest& request) const override {
    request.functions.insert(statement_.name);
    request.functions.insert(statement_.calls.begin(), statement_.calls.end());
    request.relations.insert(statement_.reads.begin(), statement_.reads.end());
    request_cast_types(request, within_.cast_types);
    for (const sql::TypeName& type : within_.types) request_type(request, type);
  }

  Judgement judge(const Context& context) const override {
    Judge judge(*this, context);
    for (const sql::TypeName& type : within_.types) judge_type(judge, context.catalog, type);
    if (statement_.sql_body || statement_.language == "sql") {
      judge_reads(judge, statement_.reads);
      judge_functions(judge, context.catalog, statement_.calls, statement_.name);
      judge_cast_types(judge, context.catalog, within_.cast_types);
    }
    const Function* existing = there(context.catalog);
    if (!existing) return judge.take();
    if (!statement_.or_replace) {
      judge.problem(fmt::format("{} {}({}) exists already", kind(), shown(existing->name),
                                existing->signature),
                    fmt::format("Write CREATE OR REPLACE {}.",
                                statement_.procedure ? "PROCEDURE" : "FUNCTION"));
      return judge.take();
    }
    const bool other_kind = (existing->kind == "procedure") != statement_.procedure;
    if (existing->kind == "aggregate" || other_kind) {
      judge.problem(fmt::format("{}({}) is a {} already", shown(existing->name),
                                existing->signature, existing->kind),
                    "Choose another name, or drop it in an earlier statement.");
      return judge.take();
    }
    const std::string returns = result_type(context.catalog);
    const bool told = !statement_.procedure && !existing->returns.empty() && !returns.empty();
    if (told && existing->returns != returns) {
      judge.refuse(
          "function-return-type-changes",
          fmt::format("PostgreSQL cannot replace a function by one that returns something else: {} "
                      "returns {} today.",
                      shown(existing->name), existing->returns),
          "Create a function of another name, move to it, and drop this one later; or write DROP "
          "FUNCTION before it, which happens in contract and takes its privileges along.");
      return judge.take();
    }
    judge.report(
        {.id = "function-replaced",
         .verdict = plan::Verdict::kInstant,
         .effect = fmt::format("From this moment on {} does something else, for the deployed "
                               "application too.",
                               shown(existing->name)),
         .remedy =
             "Nothing is locked. Give it another name if the deployed application needs the old "
             "behaviour."});
    return judge.take();
  }

  std::vector<Step> plan(const Context& context) const override {
    const Maker make{*this, context};
    const QualifiedName function = created_name(context.catalog, statement_.name);
    const Function* existing = there(context.catalog);
    const bool replaces = existing != nullptr;
    std::vector<plan::Touch> touches{
        touch_function(replaces ? How::kChanges : How::kCreates, function)};
    std::vector<plan::LockClaim> locks;
    // A body in SQL is read when it is stored, with the locks of a query.
    if (statement_.sql_body || statement_.language == "sql") {
      locks = locks_of_body(context.catalog);
      for (const QualifiedName& read : statement_.reads) {
        touches.push_back(touch_relation(How::kNeeds, context.catalog.qualify(read)));
      }
    }
    const std::string drop =
        fmt::format("DROP {} {}{}", statement_.procedure ? "PROCEDURE" : "FUNCTION",
                    sql::quote(function), statement_.signature);
    plan::Undo undo = undo_exact({drop});
    if (replaces) {
      // PostgreSQL takes no default value away by REPLACE; nobody knows whether it had these.
      undo = statement_.has_defaults
                 ? undo_none(fmt::format("the former definition of {}, which may have had other "
                                         "default values",
                                         shown(function)))
                 : undo_exact({}, {former_function(existing->name, existing->signature)});
    }
    std::vector<Step> steps;
    steps.push_back(make.transaction(
        Phase::kExpand,
        fmt::format("{} {} {}", replaces ? "replace" : "create", kind(), shown(function)), {text_},
        locks, std::move(undo), std::move(touches)));
    return steps;
  }

  void apply(Catalog& catalog, Phase) const override {
    Function folded;
    folded.name = created_name(catalog, statement_.name);
    folded.signature = signature(catalog);
    folded.language = statement_.language;
    folded.kind = kind();
    folded.returns = result_type(catalog);
    folded.volatility = statement_.volatility == "immutable" ? catalog::Volatility::kImmutable
                        : statement_.volatility == "stable"  ? catalog::Volatility::kStable
                                                             : catalog::Volatility::kVolatile;
    depend(catalog, folded.name);
    if (const Function* existing = there(catalog)) {
      catalog.functions[static_cast<std::size_t>(existing - catalog.functions.data())] =
          std::move(folded);
    } else {
      catalog.functions.push_back(std::move(folded));
    }
  }

  std::string describe() const override { return "create_function " + one_line(text_); }

 private:
  /// PostgreSQL knows what a body depends on only where it has parsed it.
  void depend(Catalog& catalog, const QualifiedName& function) const {
    if (!statement_.sql_body) return;
    const std::set<std::string> words = identifiers(text_);
    for (const QualifiedName& read : statement_.reads) {
      catalog::Relation* relation = catalog.find(read);
      if (!relation) continue;
      std::erase_if(relation->dependants, [&](const catalog::Dependant& each) {
        return each.kind == "function" && each.name == function;
      });
      std::set<std::string> columns;
      for (const catalog::Column& column : relation->columns) {
        if (words.count(column.name) != 0) columns.insert(column.name);
      }
      relation->dependants.push_back({"function", function, std::move(columns)});
    }
  }

  std::string kind() const { return statement_.procedure ? "procedure" : "function"; }

  std::string signature(const Catalog& catalog) const {
    return fmt::format("{}", fmt::join(types_of(statement_.arguments, catalog), ", "));
  }

  std::string result_type(const Catalog& catalog) const {
    // table.column%TYPE is what the server makes of it.
    const bool told = statement_.returns && statement_.returns->text.find('%') == std::string::npos;
    if (told) return signature_type(*statement_.returns, catalog);
    return statement_.procedure ? "void" : "";
  }

  /// The function of that name and those argument types.
  const Function* there(const Catalog& catalog) const {
    const std::vector<std::string> wanted = types_of(statement_.arguments, catalog);
    for (const Function* function :
         catalog.find_functions(created_name(catalog, statement_.name))) {
      if (argument_types(function->signature, catalog) == wanted) return function;
    }
    return nullptr;
  }

  /// What the body reads and writes, as its statements would lock it.
  std::vector<plan::LockClaim> locks_of_body(const Catalog& catalog) const {
    std::vector<plan::LockClaim> locks = locks_of_reads(catalog, statement_.reads);
    if (!statement_.body) return locks;
    for (const sql::Statement& statement : sql::parse(*statement_.body, {}).statements) {
      const QualifiedName* written = nullptr;
      if (const auto* update = std::get_if<sql::Update>(&statement.body)) written = &update->table;
      if (const auto* remove = std::get_if<sql::Delete>(&statement.body)) written = &remove->table;
      if (const auto* insert = std::get_if<sql::Insert>(&statement.body)) written = &insert->table;
      const catalog::Relation* table = written ? catalog.find(*written) : nullptr;
      if (table) locks.push_back({table->name, catalog::LockMode::kRowExclusive});
    }
    return merge(locks);
  }

  std::string text_;
  sql::CreateFunction statement_;
  sql::Within within_;
};

}  // namespace

std::vector<OperationPtr> from_statement(const std::string& text,
                                         const sql::CreateFunction& statement,
                                         const Origin& origin) {
  return one(std::make_unique<CreateFunction>(text, statement, origin));
}

std::vector<OperationPtr> from_yaml(const text::Node& parameters, const Origin& origin,
                                    core::Problems& problems) {
  text::Fields fields(parameters, "operation create_function", problems);
  const std::string name = fields.required_text("name");
  const std::vector<std::string> arguments = fields.texts("arguments");
  const std::optional<std::string> returns = fields.text("returns");
  const std::string language = fields.text("language").value_or("sql");
  const std::string volatility = fields.text("volatility").value_or("");
  const std::string body = fields.required_text("body");
  const bool replace = fields.boolean("replace").value_or(false);
  const bool procedure = fields.boolean("procedure").value_or(false);
  fields.finish();
  const std::string text =
      fmt::format("CREATE {}{} {}({}){} LANGUAGE {}{} AS {}", replace ? "OR REPLACE " : "",
                  procedure ? "PROCEDURE" : "FUNCTION", name, fmt::join(arguments, ", "),
                  returns ? " RETURNS " + *returns : "", language,
                  volatility.empty() ? "" : " " + volatility, sql::quote_literal(body));
  const auto parsed = parse_as<sql::CreateFunction>(text, parameters.where(), problems);
  if (!parsed) return {};
  return from_statement(parsed->text, parsed->body, origin);
}

}  // namespace lockstep::operations::create_function
