#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::core {

/// Stands for the tenant's schema from parsing to planning, so that one step list serves a whole
/// cohort. Only the executor renders it. In planned SQL it appears in these forms:
///   ${schema}          an identifier: rendered quoted where PostgreSQL needs quotes
///   ${schema:ident}    inside a double-quoted identifier: rendered with quotes doubled
///   ${schema:literal}  inside a string literal: rendered with single quotes doubled
///   ${schema:body}, ${schema:body-ident}, ${schema:body-literal}
///                      the same three inside a dollar-quoted body; a name with a $ in it, which
///                      could end the body, has no such form, and its tenant is refused
///   ${schema:number}   digits: the tenant's number in the ledger, for names in a schema that all
///                      tenants share (drop_grace)
///   ${schema:verbatim} the nine characters "${schema}" themselves, which the author wrote in a
///                      comment, or in a body that takes no placeholder: rendered as ${schema}
inline constexpr std::string_view kTenantSchema = "${schema}";
inline constexpr std::string_view kTenantSchemaInIdentifier = "${schema:ident}";
inline constexpr std::string_view kTenantSchemaInLiteral = "${schema:literal}";
inline constexpr std::string_view kTenantSchemaInBody = "${schema:body}";
inline constexpr std::string_view kTenantSchemaInIdentifierInBody = "${schema:body-ident}";
inline constexpr std::string_view kTenantSchemaInLiteralInBody = "${schema:body-literal}";
inline constexpr std::string_view kTenantNumber = "${schema:number}";
inline constexpr std::string_view kTenantSchemaVerbatim = "${schema:verbatim}";

/// A schema-qualified name. `schema` is kTenantSchema for an object of the tenant, a shared
/// schema's name, or "pg_catalog". Empty only in what a parser read and nobody has resolved yet.
struct QualifiedName {
  std::string schema;
  std::string name;

  bool in_tenant() const noexcept { return schema == kTenantSchema; }

  friend bool operator==(const QualifiedName&, const QualifiedName&) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated code for the author's
  friend auto operator<=>(const QualifiedName&, const QualifiedName&) = default;
};

/// For people and JSON: "users" for a tenant's relation, "billing.plans" for another schema's. A
/// part that is empty or has a dot or a double quote in it stands in double quotes, its own ones
/// doubled: the tenant's table of the name `billing.plans` is `"billing.plans"`. Nothing else is
/// quoted, so what people read is what the catalog holds.
std::string display(const QualifiedName& name);

/// The name that display() printed: one part is the tenant's, two are schema and name. Nothing if
/// display() cannot have printed it.
std::optional<QualifiedName> from_display(std::string_view text);

}  // namespace lockstep::core
