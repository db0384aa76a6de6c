#pragma once

#include <string_view>

namespace lockstep::core::sqlstate {

// The codes Lockstep acts upon (PostgreSQL documentation, appendix A). Matched by code, never by
// message: messages are localised.
inline constexpr std::string_view kLockNotAvailable = "55P03";
inline constexpr std::string_view kDeadlockDetected = "40P01";
inline constexpr std::string_view kSerializationFailure = "40001";
inline constexpr std::string_view kCharacterNotInRepertoire = "22021";
inline constexpr std::string_view kQueryCanceled = "57014";
inline constexpr std::string_view kAdminShutdown = "57P01";
inline constexpr std::string_view kCrashShutdown = "57P02";
inline constexpr std::string_view kCannotConnectNow = "57P03";
inline constexpr std::string_view kIdleInTransactionTimeout = "25P03";
inline constexpr std::string_view kTransactionTimeout = "25P04";
inline constexpr std::string_view kReadOnlyTransaction = "25006";
inline constexpr std::string_view kInsufficientPrivilege = "42501";
inline constexpr std::string_view kUndefinedTable = "42P01";
inline constexpr std::string_view kDuplicateTable = "42P07";
inline constexpr std::string_view kInvalidSchemaName = "3F000";
inline constexpr std::string_view kUniqueViolation = "23505";
inline constexpr std::string_view kNotNullViolation = "23502";
inline constexpr std::string_view kForeignKeyViolation = "23503";
inline constexpr std::string_view kCheckViolation = "23514";
inline constexpr std::string_view kTooManyConnections = "53300";
inline constexpr std::string_view kDiskFull = "53100";
inline constexpr std::string_view kOutOfMemory = "53200";
inline constexpr std::string_view kInvalidPassword = "28P01";
inline constexpr std::string_view kObjectInUse = "55006";

/// Worth trying again as it is: lock timeouts, deadlocks, serialization failures, and a server
/// that is shutting down, starting or out of slots. Never a constraint violation, a syntax error
/// or a missing privilege: trying again cannot mend those.
bool is_transient(std::string_view sqlstate) noexcept;

}  // namespace lockstep::core::sqlstate
