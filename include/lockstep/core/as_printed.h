#pragma once

#include <string_view>

namespace lockstep::core {

/// How all placeholders for the tenant's schema begin (core/names.h), and the form that stands for
/// these characters themselves in what a server has printed: rendered as ${schema, whatever
/// follows.
inline constexpr std::string_view kPlaceholderBegin = "${schema";
inline constexpr std::string_view kTenantSchemaBegin = "${schema:begin}";

}  // namespace lockstep::core
