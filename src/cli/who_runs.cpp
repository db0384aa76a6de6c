#include "who_runs.h"

#include <pwd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "lockstep/core/version.h"

namespace lockstep::cli {
namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string os_user() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", ::geteuid());
}

}  // namespace

database::RunInfo who_runs() {
  database::RunInfo who;
  who.host = host_name();
  who.os_user = os_user();
  who.version = core::version();
  return who;
}

}  // namespace lockstep::cli
