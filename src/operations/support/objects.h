#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/sql/statement.h"
#include "lockstep/text/node.h"
#include "support/judge.h"

// Objects that statements create and drop whole: views, functions, types, sequences.

namespace lockstep::operations {

/// Where CREATE puts an object of that name.
catalog::QualifiedName created_name(const catalog::Catalog& catalog,
                                    const catalog::QualifiedName& written);

/// Where the object of a COMMENT or GRANT lies. A schema is its own place, without a name in it;
/// what belongs to no schema, as a database does, has none.
catalog::QualifiedName place_of(const catalog::Catalog& catalog, std::string_view object_type,
                                const catalog::QualifiedName& written);

/// Problems for relations that a query reads and nobody creates.
void judge_reads(Judge& judge, const std::vector<catalog::QualifiedName>& reads);

/// Refuses CASCADE: it would drop what nobody has named.
void judge_cascade(Judge& judge, bool cascade, const std::string& what);

/// CREATE VIEW as the server knows it, without privileges and comments.
std::string create_view_again(const catalog::Relation& view);

/// "IF EXISTS " or nothing.
std::string_view if_exists_words(bool if_exists);

/// The statement for each of the names of a DROP, as an operation of its own.
template <class Make>
std::vector<OperationPtr> each_name(const sql::Drop& statement, const Make& make) {
  std::vector<OperationPtr> operations;
  for (std::size_t i = 0; i < statement.names.size(); ++i) {
    sql::Drop one = statement;
    one.names = {statement.names[i]};
    if (i < statement.signatures.size()) one.signatures = {statement.signatures[i]};
    operations.push_back(make(std::move(one)));
  }
  return operations;
}

/// `name` and `if_exists` of a YAML drop.
sql::Drop yaml_drop(text::Fields& fields, std::string object_type, core::Problems& problems);

}  // namespace lockstep::operations
