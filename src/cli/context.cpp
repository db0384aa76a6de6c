#include "context.h"

#include "lockstep/core/error.h"

namespace lockstep::cli {

config::Options load_options(const Context& context, bool needs_database) {
  config::Loaded loaded =
      config::load({context.files, context.environment, context.flags, needs_database});
  if (!loaded.problems.empty()) {
    throw core::InvalidInput(std::move(loaded.problems));
  }
  if (!loaded.options.file.empty()) {
    context.output.log().debug("configuration read from " + loaded.options.file);
  }
  return std::move(loaded.options);
}

}  // namespace lockstep::cli
