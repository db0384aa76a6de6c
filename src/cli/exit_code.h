#pragma once

namespace lockstep::cli {

/// The one list of exit codes (docs/cli.md). Scripts rely on it.
enum class ExitCode {
  kDone = 0,
  kFailed = 1,        ///< one or more tenants or checks failed
  kPending = 2,       ///< changes are pending; only `plan --detailed-exitcode`
  kRefused = 3,       ///< a human must look: unsafe, stale, edited, blocked by design
  kInvalidInput = 4,  ///< usage, configuration, migration file
  kDatabase = 5,      ///< cannot reach or use the database
  kInterrupted = 6,   ///< stopped by a signal, resumable
  kNotFinished = 7,   ///< run again: lock deadline, tenant busy elsewhere, paused, gate
  kInternal = 70,     ///< a defect in Lockstep (EX_SOFTWARE)
};

}  // namespace lockstep::cli
