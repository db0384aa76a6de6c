#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockstep/catalog/catalog.h"

namespace lockstep::catalog {

// PostgreSQL's own choice of names for what the author left unnamed, so that staged objects get
// the names that the plain statement would have given (RULES.md 27). Rules from PostgreSQL's
// source: makeObjectName and ChooseRelationName (commands/indexcmds.c), ChooseConstraintName
// (catalog/pg_constraint.c), ChooseIndexName, ChooseForeignKeyConstraintNameAddition.

/// name1_name2_label cut to 63 bytes as PostgreSQL cuts it: the longer part first, never inside a
/// multibyte character.
std::string make_object_name(std::string_view name1, std::string_view name2,
                             std::string_view label);

// A chosen name is free in the table's schema as far as the catalog knows it: constraints avoid
// the constraints of every table there, indexes and sequences avoid relations and indexes, and
// indexes of constraints avoid both.

/// `columns` are those that the expression names, each once: exactly one becomes part of the name.
std::string choose_check_name(const Catalog& catalog, const Relation& table,
                              const std::vector<std::string>& columns);
std::string choose_foreign_key_name(const Catalog& catalog, const Relation& table,
                                    const std::vector<std::string>& columns);
/// What an index is for: "idx", "key", "pkey" and "excl" in its name.
enum class IndexRole { kPlain, kUnique, kPrimaryKey, kExclusion };

/// `columns` are the elements in order, INCLUDE columns last, with "expr"-style names for
/// expressions as PostgreSQL picks them (the function's or column's name, else "expr"). A name
/// that comes twice is numbered as PostgreSQL does it.
std::string choose_index_name(const Catalog& catalog, const Relation& table,
                              const std::vector<std::string>& columns, IndexRole role);
std::string choose_sequence_name(const Catalog& catalog, const Relation& table,
                                 std::string_view column);

// The names that a choice for that table tries first, in order: what has to be known of a server
// to foresee the choice (CatalogRequest::names).

std::vector<std::string> check_name_choices(std::string_view table,
                                            const std::vector<std::string>& columns);
std::vector<std::string> foreign_key_name_choices(std::string_view table,
                                                  const std::vector<std::string>& columns);
std::vector<std::string> index_name_choices(std::string_view table,
                                            const std::vector<std::string>& columns,
                                            IndexRole role);
std::vector<std::string> sequence_name_choices(std::string_view table, std::string_view column);

/// For Lockstep's own helpers (temporary checks, triggers): `base` with a suffix that says whose
/// it is, derived from migration and ordinal, never random; cut to 63 bytes with a hash of the
/// whole. ("users_phone_nn", "0007", 3) is "users_phone_nn_lockstep_0007_3".
std::string helper_name(std::string_view migration_key, int ordinal, std::string_view base);

}  // namespace lockstep::catalog
