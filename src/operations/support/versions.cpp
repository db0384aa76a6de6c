#include "support/versions.h"

#include <fmt/format.h>

namespace lockstep::operations {

void needs_version(Judge& judge, const Context& context, int major, const std::string& what) {
  if (context.catalog.version.major() >= major) return;
  judge.refuse("needs-newer-server",
               fmt::format("{} needs PostgreSQL {}; this server is {}.", what, major,
                           context.catalog.version.text()),
               "Write it without, or update the server first.");
}

}  // namespace lockstep::operations
