#include <string_view>
#include <utility>

#include "names.h"
#include "statements.h"

namespace lockstep::sql {

namespace {

bool lives_on_relation(PgQuery__ObjectType type) {
  return type == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER ||
         type == PG_QUERY__OBJECT_TYPE__OBJECT_POLICY ||
         type == PG_QUERY__OBJECT_TYPE__OBJECT_RULE ||
         type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
         type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT ||
         type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT;
}

/// The signatures of DROP FUNCTION a(int), b: "(int)" and "". The names' list is what stands
/// behind the kind and IF EXISTS, up to CASCADE.
std::vector<std::string> read_signatures(const Reader& reader, const PgQuery__DropStmt& stmt) {
  std::vector<std::string> result;
  std::size_t begin = reader.first() + 2;
  if (stmt.missing_ok != 0) {
    begin += 2;
  }
  const std::size_t end =
      reader.find({PG_QUERY__TOKEN__CASCADE, PG_QUERY__TOKEN__RESTRICT}, begin, reader.last());
  for (const TokenRange range : reader.elements(begin, end)) {
    const std::size_t open = reader.find({PG_QUERY__TOKEN__ASCII_40}, range.first, range.last);
    result.push_back(open < range.last ? reader.slice(TokenRange{open, range.last}) : "");
  }
  return result;
}

/// That of ALTER FUNCTION f(int) RENAME TO g: "(int)"; "" for ALTER FUNCTION f RENAME TO g.
std::string read_signature(const Reader& reader) {
  const std::size_t begin = reader.first() + 2;
  const std::size_t end = reader.find({PG_QUERY__TOKEN__RENAME}, begin, reader.last());
  const std::size_t open = reader.find({PG_QUERY__TOKEN__ASCII_40}, begin, end);
  return open < end ? reader.slice(TokenRange{open, end}) : "";
}

}  // namespace

Drop read_drop(const Reader& reader, const PgQuery__DropStmt& stmt) {
  Drop result;
  result.object_type = object_words(stmt.remove_type);
  result.if_exists = stmt.missing_ok != 0;
  result.cascade = stmt.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  result.concurrently = stmt.concurrent != 0;
  for (std::size_t i = 0; i < stmt.n_objects; ++i) {
    if (lives_on_relation(stmt.remove_type)) {
      NameOnRelation object = name_on_relation(reader, stmt.objects[i]);
      result.names.push_back(QualifiedName{"", std::move(object.name)});
      result.on_table = std::move(object.relation);
    } else {
      result.names.push_back(object_name(reader, stmt.objects[i]));
    }
  }
  if (stmt.n_objects > 0 && stmt.objects[0]->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS) {
    result.signatures = read_signatures(reader, stmt);
  }
  return result;
}

Rename read_rename(const Reader& reader, const PgQuery__RenameStmt& stmt) {
  Rename result;
  result.object_type = object_words(stmt.rename_type);
  result.new_name = reader.name(stmt.newname);
  result.if_exists = stmt.missing_ok != 0;
  if (stmt.relation != nullptr) {
    result.name = reader.relation(stmt.relation);
    result.sub_name = reader.name(stmt.subname);
  } else if (stmt.object != nullptr) {
    result.name = object_name(reader, stmt.object);
    result.sub_name = reader.name(stmt.subname);
    if (stmt.object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS) {
      result.sub_name = read_signature(reader);  // all that tells overloads apart
    }
  } else {
    result.name.name = reader.name(stmt.subname);  // a schema, role, database
  }
  return result;
}

CommentOn read_comment(const Reader& reader, const PgQuery__CommentStmt& stmt) {
  CommentOn result;
  result.object_type = object_words(stmt.objtype);
  if (lives_on_relation(stmt.objtype)) {
    NameOnRelation object = name_on_relation(reader, stmt.object);
    result.name = std::move(object.relation);
    result.sub_name = std::move(object.name);
  } else {
    result.name = object_name(reader, stmt.object);
  }
  return result;
}

Grant read_grant(const Reader& reader, const PgQuery__GrantStmt& stmt) {
  Grant result;
  result.is_grant = stmt.is_grant != 0;
  result.object_type = object_words(stmt.objtype);
  if (stmt.targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA) {
    result.object_type = "ALL " + result.object_type + "S IN SCHEMA";
  }
  for (std::size_t i = 0; i < stmt.n_objects; ++i) {
    result.objects.push_back(object_name(reader, stmt.objects[i]));
  }
  return result;
}

CreateEnum read_create_enum(const Reader& reader, const PgQuery__CreateEnumStmt& stmt) {
  CreateEnum result;
  result.name = reader.qualified(stmt.type_name, stmt.n_type_name);
  for (std::size_t i = 0; i < stmt.n_vals; ++i) {
    result.labels.push_back(reader.literal(stmt.vals[i]->string->sval));
  }
  return result;
}

StatementBody read_alter_enum(const Reader& reader, const PgQuery__AlterEnumStmt& stmt) {
  QualifiedName name = reader.qualified(stmt.type_name, stmt.n_type_name);
  if (*stmt.old_val != '\0') {
    return AlterEnumRenameValue{std::move(name), reader.literal(stmt.old_val),
                                reader.literal(stmt.new_val)};
  }
  return AlterEnumAddValue{std::move(name), reader.literal(stmt.new_val),
                           stmt.skip_if_new_val_exists != 0, reader.literal(stmt.new_val_neighbor),
                           stmt.new_val_is_after != 0};
}

}  // namespace lockstep::sql
